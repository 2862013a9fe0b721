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

/// Makes a test of the case around it for each program.
macro_rules! tests_on {
    ($($test:ident: $cli:ident),+) => {$(
        #[test]
        fn $test() {
            $crate::support::features::run_where_supported(Cli::$cli, NEEDS, case);
        }
    )+};
}
pub(crate) use tests_on;

/// Makes the tests of a case on the programs that run only the cases that the attribute is on.
macro_rules! tests_of_attribute {
    (everywhere) => {
        $crate::support::tests_of_attribute! { needs }
    };
    (needs) => {
        $crate::support::tests_on! {
            terraform_1_12: Terraform112,
            terraform_1_15: Terraform115,
            terraform_1_17: Terraform117
        }
    };
}
pub(crate) use tests_of_attribute;

/// Makes tests of each case for the command-line programs, one for each program, named `<case>::<program>`.
///
/// `for_each_cli! { fn lifecycle(cli) { … } }` runs on the oldest supported Terraform, on the newest released one, on
/// the program of the machine's PATH, and on OpenTofu. `#[everywhere]` before a case also runs it on the Terraforms
/// between and on the beta of the next. It is for cases in which programs could differ: the harness, what the
/// framework promises, and one life of a resource of each service. The others take two thirds of a program's time
/// and would not show more on three more programs.
///
/// `#[needs(Query)]` before a case runs it everywhere, where the program has the feature. Elsewhere the test proves by
/// trying that the program lacks it, so nothing is skipped on the word of a table.
macro_rules! for_each_cli {
    ($($(#[$attribute:ident $(($($feature:ident),+))?])? fn $case:ident($cli:ident) $body:block)+) => {$(
        mod $case {
            #[allow(unused_imports, reason = "a case may need nothing of its surroundings")]
            use super::*;
            use $crate::support::{cli::Cli, features::Feature};

            const NEEDS: &[Feature] = &[$($($(Feature::$feature),+)?)?];

            fn case($cli: Cli) $body

            $crate::support::tests_on! {
                terraform_1_8: Terraform18,
                terraform_1_16: Terraform116,
                terraform_path: OnPath,
                tofu_1_12: Tofu112
            }
            $($crate::support::tests_of_attribute! { $attribute })?
        }
    )+};
}
pub(crate) use for_each_cli;
