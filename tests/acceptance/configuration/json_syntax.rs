//! Configuration in Terraform's native syntax as the same configuration in its JSON syntax, for configurations without
//! heredocs.

use serde_json::{Map, Value as Json, json};

/// Arguments that name objects, which JSON syntax reads as references and not as templates.
const REFERENCES: [&str; 5] = ["depends_on", "from", "ignore_changes", "provider", "to"];

/// The configuration as a JSON document: a list of its blocks.
pub(super) fn to_json(native: &str) -> Json {
    let mut parser = Parser { rest: native };
    let mut blocks = Vec::new();
    while parser.skip_space() {
        let (name, value) = parser.member();
        blocks.push(json!({ name: value }));
    }
    Json::Array(blocks)
}

/// The document as text. Terraform keeps the order of blocks, and `dynamic` blocks follow the others in the examples.
pub(super) fn print(document: &Json) -> String {
    match document {
        Json::Object(members) => {
            let (dynamic, others): (Vec<_>, Vec<_>) = members.iter().partition(|(name, _)| *name == "dynamic");
            let members = others.into_iter().chain(dynamic);
            let members: Vec<_> = members.map(|(name, value)| format!("{}: {}", json!(name), print(value))).collect();
            format!("{{{}}}", members.join(", "))
        }
        Json::Array(elements) => format!("[{}]", elements.iter().map(print).collect::<Vec<_>>().join(", ")),
        other => other.to_string(),
    }
}

struct Parser<'t> {
    rest: &'t str,
}

impl<'t> Parser<'t> {
    /// Skips whitespace and comments, and answers whether anything is left.
    fn skip_space(&mut self) -> bool {
        loop {
            self.rest = self.rest.trim_start();
            if !self.rest.starts_with(['#']) && !self.rest.starts_with("//") {
                return !self.rest.is_empty();
            }
            self.take(self.rest.find('\n').unwrap_or(self.rest.len()));
        }
    }

