//! The text as a tree of nodes with byte positions.

use std::collections::HashMap;
use std::ops::Range;

use granit_parser::{Event, Options, Parser, ScalarStyle, StructureStyle};

use super::Refusal;

/// A node and its bytes, without its anchor and the surrounding whitespace.
#[derive(Debug, Clone)]
pub(super) struct Node {
    pub(super) span: Range<usize>,
    /// The ID of its anchor, or 0.
    pub(super) anchor: usize,
    /// The tag, if it has one.
    pub(super) tag: Option<String>,
    pub(super) kind: Kind,
}

#[derive(Debug, Clone)]
pub(super) enum Kind {
    Scalar { text: String, plain: bool, block: bool },
    List { flow: bool, items: Vec<Node> },
    Map { flow: bool, pairs: Vec<(Node, Node)> },
    Alias(usize),
}

impl Node {
    /// Calls the function for the node and all nodes below it.
    pub(super) fn visit(&self, visitor: &mut impl FnMut(&Node)) {
        visitor(self);
        match &self.kind {
            Kind::List { items, .. } => items.iter().for_each(|item| item.visit(visitor)),
            Kind::Map { pairs, .. } => pairs.iter().for_each(|(key, value)| {
                key.visit(visitor);
                value.visit(visitor);
            }),
            Kind::Scalar { .. } | Kind::Alias(_) => {}
        }
    }
}

/// Reads the only document, or returns `None` if there is no node.
///
/// # Errors
/// Returns an error if the string is not YAML, or uses syntax that common parsers interpret differently.
pub(super) fn read(text: &str) -> Result<Option<Node>, Refusal> {
    refuse_characters(text)?;
    // A byte order mark is not part of the indentation of the first line.
    let mark = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    let body = &text[mark..];
    let mut options = Options::default();
    options.disallow_directives = true;
    options.emit_anchor_events = true;
    options.set_emit_comments(false);
    let mut reader =
        Reader { parser: Parser::new_from_str_with_options(body, options), text: body, offset: mark, brackets: 0 };
    let mut root = None;
    let mut documents = 0;
    while let Some((event, span)) = reader.next()? {
        match event {
            Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => {}
            Event::DocumentStart(..) => documents += 1,
            event if documents > 1 => {
                drop(event);
                return Err(Refusal::SeveralDocuments);
            }
            event => root = Some(reader.node(event, span)?),
        }
    }
    if documents > 1 {
        return Err(Refusal::SeveralDocuments);
    }
    refuse_layout(text, root.as_ref())?;
    Ok(root)
}

/// YAML 1.1 line breaks that newer parsers do not support, and characters that no parser accepts.
fn refuse_characters(text: &str) -> Result<(), Refusal> {
    let strange = |character: char| {
        let control = character.is_control() && !matches!(character, '\t' | '\n' | '\r');
        control || matches!(character, '\u{2028}' | '\u{2029}' | '\u{fffe}' | '\u{ffff}')
    };
    let strange =
        text.char_indices().find(|&(at, character)| strange(character) || (character == '\u{feff}' && at > 0));
    match strange {
        Some((at, character)) => {
            let line = text[..at].lines().count().max(1);
            Err(Refusal::Unparsable { line, reason: format!("the character U+{:04X}", u32::from(character)) })
        }
        None => Ok(()),
    }
}

struct Reader<'t> {
    parser: Parser<'t, granit_parser::StrInput<'t>>,
    text: &'t str,
    offset: usize,
    /// The number of open brackets and braces.
    brackets: usize,
}

type Spanned<'t> = (Event<'t>, granit_parser::Span);

