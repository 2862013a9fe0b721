//! Follows the guides with the code that they show.

use std::path::Path;

/// The fenced code of a guide.
struct Guide {
    blocks: Vec<Code>,
}

/// One fenced code block, and the heading above it without its `#`.
struct Code {
    heading: String,
    language: String,
    text: String,
}

impl Guide {
    /// Reads `docs-src/guides/<name>.md`.
    fn read(name: &str) -> Self {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("docs-src/guides/{name}.md"));
        Self::parse(&std::fs::read_to_string(path).expect("the guide exists"))
    }

    fn parse(text: &str) -> Self {
        let (mut blocks, mut heading, mut open) = (Vec::new(), String::new(), None::<Code>);
        for line in text.lines() {
            match (open.take(), line.strip_prefix("```")) {
                (Some(code), Some(_)) => blocks.push(code),
                (Some(code), None) => open = Some(Code { text: code.text + line + "\n", ..code }),
                (None, Some(language)) => {
                    let language = language.to_owned();
                    open = Some(Code { heading: heading.clone(), language, text: String::new() });
                }
                (None, None) if line.starts_with('#') => line.trim_start_matches('#').trim().clone_into(&mut heading),
                (None, None) => {}
            }
        }
        Self { blocks }
    }

    /// All code of a language below the heading that starts with these words, joined.
    #[track_caller]
    fn code(&self, heading: &str, language: &str) -> String {
        let of = |code: &&Code| code.heading.starts_with(heading) && code.language == language;
        let found: Vec<_> = self.blocks.iter().filter(of).map(|code| code.text.as_str()).collect();
        assert!(!found.is_empty(), "no {language} code below {heading:?}");
        found.join("\n")
    }

    /// The HCL below a heading.
    #[track_caller]
    fn terraform(&self, heading: &str) -> String {
        self.code(heading, "terraform")
    }
}

#[test]
fn guide_code_is_found_by_heading_and_language() {
    let text = "# A\n```terraform\na = 1\n```\n## Step 1: B\ntext\n```shell\nls # no heading\n```\n```terraform\n# c\nb = 2\n```\n";
    let guide = Guide::parse(text);
    assert_eq!(guide.terraform("A"), "a = 1\n");
    assert_eq!(guide.terraform("Step 1"), "# c\nb = 2\n");
    assert_eq!(guide.code("Step 1", "shell"), "ls # no heading\n");
}
