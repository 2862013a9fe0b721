//! The guide from `eksctl`, with a node group as the CloudFormation stack of `eksctl` creates it.

use serde_json::{Value, json};

use super::migrating_from_eks_module::{make_launch_template, make_node_group};
use super::{Guide, top_level};
use crate::support::cli::Cli;
use crate::support::plan::Action;
use crate::support::sandbox::Cluster;

const ADDRESS: &str = "ekscompute_node_group.workers";
/// The role in the guide.
const ROLE: &str = "arn:aws:iam::111122223333:role/eksctl-my-cluster-nodegroup-worke-NodeInstanceRole-1A2B3C4D5E6F";

/// The tags of `eksctl`.
fn tags(cluster: &str) -> Value {
    json!({
        "alpha.eksctl.io/cluster-name": cluster,
        "alpha.eksctl.io/eksctl-version": "0.220.0",
        "alpha.eksctl.io/nodegroup-name": "workers",
        "alpha.eksctl.io/nodegroup-type": "managed",
        "eksctl.cluster.k8s.io/v1alpha1/cluster-name": cluster,
    })
}

/// HCL without the argument of this name, a map over several lines.
fn without_map(text: &str, name: &str) -> String {
    let start = text.find(&format!("  {name} = {{\n")).unwrap_or_else(|| panic!("no {name} in {text}"));
    let end = text[start..].find("\n  }\n").expect("the map ends") + start + "\n  }\n".len();
    format!("{}{}", &text[..start], &text[end..])
}

fn live(cluster: &Cluster) -> Value {
    cluster.eks("GET", &format!("/clusters/{}/node-groups/workers", cluster.name), &json!({}))["nodegroup"].take()
}

#[test]
fn eksctl_node_group_is_imported_and_loses_its_labels_in_place() {
    let guide = Guide::read("migrating-from-eksctl");
    let cluster = Cluster::new();
    let template = make_launch_template(&cluster, "nodegroup-workers");
    let settings = json!({
        "instanceTypes": ["m5.large"],
        "amiType": "AL2023_x86_64_STANDARD",
        "launchTemplate": {"id": template},
        "labels": {"alpha.eksctl.io/cluster-name": cluster.name, "alpha.eksctl.io/nodegroup-name": "workers"},
    });
    make_node_group(&cluster, "workers", settings);
    // CloudFormation adds tags of its own, which no request can set.
    let mut all = tags(&cluster.name);
    all["aws:cloudformation:logical-id"] = json!("ManagedNodeGroup");
    all["aws:cloudformation:stack-name"] = json!(format!("eksctl-{}-nodegroup-workers", cluster.name));
    cluster.drift("workers", "set_tags", &all);

    let adapt = |text: &str| {
        text.replace(ROLE, cluster.made("node_role_arn"))
            .replace("[\"subnet-0123456789abcdef0\", \"subnet-0123456789abcdef1\"]", &cluster.subnets())
            .replace("lt-0123456789abcdef0", &template)
            .replace("my-cluster", &cluster.name)
    };
    let workspace = cluster.workspace(Cli::OnPath);
    guide.assert_formatted(&workspace);
    let text = adapt(&guide.terraform("Step 2"));
    workspace.write("main.tf", &text);
    let plan = workspace.plan();
    plan.assert_actions(&[(ADDRESS, Action::NoOp)]);
    assert_eq!(plan.change(ADDRESS)["importing"]["id"], json!(format!("{}:workers", cluster.name)));
    workspace.apply_plan().success();
    workspace.plan().assert_no_changes();

    // The generated configuration shows no changes, either.
    let generated = cluster.workspace(Cli::OnPath);
    generated.write("main.tf", &top_level(&text, "import"));
    generated.plan_with(&["-generate-config-out=generated.tf"]).assert_actions(&[(ADDRESS, Action::NoOp)]);

    // The stack is deleted with its resources retained, which changes none of them. Then the tags and the labels are
    // removed.
    let changes = || cluster.calls().into_iter().filter(|call| call.starts_with("eks:Update")).collect::<Vec<_>>();
    assert_eq!(changes(), Vec::<String>::new());
    let untagged = without_map(&text, "tags");
    for (text, expected) in [(&untagged, 0), (&without_map(&untagged, "labels"), 1)] {
        workspace.write("main.tf", text);
        workspace.plan().assert_actions(&[(ADDRESS, Action::Update)]);
        workspace.apply_plan().success();
        workspace.plan().assert_no_changes();
        assert_eq!(changes(), vec!["eks:UpdateNodegroupConfig".to_owned(); expected]);
    }
    let live = live(&cluster);
    let left: Vec<_> = live["tags"].as_object().into_iter().flatten().map(|(key, _)| key.as_str()).collect();
    assert_eq!(left, ["aws:cloudformation:logical-id", "aws:cloudformation:stack-name"]);
    assert!(live["labels"].as_object().is_none_or(|labels| labels.is_empty()), "{live}");
    assert_eq!((cluster.count("eks:CreateNodegroup"), cluster.count("eks:DeleteNodegroup")), (1, 0));
}
