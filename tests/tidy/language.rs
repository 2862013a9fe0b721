//! The language of docs, descriptions, messages, and comments: phrases and spellings that do not occur in them.

use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use regex_lite::Regex;

use crate::assert_none;
use crate::source::{Source, Text, code, files};

/// Hand-written pages outside of `docs/`.
const PAGES: [&str; 7] = [
    "README.md",
    "CHANGELOG.md",
    "ARCHITECTURE.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
    "sandbox/README.md",
    "fuzz/README.md",
];

fn expressions(file: &str) -> Vec<Regex> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/tidy").join(file);
    let text = fs::read_to_string(path).expect("the list exists");
    let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with("# "));
    lines.map(|line| Regex::new(line).expect("a regular expression")).collect()
}

static CODE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"`[^`]*`|\{[^}]*\}|<[^>]*>|\]\([^)]*\)|[A-Za-z0-9]*_[A-Za-z0-9_]*").expect("an expression")
});

/// The text without code, tags, link targets, and identifiers, on one line.
fn prose(text: &str) -> String {
    let text = CODE.replace_all(text, "x");
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The paragraphs of a page, and the comments in its fenced code.
fn paragraphs(page: &Source) -> Vec<Text> {
    let (mut found, mut is_code) = (vec![Text { line: 1, text: String::new() }], false);
    for (number, line) in page.text.lines().enumerate() {
        let starts = |text: &str| Text { line: number + 1, text: text.to_owned() };
        if line.trim_start().starts_with("```") {
            is_code = !is_code;
            found.push(starts(""));
        } else if is_code {
            found.extend(line.split_once("# ").map(|(_, comment)| starts(comment)));
        } else if line.trim().is_empty() {
            found.push(starts(""));
        } else if let Some(paragraph) = found.last_mut() {
            paragraph.text += &format!(" {line}");
        }
    }
    found
}

fn pages() -> Vec<Source> {
    let all = files("").into_iter();
    all.filter(|file| PAGES.contains(&&*file.path) || file.path.starts_with("docs/") && file.path.ends_with(".md"))
        .collect()
}

fn sources() -> Vec<Source> {
    [code("src"), code("crates")].concat().into_iter().filter(|file| !file.path.contains("/generated")).collect()
}

/// The matches in texts of a file.
fn matches(file: &str, texts: &[Text], expressions: &[Regex], change: impl Fn(String) -> String) -> Vec<String> {
    let mut found = Vec::new();
    for Text { line, text } in texts {
        let text = change(prose(text));
        let first = expressions.iter().find_map(|expression| expression.find(&text));
        found.extend(first.map(|found| format!("{file}:{line}: {:?} in {text}", found.as_str())));
    }
    found
}

#[test]
fn forbidden_phrases_do_not_occur() {
    let phrases = expressions("forbidden_phrases.txt");
    assert!(phrases.len() > 60, "the whole list");
    let lowercase = |text: String| text.to_lowercase();
    let of_pages = pages().into_iter().flat_map(|page| matches(&page.path, &paragraphs(&page), &phrases, lowercase));
    let of_code = sources().into_iter().flat_map(|file| {
        let texts = [file.strings(), file.comments()].concat();
        matches(&file.path, &texts, &phrases, lowercase)
    });
    assert_none("a phrase that the language of this project avoids", &of_pages.chain(of_code).collect::<Vec<_>>());
}

#[test]
fn forbidden_spellings_do_not_occur() {
    let spellings = expressions("forbidden_spellings.txt");
    let of_pages =
        pages().into_iter().flat_map(|page| matches(&page.path, &paragraphs(&page), &spellings, |text| text));
    let of_code = sources().into_iter().flat_map(|file| matches(&file.path, &file.strings(), &spellings, |text| text));
    assert_none("a spelling that this project does not use", &of_pages.chain(of_code).collect::<Vec<_>>());
}

#[test]
fn phrases_are_found_across_lines_and_not_in_code() {
    let phrases = [Regex::new(r"\bany more\b").expect("an expression")];
    let found = |text: &str| {
        let page = Source { path: "a.md".to_owned(), text: text.to_owned() };
        matches("a.md", &paragraphs(&page), &phrases, |text| text.to_lowercase()).len()
    };
    assert_eq!(found("It is not there Any\nmore, or any more."), 1, "one for a paragraph");
    assert_eq!(found("any more\n\nany more\n\n```terraform\na = 1 # any more\nany = more\n```\n"), 3);
    assert_eq!(found("`any more` and {any more}, any\n\nmore"), 0);
}