    fn take(&mut self, length: usize) -> &'t str {
        let (taken, rest) = self.rest.split_at(length);
        self.rest = rest;
        taken
    }

    /// Skips the symbol if it comes next.
    fn skip(&mut self, symbol: &str) -> bool {
        self.skip_space();
        let is_next = self.rest.starts_with(symbol);
        self.take(if is_next { symbol.len() } else { 0 });
        is_next
    }

    #[track_caller]
    fn expect(&mut self, symbol: &str) {
        assert!(self.skip(symbol), "{symbol} is expected: {}", self.rest);
    }

    fn identifier(&mut self) -> &'t str {
        self.skip_space();
        let is_inside = |letter: char| letter.is_alphanumeric() || "_-".contains(letter);
        let name = self.take(self.rest.find(|letter| !is_inside(letter)).unwrap_or(self.rest.len()));
        assert!(!name.is_empty(), "a name is expected: {}", self.rest);
        name
    }

    /// An argument, or a block with its labels.
    fn member(&mut self) -> (&'t str, Json) {
        let name = self.identifier();
        if self.skip("=") {
            let is_reference = REFERENCES.contains(&name);
            return (name, if is_reference { self.references() } else { self.value() });
        }
        let mut labels = Vec::new();
        while !self.skip("{") {
            labels.push(self.string());
        }
        let mut body = self.body();
        for label in labels.into_iter().rev() {
            body = json!({ label: body });
        }
        (name, body)
    }

    /// The rest of a body. Repeated blocks are a list.
    fn body(&mut self) -> Json {
        let mut members = Map::new();
        while !self.skip("}") {
            let (name, value) = self.member();
            let repeated = members.remove(name).map(|before| match before {
                Json::Array(blocks) => [blocks, vec![value.clone()]].concat(),
                block => vec![block, value.clone()],
            });
            members.insert(name.to_owned(), repeated.map_or(value, Json::Array));
        }
        Json::Object(members)
    }

    /// A reference, or a list of them, as text.
    fn references(&mut self) -> Json {
        if self.skip("[") {
            let list = std::iter::from_fn(|| (!self.skip("]")).then(|| self.reference()));
            return list.collect();
        }
        self.reference()
    }

    fn reference(&mut self) -> Json {
        self.skip_space();
        let end = self.rest.find(|letter: char| ",]\n".contains(letter)).unwrap_or(self.rest.len());
        let reference = self.take(end).trim_end();
        self.skip(",");
        json!(reference)
    }

    /// An expression: collections and literals in JSON, anything else as a template.
    fn value(&mut self) -> Json {
        self.skip_space();
        let before = self.rest;
        let literal = match before.chars().next() {
            Some('[') if !self.is_for() => Some(self.list()),
            Some('{') if !self.is_for() => Some(self.object()),
            Some('"') => Some(json!(self.string())),
            _ => None,
        };
        // An operator or an index may follow.
        let whole = literal.filter(|_| self.is_end());
        whole.unwrap_or_else(|| {
            self.rest = before;
            self.expression()
        })
    }

    /// Whether the collection that begins here is a `for` expression.
    fn is_for(&self) -> bool {
        self.rest[1..].trim_start().starts_with("for ")
    }

    /// Whether the expression ends here.
    fn is_end(&self) -> bool {
        let rest = self.rest.trim_start_matches(' ');
        rest.is_empty() || rest.starts_with(['\n', ',', ']', '}', '#', '\r'])
    }

    fn list(&mut self) -> Json {
        self.expect("[");
        let elements = std::iter::from_fn(|| {
            (!self.skip("]")).then(|| {
                let element = self.value();
                self.skip(",");
                element
            })
        });
        elements.collect()
    }

    fn object(&mut self) -> Json {
        self.expect("{");
        let mut members = Map::new();
        while !self.skip("}") {
            let name = if self.rest.starts_with('"') { self.string() } else { self.identifier().to_owned() };
            self.expect("=");
            members.insert(name, self.value());
            self.skip(",");
        }
        Json::Object(members)
    }

    /// A quoted template as the text of a template in JSON: escapes end with the quotes.
    fn string(&mut self) -> String {
        self.expect("\"");
        let mut text = String::new();
        loop {
            if self.rest.starts_with("${") || self.rest.starts_with("%{") {
                text.push_str(self.nested());
                continue;
            }
            match self.take(self.rest.chars().next().map_or(0, char::len_utf8)) {
                "\"" => return text,
                "\\" => text.push(match self.take(1) {
                    "n" => '\n',
                    "t" => '\t',
                    "r" => '\r',
                    "\"" => '"',
                    "\\" => '\\',
                    other => panic!("the escape \\{other} is not supported: {text}"),
                }),
                "" => panic!("the text does not end: {text}"),
                letter => text.push_str(letter),
            }
        }
    }

    /// Text up to the end of the bracket that opens in it, with all that is inside.
    fn nested(&mut self) -> &'t str {
        let start = self.rest;
        let mut depth = 0;
        loop {
            match self.rest.chars().next() {
                Some('"') => {
                    self.string();
                    continue;
                }
                Some('(' | '[' | '{') => depth += 1,
                Some(')' | ']' | '}') => depth -= 1,
                Some(_) => {}
                None => panic!("a bracket does not end: {start}"),
            }
            let is_last = depth == 0 && !self.rest.starts_with(['$', '%']);
            self.take(self.rest.chars().next().map_or(0, char::len_utf8));
            if is_last {
                return &start[..start.len() - self.rest.len()];
            }
        }
    }

    /// An expression up to the end of its line, or to the end of the element that it is.
    fn expression(&mut self) -> Json {
        let start = self.rest;
        loop {
            match self.rest.chars().next() {
                Some('"') => {
                    self.string();
                }
                Some('(' | '[' | '{') => {
                    self.nested();
                }
                None | Some('\n' | ',' | ']' | '}' | '#') => break,
                Some(letter) => {
                    self.take(letter.len_utf8());
                }
            }
        }
        let text = start[..start.len() - self.rest.len()].trim_end();
        match serde_json::from_str(text) {
            // Numbers, true, false and null.
            Ok(literal) => literal,
            Err(_) => json!(format!("${{{text}}}")),
        }
    }
}

#[test]
fn native_syntax_becomes_json_syntax() {
    let native = r#"
# A comment.
resource "a" "b" {
  text  = "line\n\"${var.x["y"]}\" %{ if true }z%{ endif }" # end
  list  = [1, true, null, var.x, # one
    { "k.l" = "v", m = f("a, b", [1]) }]
  each  = { for k, v in var.map : k => v if v != "}" }
  sum   = "a" == var.x ? 40 * 1024 : -1
  block {}
  block {
    n = 1
  }
  depends_on = [a.c, data.d.e]
}
"#;
    let expected = json!([{"resource": {"a": {"b": {
        "text": "line\n\"${var.x[\"y\"]}\" %{ if true }z%{ endif }",
        "list": [1, true, null, "${var.x}", {"k.l": "v", "m": "${f(\"a, b\", [1])}"}],
        "each": "${{ for k, v in var.map : k => v if v != \"}\" }}",
        "sum": "${\"a\" == var.x ? 40 * 1024 : -1}",
        "block": [{}, {"n": 1}],
        "depends_on": ["a.c", "data.d.e"],
    }}}}]);
    assert_eq!(to_json(native), expected);
    let text = print(&json!({"dynamic": {"a": 1}, "x": ["b"]}));
    assert_eq!(text, r#"{"x": ["b"], "dynamic": {"a": 1}}"#);
}
