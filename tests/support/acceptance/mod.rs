//! What the acceptance tests are made of: the real command-line programs, a sandbox of AWS, and a workspace that
//! joins one program, one configuration and the provider as it was just built.

pub(crate) mod background;
pub(crate) mod cli;
pub(crate) mod examples;
pub(crate) mod features;
pub(crate) mod gateway;
mod http;
pub(crate) mod kubernetes;
pub(crate) mod moved_states;
pub(crate) mod oracle;
pub(crate) mod owners;
pub(crate) mod plan;
pub(crate) mod preflight;
mod processes;
pub(crate) mod run;
pub(crate) mod runner;
pub(crate) mod sandbox;
pub(crate) mod workspace;

/// Makes one test of each case for each command-line program, named `<case>::<program>`.
///
/// `for_each_cli! { fn lifecycle(cli) { … } }` runs everywhere. `#[needs(Query)]` before a case runs it where the
/// program has the feature; elsewhere the test proves by trying that the program lacks it, so nothing is skipped
/// on the word of a table.
macro_rules! for_each_cli {
    ($($(#[needs($($feature:ident),+)])? fn $case:ident($cli:ident) $body:block)+) => {$(
        mod $case {
            #[allow(unused_imports, reason = "a case may need nothing of its surroundings")]
            use super::*;
            use $crate::support::{cli::Cli, features::Feature};

            const NEEDS: &[Feature] = &[$($(Feature::$feature),+)?];

            fn case($cli: Cli) $body

            #[test]
            fn terraform_1_8() {
                $crate::support::features::run_where_supported(Cli::Terraform18, NEEDS, case);
            }

            #[test]
            fn terraform_1_12() {
                $crate::support::features::run_where_supported(Cli::Terraform112, NEEDS, case);
            }

            #[test]
            fn terraform_1_15() {
                $crate::support::features::run_where_supported(Cli::Terraform115, NEEDS, case);
            }

            #[test]
            fn terraform_path() {
                $crate::support::features::run_where_supported(Cli::OnPath, NEEDS, case);
            }

            #[test]
            fn tofu_1_12() {
                $crate::support::features::run_where_supported(Cli::Tofu112, NEEDS, case);
            }
        }
    )+};
}
pub(crate) use for_each_cli;
