//! `ekscompute_cluster_token` against a real API server.

use std::path::Path;

use serde_json::{Value, json};

use crate::support::cli::Cli;
use crate::support::for_each_cli;
use crate::support::sandbox::Cluster;
use crate::support::workspace::Workspace;

/// Writes the values down, which a provisioner may be given although no plan and no state may hold them.
const USE: &str = r#"
resource "terraform_data" "use" {
  provisioner "local-exec" {
    command = "printf %s \"$TOKEN\" >token; printf %s \"$ENDPOINT $EXPIRATION $CA\" >rest"
    environment = {
      CA         = ephemeral.ekscompute_cluster_token.this.cluster_ca_certificate
      ENDPOINT   = ephemeral.ekscompute_cluster_token.this.endpoint
      EXPIRATION = ephemeral.ekscompute_cluster_token.this.expiration
      TOKEN      = ephemeral.ekscompute_cluster_token.this.token
    }
  }
}
"#;

/// The documentation's example up to the provider that it is for, which is not here.
fn example(cluster: &str) -> String {
    let path = "examples/ephemeral-resources/ekscompute_cluster_token/ephemeral-resource.tf";
    let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).expect("the example is there");
    let (token, _) = text.split_once("provider \"kubernetes\"").expect("the example configures a provider");
    token.replace("\"prod\"", cluster)
}

fn is_in_a_file(workspace: &Workspace, text: &str) -> Vec<String> {
    let files = std::fs::read_dir(workspace.folder()).expect("the folder is there").flatten();
    files
        .filter(|file| file.file_name() != "token")
        .filter(|file| std::fs::read_to_string(file.path()).is_ok_and(|content| content.contains(text)))
        .map(|file| file.file_name().to_string_lossy().into_owned())
        .collect()
}

/// Who the API server takes the holder of the token for.
fn whoami(cluster: &Cluster, token: &str) -> (u64, Value) {
    let review = json!({"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"});
    let path = "/apis/authentication.k8s.io/v1/selfsubjectreviews";
    let (status, answer) = cluster.kubernetes("POST", path, json!({"body": review, "token": token}));
    (status, answer["status"]["userInfo"]["username"].clone())
}

for_each_cli! {
    #[needs(Ephemeral)]
    fn a_token_lets_others_into_the_cluster(cli) {
        let cluster = Cluster::new();
        // The name is known only after the cluster is there.
        let workspace = cluster.workspace(cli).env("TF_LOG", "TRACE").env("TF_LOG_PATH", "trace.log");
        let made = cluster.start_kubernetes(json!({"server": "tokens"}));
        workspace.write("cluster.tf", &format!("resource \"terraform_data\" \"cluster\" {{ input = \"{}\" }}\n", cluster.name));
        workspace.write("main.tf", &format!("{}{USE}", example("terraform_data.cluster.output")));
        workspace.plan();
        workspace.apply_plan().success();

        let token = workspace.read("token");
        assert_eq!(whoami(&cluster, &token), (201, json!("arn:aws:iam::123456789012:root")));
        let rest = workspace.read("rest");
        let [endpoint, expiration, authority] = rest.splitn(3, ' ').collect::<Vec<_>>()[..] else { panic!("{rest}") };
        assert_eq!(json!(endpoint), made["endpoint"]);
        assert!(expiration.ends_with('Z') && expiration.len() == "2026-01-01T00:00:00Z".len(), "{expiration}");
        assert!(authority.starts_with("-----BEGIN CERTIFICATE-----\n"), "{authority}");
        assert_eq!(is_in_a_file(&workspace, &token), Vec::<String>::new(), "the token was written down");
    }
}

#[test]
fn a_missing_cluster_is_an_error_of_the_plan() {
    let cluster = Cluster::new();
    let workspace = cluster.workspace(Cli::OnPath);
    workspace.write("main.tf", &example("\"no-such-cluster\""));
    let error = workspace.try_plan(&[]).only_error();
    assert_eq!(error.summary, "Unable to create a token for cluster no-such-cluster");
    assert!(error.detail.contains("Check the cluster name and the Region."), "{error:?}");
}
