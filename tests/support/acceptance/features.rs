//! What a program can do, by its version, and how to prove that it cannot.

use super::cli::{Cli, Product, Release};
use super::workspace::Workspace;

/// A feature that not every supported program has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Feature {
    /// `import { identity = … }` and identities in state.
    Identity,
    /// `query` and `list` blocks, configuration generated from them.
    Query,
    /// `action` blocks.
    Actions,
    /// The events `before_destroy` and `after_destroy` of `action_trigger` blocks.
    DestroyActions,
    /// `ephemeral` blocks and values.
    Ephemeral,
}

/// A program that knows the event goes on to say that the action is not declared.
const DESTROY_TRIGGER: &str = r#"
resource "terraform_data" "a" {
  lifecycle {
    action_trigger {
      events  = [before_destroy]
      actions = [action.terraform_none.a]
    }
  }
}
"#;

impl Feature {
    pub(crate) const ALL: [Self; 5] =
        [Self::Identity, Self::Query, Self::Actions, Self::DestroyActions, Self::Ephemeral];

    /// First minor version of 1.x with the feature, for Terraform and for OpenTofu.
    fn since(self) -> (u32, Option<u32>) {
        match self {
            Self::Identity => (12, Some(12)),
            Self::Query | Self::Actions => (14, None),
            Self::DestroyActions => (16, None),
            Self::Ephemeral => (10, Some(11)),
        }
    }

    pub(crate) fn is_in(self, release: Release) -> bool {
        let (terraform, tofu) = self.since();
        release.is_at_least(Product::Terraform, terraform)
            || tofu.is_some_and(|minor| release.is_at_least(Product::OpenTofu, minor))
    }

    /// Tries the smallest use of the feature and tells whether the program accepts it.
    pub(crate) fn is_accepted_by(self, cli: Cli) -> bool {
        let workspace = Workspace::without_provider(cli);
        let configuration = match self {
            Self::Query => return workspace.run(&["query", "-help"]).succeeded(),
            Self::Identity => {
                "resource \"terraform_data\" \"a\" {}\nimport {\n  to = terraform_data.a\n  identity = { id = \"x\" }\n}\n"
            }
            // An action of the builtin provider: there is none, but the block type must be known for it to say so.
            Self::Actions => "action \"terraform_none\" \"a\" {}\n",
            Self::DestroyActions => DESTROY_TRIGGER,
            Self::Ephemeral => "variable \"a\" {\n  default = \"\"\n  ephemeral = true\n}\n",
        };
        workspace.write("main.tf", configuration);
        let run = workspace.run(&["validate", "-no-color"]);
        // What the parser does not know it calls unsupported, or an event invalid. Other complaints come later, with
        // the feature.
        !["Unsupported argument", "Unsupported block type", "Invalid \"event\" value"]
            .iter()
            .any(|refusal| run.text().contains(refusal))
    }
}

/// Runs the case if the program has all features it needs; otherwise the program must refuse one it lacks.
pub(crate) fn run_where_supported(cli: Cli, needs: &[Feature], case: fn(Cli)) {
    let release = cli.release();
    match needs.iter().find(|feature| !feature.is_in(release)) {
        None => case(cli),
        Some(missing) => assert!(
            !missing.is_accepted_by(cli),
            "{} accepts {missing:?}, which the tests think it lacks: correct Feature::since",
            cli.name()
        ),
    }
}