impl<'t> Reader<'t> {
    fn next(&mut self) -> Result<Option<Spanned<'t>>, Refusal> {
        loop {
            match self.parser.next_event() {
                None => return Ok(None),
                Some(Ok((Event::Anchor(_, name), span))) => {
                    let line = span.start.line();
                    let end = self.range(span).end - self.offset;
                    let apart = self.text[end..].starts_with([' ', '\t', '\r', '\n']) || end == self.text.len();
                    refuse_anchor(&name, apart, line)?;
                }
                Some(Ok(spanned)) => return Ok(Some(spanned)),
                Some(Err(error)) => {
                    let reason = error.info().to_string();
                    return Err(Refusal::Unparsable { line: error.marker().line(), reason });
                }
            }
        }
    }

    fn inside(&mut self) -> Result<Spanned<'t>, Refusal> {
        self.next()?.ok_or(Refusal::Unparsable { line: 1, reason: "unexpected end of the document".into() })
    }

    fn range(&self, span: granit_parser::Span) -> Range<usize> {
        let byte = |marker: granit_parser::Marker| marker.byte_offset().unwrap_or(self.text.len()) + self.offset;
        byte(span.start)..byte(span.end)
    }

    fn node(&mut self, event: Event<'t>, span: granit_parser::Span) -> Result<Node, Refusal> {
        let line = span.start.line();
        let range = self.range(span);
        let tag_of = |tag: Option<std::borrow::Cow<'_, granit_parser::Tag>>| tag.map(|tag| tag.original());
        match event {
            Event::Alias(id) => Ok(Node { span: range, anchor: 0, tag: None, kind: Kind::Alias(id) }),
            Event::Scalar(text, style, anchor, tag) => {
                let plain = style == ScalarStyle::Plain;
                let block = matches!(style, ScalarStyle::Literal | ScalarStyle::Folded);
                if style == ScalarStyle::DoubleQuoted {
                    refuse_escapes(&self.text[range.start - self.offset..range.end - self.offset], line)?;
                }

                // Older YAML versions assign a meaning to these characters between brackets.
                if plain && self.brackets > 0 && (text.contains('?') || text.starts_with(':')) {
                    return Err(Refusal::Unparsable { line, reason: format!("{text:?} in brackets must be quoted") });
                }
                let kind = Kind::Scalar { text: text.into_owned(), plain, block };
                Ok(Node { span: range, anchor, tag: tag_of(tag), kind })
            }
            Event::SequenceStart(style, anchor, tag) => {
                let flow = style == StructureStyle::Flow;
                let (items, end) = self.children(flow, &Event::SequenceEnd, Self::node)?;
                let last = items.last().map_or(range.end, |item: &Node| item.span.end);
                let span = range.start..if flow { end } else { last };
                Ok(Node { span, anchor, tag: tag_of(tag), kind: Kind::List { flow, items } })
            }
            Event::MappingStart(style, anchor, tag) => {
                let flow = style == StructureStyle::Flow;
                let (pairs, end) = self.children(flow, &Event::MappingEnd, Self::pair)?;
                let last = pairs.last().map_or(range.end, |(key, value)| key.span.end.max(value.span.end));
                let span = range.start..if flow { end } else { last };
                Ok(Node { span, anchor, tag: tag_of(tag), kind: Kind::Map { flow, pairs } })
            }
            _ => Err(Refusal::Unparsable { line, reason: "unexpected content".into() }),
        }
    }

    /// Reads children until the end event, and returns its position.
    fn children<N>(
        &mut self,
        flow: bool,
        until: &Event<'t>,
        read: impl Fn(&mut Self, Event<'t>, granit_parser::Span) -> Result<N, Refusal>,
    ) -> Result<(Vec<N>, usize), Refusal> {
        self.brackets += usize::from(flow);
        let mut children = Vec::new();
        loop {
            let (event, span) = self.inside()?;
            if event == *until {
                self.brackets -= usize::from(flow);
                return Ok((children, self.range(span).end));
            }
            children.push(read(self, event, span)?);
        }
    }

    fn pair(&mut self, event: Event<'t>, span: granit_parser::Span) -> Result<(Node, Node), Refusal> {
        let line = span.start.line();
        let key = self.node(event, span)?;
        let breaks =
            |node: &Node| self.text[node.span.start - self.offset..node.span.end - self.offset].contains(['\r', '\n']);
        if !matches!(key.kind, Kind::Scalar { .. }) || breaks(&key) {
            // An unquoted `{{SessionName}}` is such a key. The authenticator rejects the entire text.
            let reason = "a key that is not a single-line string; quote values that start with a brace".to_owned();
            return Err(Refusal::Unparsable { line, reason });
        }
        if key.anchor != 0 || key.tag.is_some() {
            return Err(Refusal::Unsupported { reason: "an anchor or tag on a key".into() });
        }
        let rest = self.text[key.span.end - self.offset..].trim_start_matches([' ', '\t']);
        let closed = rest.strip_prefix(':').is_some_and(|rest| rest.starts_with([',', ']', '}']));
        if self.brackets > 0 && (closed || rest.starts_with(['\r', '\n', '#'])) {
            return Err(Refusal::Unparsable { line, reason: "a key in brackets without a value".into() });
        }
        let (event, span) = self.inside()?;
        let mut value = self.node(event, span)?;
        if value.span.is_empty() && value.anchor == 0 {
            // The parser places a missing value at the next token.
            let end = key.span.end - self.offset;
            let rest = self.text[end..].trim_start_matches([' ', '\t']);
            let at = if rest.starts_with(':') { self.text.len() - rest.len() + 1 } else { end } + self.offset;
            value.span = at..at;
        }
        Ok((key, value))
    }
}

