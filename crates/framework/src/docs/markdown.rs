//! Markdown and YAML fragments.

use std::fmt::Write as _;

/// The front matter for the registry.
pub(super) struct FrontMatter<'t> {
    pub(super) title: String,
    /// The subcategory. `None` on the index page, where the registry does not support it.
    pub(super) subcategory: Option<&'t str>,
    pub(super) description: &'t str,
}

impl FrontMatter<'_> {
    pub(super) fn render(&self) -> String {
        let mut text = format!("---\npage_title: {:?}\n", self.title);
        if let Some(subcategory) = self.subcategory {
            let _ = writeln!(text, "subcategory: {subcategory:?}");
        }
        text.push_str("description: |-\n");
        for line in plain(self.description).lines() {
            let _ = writeln!(text, "  {line}");
        }
        text.push_str("---\n");
        text
    }
}

/// Returns the first paragraph without Markdown, as search engines and tooltips show it.
pub(super) fn plain(markdown: &str) -> String {
    let paragraph = markdown.trim().split("\n\n").next().unwrap_or_default();
    without_links(paragraph).replace("**", "").replace('`', "")
}

/// Replaces `[text](address)` by `text`.
fn without_links(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('[') {
        plain.push_str(before);
        match after.split_once("](").and_then(|(label, target)| Some((label, target.split_once(')')?.1))) {
            Some((label, tail)) if !label.contains('[') => {
                plain.push_str(label);
                rest = tail;
            }
            _ => {
                plain.push('[');
                rest = after;
            }
        }
    }
    plain + rest
}

/// Returns a fenced code block.
pub(super) fn code(language: &str, text: &str) -> String {
    format!("```{language}\n{}\n```\n", text.trim())
}

/// Returns a list item. Lines after the first one are indented, so that they remain part of the item.
pub(super) fn item(head: &str, text: &str) -> String {
    let mut item = format!("- {head}");
    for (position, line) in text.trim().lines().enumerate() {
        match (position, line.is_empty()) {
            (0, _) => item.push(' '),
            (_, true) => item.push('\n'),
            (_, false) => item.push_str("\n  "),
        }
        item.push_str(line);
    }
    item.push('\n');
    item
}
