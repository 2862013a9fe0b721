//! AWS that nobody reaches is told in seconds, with what to look at.

use std::net::TcpListener;

use crate::support::cli::Cli;
use crate::support::sandbox::Cluster;
use crate::support::workspace::Workspace;

/// A port of this machine that nobody listens at.
fn dead_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("an address").port()
}

fn node_group(name: &str) -> String {
    format!(
        "resource \"ekscompute_node_group\" \"{name}\" {{\n  cluster_name = \"blue\"\n  node_group_name = \"{name}\"\n  \
         node_role_arn = \"arn:aws:iam::123456789012:role/nodes\"\n  subnet_ids = [\"subnet-0123456789abcdef0\"]\n  \
         scaling_config {{\n    min_size = 1\n    max_size = 2\n  }}\n}}\n"
    )
}

fn fargate_profile() -> String {
    "resource \"ekscompute_fargate_profile\" \"pods\" {\n  cluster_name = \"blue\"\n  fargate_profile_name = \"pods\"\n  \
     pod_execution_role_arn = \"arn:aws:iam::123456789012:role/pods\"\n  selector {\n    namespace = \"apps\"\n  }\n}\n"
        .to_owned()
}

#[track_caller]
fn assert_told(workspace: &Workspace, words: &[&str]) {
    let run = workspace.try_plan(&[]);
    let errors = run.errors();
    assert!(!errors.is_empty(), "{run}");
    for error in errors {
        assert_eq!(error.summary, "Unable to reach Amazon EKS", "{run}");
        assert!(words.iter().all(|word| error.detail.contains(word)), "{words:?}: {}", error.detail);
    }
}

#[test]
fn endpoint_that_never_answers_is_an_error_that_names_it() {
    let cluster = Cluster::new();
    let endpoint = format!("http://127.0.0.1:{}", dead_port());
    let workspace = cluster.workspace(Cli::OnPath).env("AWS_ENDPOINT_URL", &endpoint).env("AWS_REGION", "eu-wset-1");
    workspace.write("main.tf", &(node_group("a") + &node_group("b") + &fargate_profile()));
    assert_told(&workspace, &[&endpoint, "eu-wset-1", "eu-west-1", "Check the Region", "proxy"]);
    assert_eq!(cluster.calls(), [] as [String; 0]);
}

#[test]
fn unreachable_proxy_is_reported() {
    let cluster = Cluster::new();
    let proxy = format!("http://127.0.0.1:{}", dead_port());
    let workspace = cluster.workspace(Cli::OnPath).env("HTTPS_PROXY", &proxy).env("AWS_ENDPOINT_URL", "");
    workspace.write("main.tf", &node_group("a"));
    assert_told(&workspace, &["https://eks.us-east-1.amazonaws.com", &proxy, "Region us-east-1"]);
}

#[test]
fn region_that_is_probably_mistyped_is_a_warning() {
    let cluster = Cluster::new();
    let workspace = cluster.workspace(Cli::OnPath);
    // Nothing is asked of AWS, which has no such region.
    workspace.write(
        "main.tf",
        "data \"ekscompute_preflight\" \"this\" {\n  cluster_name = \"blue\"\n  skip_preflight = [\"all\"]\n}\n",
    );
    let provider =
        |region: &str, more: &str| format!("provider \"ekscompute\" {{\n  region = \"{region}\"\n{more}}}\n");
    let warned = |region: &str, more: &str| {
        workspace.write("provider.tf", &provider(region, more));
        let run = workspace.try_plan(&[]);
        let warnings: Vec<_> =
            run.diagnostics().into_iter().filter(|each| each.summary == "Unrecognized Region").collect();
        warnings.first().map(|warning| warning.detail.clone())
    };
    let detail = warned("us-esat-1", "").expect("a warning");
    assert!(detail.contains("\"us-east-1\""), "{detail}");
    assert_eq!(warned("us-east-1", ""), None);
    assert_eq!(warned("us-esat-1", "  skip_region_validation = true\n"), None);
}
