//! Follows the guides with the code that they show.

mod access_entries;
mod karpenter;
mod leaving_the_provider;
mod migrating_from_config_map_data;
mod migrating_from_eks_module;
mod migrating_from_eksctl;
mod migrating_from_manifests;
mod policy_scanners_and_cost_tools;
mod private_clusters_and_ci;
mod troubleshooting;
mod upgrading_nodes;
mod userdata_karpenter;

use std::path::Path;

use crate::support::workspace::Workspace;

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

    /// All HCL is valid syntax, and formatted as `terraform fmt` writes it.
    #[track_caller]
    fn assert_formatted(&self, workspace: &Workspace) {
        for code in self.blocks.iter().filter(|code| code.language == "terraform") {
            let run = workspace.run_with_input(&["fmt", "-check", "-diff", "-"], &code.text);
            assert!(run.succeeded(), "below {:?}:\n{run}", code.heading);
        }
    }
}

/// The top-level blocks of formatted HCL that start with this text, such as `moved`.
fn top_level(text: &str, start: &str) -> String {
    let (mut found, mut inside) = (String::new(), false);
    for line in text.lines() {
        inside |= line.starts_with(start) && line.ends_with('{');
        if inside {
            found += line;
            found.push('\n');
        }
        inside &= line != "}";
    }
    found
}

#[test]
fn guide_code_is_found_by_heading_and_language() {
    let text = "# A\n```terraform\na = 1\n```\n## Step 1: B\ntext\n```shell\nls # no heading\n```\n```terraform\n# c\nb = 2\n```\n";
    let guide = Guide::parse(text);
    assert_eq!(guide.terraform("A"), "a = 1\n");
    assert_eq!(guide.terraform("Step 1"), "# c\nb = 2\n");
    assert_eq!(guide.code("Step 1", "shell"), "ls # no heading\n");
}

#[test]
fn top_level_blocks_are_selected_by_their_start() {
    let text = "a \"x\" {\n  b {\n  }\n}\n\nmoved {\n  from = c\n}\n";
    assert_eq!(top_level(text, "moved"), "moved {\n  from = c\n}\n");
    assert_eq!(top_level(text, "a"), "a \"x\" {\n  b {\n  }\n}\n");
    assert_eq!(top_level(text, "b"), "");
}
