//! Rust files as paths and functions, without comments, literals and test code.

use std::fs;
use std::path::Path;

use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// A file of the repository.
#[derive(Clone)]
pub(crate) struct Source {
    /// From the root of the repository, with `/`.
    pub(crate) path: String,
    pub(crate) text: String,
}

/// A path in code, e.g. `framework::value::Value`, as it was written.
#[derive(Debug, PartialEq)]
pub(crate) struct Named {
    pub(crate) segments: Vec<String>,
    pub(crate) line: usize,
}

/// A function and how many lines it spans.
#[derive(Debug, PartialEq)]
pub(crate) struct Function {
    pub(crate) name: String,
    pub(crate) line: usize,
    pub(crate) lines: usize,
}

/// A string literal or a comment of a file, or a paragraph of a page.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Text {
    pub(crate) line: usize,
    pub(crate) text: String,
}

/// Before a module that the tests of other crates use, too.
const TESTING: &str = "#[cfg(any(test, feature = \"testing\"))]";

/// Folders that hold no source of ours.
const FOREIGN: [&str; 10] = [
    "target",
    "dist",
    ".build",
    ".git",
    ".terraform",
    "__pycache__",
    ".pytest_cache",
    ".ruff_cache",
    "corpus",
    "artifacts",
];

/// Every text file below the folder.
pub(crate) fn files(folder: &str) -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    collect(root, &root.join(folder), &mut found);
    found.sort_by(|left, right| left.path.cmp(&right.path));
    assert!(!found.is_empty(), "there is nothing in {folder}");
    found
}

fn collect(root: &Path, folder: &Path, found: &mut Vec<Source>) {
    for entry in fs::read_dir(folder).expect("the folder can be read") {
        let entry = entry.expect("the entry can be read");
        let (path, name) = (entry.path(), entry.file_name());
        let name = name.to_string_lossy();
        let kind = entry.file_type().expect("the entry has a type");
        if kind.is_dir() && !FOREIGN.contains(&name.as_ref()) {
            collect(root, &path, found);
        } else if kind.is_file()
            && !FOREIGN.contains(&name.as_ref())
            && let Ok(text) = fs::read_to_string(&path)
        {
            let path =
                path.strip_prefix(root).expect("the file is below the root").to_string_lossy().replace('\\', "/");
            found.push(Source { path, text });
        }
    }
}

/// Every Rust file below the folder that is not only for tests.
pub(crate) fn code(folder: &str) -> Vec<Source> {
    let files: Vec<Source> = files(folder).into_iter().filter(|file| file.path.ends_with(".rs")).collect();
    let tests: Vec<String> = files.iter().flat_map(Source::test_modules).collect();
    let is_test = |file: &Source| tests.iter().any(|test| file.path.starts_with(test.as_str()));
    files.into_iter().filter(|file| !file.is_test() && !is_test(file)).collect()
}

impl Source {
    fn is_test(&self) -> bool {
        let name = self.path.rsplit('/').next().unwrap_or_default();
        name == "tests.rs" || name.ends_with("_tests.rs") || name == "fake.rs" || self.path.contains("/tests/")
    }

    /// What the paths of the modules begin with that the file declares for tests only.
    fn test_modules(&self) -> Vec<String> {
        let lines: Vec<&str> = self.text.lines().collect();
        let (folder, name) = self.path.rsplit_once('/').unwrap_or(("", &self.path));
        let folder = match name {
            "mod.rs" | "lib.rs" | "main.rs" => folder.to_owned(),
            _ => format!("{folder}/{}", name.trim_end_matches(".rs")),
        };
        let declared =
            lines.windows(2).filter(|pair| pair[0].starts_with("#[cfg(test)]") || pair[0].starts_with(TESTING));
        let names = declared.filter_map(|pair| pair[1].rsplit_once("mod ")?.1.strip_suffix(';'));
        names.flat_map(|name| [format!("{folder}/{name}.rs"), format!("{folder}/{name}/")]).collect()
    }

    fn tokens(&self) -> TokenStream {
        let tokens: TokenStream = self.text.parse().unwrap_or_else(|error| panic!("{}: {error}", self.path));
        without_tests(tokens)
    }

    /// The paths that the code names, also in `use` and in macros.
    pub(crate) fn named(&self) -> Vec<Named> {
        let mut found = Vec::new();
        paths(self.tokens(), &mut found);
        found
    }

    /// The functions, nested ones too.
    pub(crate) fn functions(&self) -> Vec<Function> {
        let mut found = Vec::new();
        functions(self.tokens(), &mut found);
        found
    }

    /// The string literals with at least two words, without their continuation marks.
    pub(crate) fn strings(&self) -> Vec<Text> {
        let mut found = Vec::new();
        strings(self.tokens(), &mut found);
        found.retain(|each| each.text.split_whitespace().count() > 1);
        found
    }