/// Rejects tabs before the first text of a line outside of brackets, and a document end before a document start.
fn refuse_layout(text: &str, root: Option<&Node>) -> Result<(), Refusal> {
    let mut brackets = Vec::new();
    if let Some(root) = root {
        root.visit(&mut |node| {
            if let Kind::List { flow: true, .. } | Kind::Map { flow: true, .. } = node.kind {
                brackets.push(node.span.clone());
            }
        });
    }
    let mut at = 0;
    for (index, line) in text.split(['\r', '\n']).enumerate() {
        let lead = &line[..line.len() - line.trim_start_matches([' ', '\t', '-', '?', ':']).len()];
        let inside = brackets.iter().any(|span| span.start < at && at < span.end);
        let refuse = |reason: &str| Err(Refusal::Unparsable { line: index + 1, reason: reason.to_owned() });
        if lead.contains('\t') && !inside {
            return refuse("a tab in the indentation");
        }
        if line.starts_with("...") && root.is_some_and(|root| at < root.span.start) {
            return refuse("the document ends before it starts");
        }
        at += line.len() + 1;
    }
    Ok(())
}

/// Rejects anchor names of newer YAML versions.
fn refuse_anchor(name: &str, apart: bool, line: usize) -> Result<(), Refusal> {
    let old = |character: char| character.is_ascii_alphanumeric() || matches!(character, '_' | '-');
    if apart && name.chars().all(old) {
        return Ok(());
    }
    Err(Refusal::Unparsable { line, reason: format!("the anchor name {name:?}") })
}

/// Rejects escape sequences of newer YAML versions and of JSON that the library of the authenticator does not support.
fn refuse_escapes(quoted: &str, line: usize) -> Result<(), Refusal> {
    let mut characters = quoted.chars();
    while let Some(character) = characters.next() {
        if character != '\\' {
            continue;
        }
        let escape = characters.next();
        let surrogate = escape == Some('u')
            && matches!(
                characters.clone().take(2).collect::<String>().to_ascii_lowercase().as_str(),
                "d8" | "d9" | "da" | "db" | "dc" | "dd" | "de" | "df"
            );
        if escape == Some('/') || surrogate {
            return Err(Refusal::Unparsable {
                line,
                reason: "an escape sequence that the authenticator does not support".into(),
            });
        }
    }
    Ok(())
}

/// Returns the nodes that aliases reference.
pub(super) fn anchors(root: &Node) -> HashMap<usize, Node> {
    let mut anchors = HashMap::new();
    root.visit(&mut |node| {
        if node.anchor != 0 {
            anchors.insert(node.anchor, node.clone());
        }
    });
    anchors
}
