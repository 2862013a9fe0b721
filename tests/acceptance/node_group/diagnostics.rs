//! Each bad input gets one diagnostic, at the attribute, before anything is done.

use super::{Group, SCALING};
use crate::support::for_each_cli;

const HEADER: &str = "resource \"ekscompute_node_group\" \"workers\" {";

/// A wrong argument, the configuration line that must be blamed, and words of the explanation.
const WRONG: &[(&str, &str, &str)] = &[
    ("capacity_type = \"SPOTTY\"\n@scaling", "capacity_type = \"SPOTTY\"", "ON_DEMAND"),
    ("labels = { \"\" = \"1\" }\n@scaling", "labels = { \"\" = \"1\" }", "1"),
    ("labels = { a = \"\" }\n@scaling", "labels = { a = \"\" }", "between 1 and 63"),
    ("scaling_config {\n  desired_size = 9\n  max_size = 3\n  min_size = 1\n}\n", "desired_size = 9", "max_size"),
    ("scaling_config {\n  desired_size = 2\n  max_size = 3\n  min_size = 4\n}\n", "min_size = 4", "max_size"),
    // The protocol has no path into a set: the resource is blamed, and the summary names the argument.
    ("taint {\n  key = \"a\"\n  effect = \"NEVER\"\n}\n@scaling", HEADER, "NO_SCHEDULE"),
    ("timeouts {\n  create = \"soon\"\n}\n@scaling", "create = \"soon\"", "30m"),
];

for_each_cli! {
    fn invalid_arguments_are_reported_at_their_location(cli) {
        let group = Group::new(cli);
        for (arguments, code, words) in WRONG {
            group.configure(&arguments.replace("@scaling", SCALING));
            let run = group.workspace.validate();
            let error = run.only_error();
            assert_eq!(error.code, *code, "{run}");
            assert!(error.summary.contains(words) || error.detail.contains(words), "{words}: {run}");
        }
    }
}