    /// The comments before the tests at the end, doc comments too: lines that follow each other are one.
    pub(crate) fn comments(&self) -> Vec<Text> {
        let mut found: Vec<Text> = Vec::new();
        let mut last = None;
        for (number, line) in self.text.lines().take(self.lines_without_tests()).enumerate() {
            let Some(comment) = line.trim_start().strip_prefix("//") else { continue };
            let comment = comment.trim_start_matches(['/', '!']);
            match found.last_mut().filter(|_| last == number.checked_sub(1) && !comment.trim().is_empty()) {
                Some(text) => text.text += comment,
                None => found.push(Text { line: number + 1, text: comment.to_owned() }),
            }
            last = Some(number);
        }
        found
    }

    /// The number of lines before the tests at the end.
    pub(crate) fn lines_without_tests(&self) -> usize {
        let lines: Vec<&str> = self.text.lines().collect();
        let starts_tests = |pair: &[&str]| pair[0] == "#[cfg(test)]" && pair[1].starts_with("mod ");
        lines.windows(2).position(starts_tests).unwrap_or(lines.len())
    }

    /// The layer that the file is in, if the layer is a crate.
    fn layer(&self) -> Option<String> {
        let (name, _) = self.path.strip_prefix("crates/")?.split_once('/')?;
        Some(name.to_owned())
    }

    /// The module that the file is, e.g. `["resources", "node_group", "plan"]`, in a layer's crate with its name.
    pub(crate) fn module(&self) -> Vec<String> {
        let path = self.path.split_once("src/").map_or(self.path.as_str(), |(_, path)| path);
        let path = path.strip_suffix(".rs").unwrap_or(path);
        let modules = path.split('/').filter(|part| !["mod", "lib", "main"].contains(part));
        self.layer().into_iter().chain(modules.map(str::to_owned)).collect()
    }

    /// The path from the root of the crate, in a layer's crate with its name, if the named thing is in it.
    pub(crate) fn within_crate(&self, named: &Named) -> Option<Vec<String>> {
        let (first, rest) = named.segments.split_first()?;
        let mut module: Vec<String> = match first.as_str() {
            "crate" | "ekscompute" => self.layer().into_iter().collect(),
            "self" | "super" => self.module(),
            _ => return None,
        };
        if first == "super" {
            module.pop();
        }
        for segment in rest {
            if segment == "super" {
                module.pop();
            } else {
                module.push(segment.clone());
            }
        }
        Some(module)
    }
}

/// The tokens without the items that are under `#[cfg(test)]`.
fn without_tests(tokens: TokenStream) -> TokenStream {
    let mut kept = Vec::new();
    let mut tokens = tokens.into_iter().peekable();
    while let Some(token) = tokens.next() {
        let is_attribute = matches!(&token, TokenTree::Punct(punct) if punct.as_char() == '#');
        let is_test = is_attribute
            && matches!(tokens.peek(), Some(TokenTree::Group(group)) if group.stream().to_string().replace(' ', "") == "cfg(test)");
        if is_test {
            // The item ends with a semicolon or with its body.
            for skipped in tokens.by_ref() {
                match skipped {
                    TokenTree::Punct(punct) if punct.as_char() == ';' => break,
                    TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => break,
                    _ => {}
                }
            }
        } else if let TokenTree::Group(group) = &token {
            let mut inner = proc_macro2::Group::new(group.delimiter(), without_tests(group.stream()));
            inner.set_span(group.span());
            kept.push(TokenTree::Group(inner));
        } else {
            kept.push(token);
        }
    }
    kept.into_iter().collect()
}

fn paths(tokens: TokenStream, found: &mut Vec<Named>) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        at += 1;
        match token {
            TokenTree::Ident(ident) if ident == "use" && is_ident(tokens.get(at)) => {
                let end =
                    tokens[at..].iter().position(|token| is_punct(token, ';')).map_or(tokens.len(), |end| at + end);
                used(&[], &tokens[at..end], found);
                at = end;
            }
            TokenTree::Ident(ident) => {
                let line = ident.span().start().line;
                let mut segments = vec![ident.to_string()];
                while let [colon, second, TokenTree::Ident(next), ..] = &tokens[at..]
                    && is_punct(colon, ':')
                    && is_punct(second, ':')
                {
                    segments.push(next.to_string());
                    at += 3;
                }
                if segments.len() > 1 {
                    found.push(Named { segments, line });
                }
            }
            TokenTree::Group(group) => paths(group.stream(), found),
            TokenTree::Punct(_) | TokenTree::Literal(_) => {}
        }
    }
}

/// The paths of a `use` tree.
fn used(prefix: &[String], tree: &[TokenTree], found: &mut Vec<Named>) {
    let mut segments = prefix.to_vec();
    let mut line = 0;
    let mut renamed = false;
    for token in tree {
        match token {
            TokenTree::Ident(ident) if ident == "as" => renamed = true,
            TokenTree::Ident(ident) => {
                line = ident.span().start().line;
                if !renamed {
                    segments.push(ident.to_string());
                }
            }
            TokenTree::Group(group) => {
                let inner: Vec<TokenTree> = group.stream().into_iter().collect();
                inner
                    .split(|token| is_punct(token, ','))
                    .filter(|branch| !branch.is_empty())
                    .for_each(|branch| used(&segments, branch, found));
                return;
            }
            TokenTree::Punct(_) | TokenTree::Literal(_) => {}
        }
    }
    found.push(Named { segments, line });
}

