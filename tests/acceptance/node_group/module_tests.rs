//! Authors of modules test them with a mocked provider: no cloud, only the schema.

use super::{Group, SCALING};
use crate::support::for_each_cli;
use serde_json::json;

const TESTS: &str = r#"
mock_provider "ekscompute" {
  mock_resource "ekscompute_node_group" {
    defaults = {
      arn    = "arn:aws:eks:us-east-1:123456789012:nodegroup/a/b/c"
      status = "ACTIVE"
    }
  }
}

run "plans" {
  command = plan
  assert {
    condition     = ekscompute_node_group.workers.scaling_config[0].max_size == 3
    error_message = "the configured size is not planned"
  }
}

run "applies" {
  assert {
    condition     = ekscompute_node_group.workers.status == "ACTIVE"
    error_message = "the mocked default is not used"
  }
  assert {
    condition     = ekscompute_node_group.workers.id != ""
    error_message = "a computed attribute is not mocked"
  }
}
"#;

for_each_cli! {
    #[everywhere]
    fn a_mocked_provider_serves_module_tests(cli) {
        let group = Group::new(cli);
        group.configure(SCALING);
        group.workspace.write("tests/group.tftest.hcl", TESTS);
        let run = group.workspace.run(&["test", "-json"]).success();
        let summary = run.events("test_summary")[0]["test_summary"].clone();
        assert_eq!((summary["passed"].clone(), summary["failed"].clone()), (json!(2), json!(0)), "{run}");
        // Nothing was asked of AWS.
        assert_eq!(group.cluster.calls(), Vec::<String>::new());
    }
}
