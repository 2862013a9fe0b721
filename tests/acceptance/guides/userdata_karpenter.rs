//! Follows the guide to user data for Karpenter node classes.

use serde_json::json;

use super::Guide;
use super::karpenter::{CLASS, CLASSES, Nodes};
use crate::support::plan::Action;

#[test]
fn node_class_gets_rendered_user_data() {
    let (guide, nodes) = (Guide::read("userdata-karpenter"), Nodes::new());
    guide.assert_formatted(&nodes.workspace);
    let data = guide.terraform("Step 1");
    let class = nodes.named(&guide.terraform("Step 2"));
    let path = format!("{CLASSES}/default");
    nodes.workspace.write("data.tf", &data);
    nodes.workspace.write("class.tf", &class);
    nodes.workspace.plan().assert_actions(&[(CLASS, Action::Create)]);
    nodes.apply();
    let spec = nodes.object(&path)["spec"].take();
    let user_data = spec["userData"].as_str().unwrap_or_default();
    for part in ["imageGCHighThresholdPercent", "sysctl -w vm.max_map_count=262144", "MIME-Version"] {
        assert!(user_data.contains(part), "{part}: {user_data}");
    }

    // There are no settings to add.
    let empty = "data \"ekscompute_userdata\" \"karpenter\" {\n  os_family = \"al2023\"\n  mode = \"merge\"\n}\n";
    nodes.workspace.write("data.tf", empty);
    let plan = nodes.workspace.plan();
    plan.assert_actions(&[(CLASS, Action::Update)]);
    let warned = plan.warnings().iter().any(|each| each.summary == "Nodes of node class default will be replaced");
    assert!(warned, "{}", plan.run);
    nodes.apply();
    assert_eq!(nodes.object(&path)["spec"].get("userData"), None);

    // A misspelled field is an error at its argument.
    nodes.workspace.write("data.tf", &data.replace("imageGCHighThresholdPercent", "imageGCHighTresholdPercent"));
    let error = nodes.workspace.try_plan(&[]).only_error();
    assert!(error.detail.contains("imageGCHighThresholdPercent"), "{error:?}");
    assert_eq!(nodes.workspace.attributes(CLASS)["user_data"], json!(null));
}