/// Doc comments are no literals here: the tokens have them as attributes with `doc =`.
fn strings(tokens: TokenStream, found: &mut Vec<Text>) {
    let mut is_doc = false;
    for token in tokens {
        match token {
            TokenTree::Group(group) => strings(group.stream(), found),
            TokenTree::Literal(literal) if !is_doc => {
                let text = literal.to_string();
                if let Some(inside) = text.trim_start_matches(['r', '#']).strip_prefix('"') {
                    let inside = inside.trim_end_matches('#');
                    let text = inside.strip_suffix('"').unwrap_or(inside).replace("\\\n", " ");
                    let text = text.replace("\\n", " ").replace('\\', "");
                    found.push(Text { line: literal.span().start().line, text });
                }
            }
            TokenTree::Ident(ident) => is_doc = ident == "doc",
            TokenTree::Punct(_) | TokenTree::Literal(_) => {}
        }
    }
}

fn functions(tokens: TokenStream, found: &mut Vec<Function>) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    for (at, token) in tokens.iter().enumerate() {
        if let (TokenTree::Ident(keyword), Some(TokenTree::Ident(name))) = (token, tokens.get(at + 1))
            && keyword == "fn"
        {
            let body = tokens[at..].iter().take_while(|token| !is_punct(token, ';')).find_map(|token| match token {
                TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => Some(group.span()),
                _ => None,
            });
            if let Some(body) = body {
                let line = keyword.span().start().line;
                found.push(Function { name: name.to_string(), line, lines: body.end().line - line + 1 });
            }
        }
        if let TokenTree::Group(group) = token {
            functions(group.stream(), found);
        }
    }
}

fn is_ident(token: Option<&TokenTree>) -> bool {
    matches!(token, Some(TokenTree::Ident(_)))
}

fn is_punct(token: &TokenTree, character: char) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == character)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(path: &str, text: &str) -> Source {
        Source { path: path.to_owned(), text: text.to_owned() }
    }

    fn named(text: &str) -> Vec<String> {
        source("src/a.rs", text).named().into_iter().map(|named| named.segments.join("::")).collect()
    }

    #[test]
    fn paths_are_found_in_uses_code_and_macros() {
        let text = "use a::{b::C, d::{self, E as F}}; fn f(x: g::H) { i!(j::k(), \"l::m\"); } // n::o";
        assert_eq!(named(text), ["a::b::C", "a::d::self", "a::d::E", "g::H", "j::k"]);
    }

    #[test]
    fn test_code_is_excluded() {
        let text = "#[cfg(test)] mod tests { use a::b; } #[cfg(test)] mod more; mod m { #[cfg(test)] fn f() { c::d() } } e::f!();";
        assert_eq!(named(text), ["e::f"]);
    }

    #[test]
    fn functions_are_measured_without_what_follows() {
        let text =
            "fn one() {\n}\nimpl X {\n    fn three(&self) -> Y {\n        z();\n    }\n}\ntrait T { fn none(); }\n";
        let found: Vec<_> =
            source("src/a.rs", text).functions().into_iter().map(|f| (f.name, f.line, f.lines)).collect();
        assert_eq!(found, [("one".to_owned(), 1, 2), ("three".to_owned(), 4, 3)]);
    }

    #[test]
    fn source_extracts_strings_and_comments() {
        let text = "//! One\n//! text.\n/// Two.\nfn f() {\n    // Three\n    g(\"a \\\n       b\", \"c\", r#\"d \"e\"\"#);\n}\n#[cfg(test)]\nmod tests { // Four\n    fn t() { h(\"x y\") } }\n";
        let source = source("src/a.rs", text);
        let texts = |found: Vec<Text>| found.into_iter().map(|each| (each.line, each.text)).collect::<Vec<_>>();
        let comments = [(1, " One text. Two.".to_owned()), (5, " Three".to_owned())];
        assert_eq!(texts(source.comments()), comments);
        assert_eq!(texts(source.strings()), [(6, "a         b".to_owned()), (7, "d \"e\"".to_owned())]);
    }

    #[test]
    fn relative_paths_are_resolved() {
        let within = |path: &str, text: &str| {
            let source = source(path, text);
            source.within_crate(&source.named()[0]).map(|path| path.join("::"))
        };
        assert_eq!(within("src/a/b/c.rs", "use super::d::E;").as_deref(), Some("a::b::d::E"));
        assert_eq!(within("src/a/b/mod.rs", "use super::super::d::E;").as_deref(), Some("d::E"));
        assert_eq!(within("src/a/b.rs", "use crate::d::E;").as_deref(), Some("d::E"));
        assert_eq!(within("crates/wire/src/a/b.rs", "use crate::d::E;").as_deref(), Some("wire::d::E"));
        assert_eq!(within("crates/wire/src/a/b.rs", "use super::d::E;").as_deref(), Some("wire::a::d::E"));
        assert_eq!(within("src/a/b.rs", "use tonic::Status;"), None);
    }
}
