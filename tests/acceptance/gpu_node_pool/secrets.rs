//! The token for a cluster is told nowhere.

use super::Pools;
use crate::support::cli::Cli;
use crate::support::workspace::Workspace;

/// What EKS tokens begin with, and what is in the request that they stand for.
const SECRETS: [&str; 3] = ["k8s-aws-v1.", "X-Amz-Signature", "Bearer "];

#[track_caller]
fn assert_told_nowhere(workspace: &Workspace) {
    let mut logged = 0;
    for file in std::fs::read_dir(workspace.folder()).expect("the folder is there").flatten() {
        let content = String::from_utf8_lossy(&std::fs::read(file.path()).unwrap_or_default()).into_owned();
        logged += content.matches("Kubernetes APPLY responded").count();
        for secret in SECRETS {
            assert!(!content.contains(secret), "{secret} is in {}", file.path().display());
        }
    }
    assert!(logged > 0, "the log is there, and tells of requests");
}

#[test]
fn api_token_does_not_appear_in_logs_or_errors() {
    let pools = Pools::new(Cli::OnPath, "karpenter-v1.14.1");
    let told = |workspace: Workspace| workspace.env("TF_LOG", "TRACE").env("TF_LOG_PATH", "trace.log");
    let class = format!(
        "resource \"ekscompute_gpu_node_class\" \"gpu\" {{\n  cluster_name = \"{}\"\n  name = \"gpu\"\n  controller = \
         \"karpenter\"\n  role = \"node\"\n  subnet_selector_term {{ id = \"subnet-0\" }}\n  \
         security_group_selector_term {{ id = \"sg-0\" }}\n  wait_for_ready = false\n}}\n",
        pools.cluster.name
    );
    let text = pools.golden();
    let workspaces = [told(pools.cluster.workspace(Cli::OnPath)), told(pools.cluster.workspace(Cli::OnPath))];
    let [first, second] = workspaces;
    first.write("main.tf", &format!("{text}{class}"));
    second.write("main.tf", &format!("{text}{class}").replace("720h", "240h").replace("\"node\"", "\"other\""));
    let made = first.apply().success();
    // What is there already is an error of the other.
    let refused = second.apply();
    assert_eq!(refused.errors().len(), 2, "{refused}");
    let gone = first.destroy().success();
    for run in [made, refused, gone] {
        assert!(SECRETS.iter().all(|secret| !run.text().contains(secret)), "{run}");
    }
    assert_told_nowhere(&first);
}
