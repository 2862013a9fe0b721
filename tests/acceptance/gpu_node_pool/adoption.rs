//! Taking over what others have made: by import, by query, and with `moved`.

use serde_json::{Value, json};

use super::{ADDRESS, MANAGER, POOLS, Pools, auto_mode_by_hand, karpenter_by_hand, owned};
use crate::support::cli::Cli;
use crate::support::features::{Feature, run_where_supported};
use crate::support::moved_states::Predecessor;
use crate::support::owners::assert_one_owner;
use crate::support::plan::Action;

const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// The pool of the example as others have written it, if wanted with something that the example does not have.
fn manifest(with_weight: bool) -> Value {
    let mut spec = karpenter_by_hand();
    if with_weight {
        spec["weight"] = json!(9);
    }
    json!({
        "apiVersion": "karpenter.sh/v1", "kind": "NodePool", "metadata": {"name": "gpu", "labels": {"team": "ml"}},
        "spec": spec,
    })
}

impl Pools {
    /// Declared by server-side apply.
    #[track_caller]
    fn declare(&self, manager: &str, manifest: &Value) {
        self.write("gpu", manager, "application/apply-patch+yaml", manifest.clone());
    }

    /// Made as `kubectl apply` does it on the side of the client.
    #[track_caller]
    fn make(&self, manager: &str, manifest: &Value) {
        let mut body = manifest.clone();
        body["metadata"]["annotations"] = json!({LAST_APPLIED: manifest.to_string()});
        let path = format!("{POOLS}?fieldManager={manager}");
        let (status, answer) = self.cluster.kubernetes("POST", &path, json!({"body": body}));
        assert_eq!(status, 201, "{answer}");
    }

    fn managers(&self) -> Vec<Value> {
        let all = self.object("gpu")["metadata"]["managedFields"].as_array().cloned().unwrap_or_default();
        all.into_iter().map(|mut entry| entry["manager"].take()).collect()
    }

    /// Moves the pool, and proves that the former manager has no part in it any more.
    #[track_caller]
    fn assert_moved(&self, from: Predecessor, manager: &str) {
        let before = self.object("gpu");
        self.workspace.inherit(from, (&manifest(true), &before), ADDRESS);
        let plan = self.workspace.plan();
        plan.assert_actions(&[(ADDRESS, Action::Update)]);
        assert!(plan.warnings().iter().all(|each| !each.summary.contains("will be replaced")), "{}", plan.run);
        self.apply();
        let live = self.object("gpu");
        assert_eq!(live["metadata"]["uid"], before["metadata"]["uid"]);
        assert!(!self.managers().contains(&json!(manager)), "the old manager owns nothing: {:?}", self.managers());
        assert!(live["spec"]["weight"].is_null(), "what is not configured does not live on");
        assert!(live["metadata"]["labels"].is_null(), "neither do labels of the object");
        assert!(live["metadata"]["annotations"][LAST_APPLIED].is_null(), "kubectl remembers nothing");
        self.workspace.destroy().success();
    }
}

#[test]
fn a_pool_moves_from_kubernetes_manifest_and_leaves_no_old_owner() {
    // This one keeps identities. The block gpu says what the manifest says with requirements.
    let pools = Pools::new(Cli::Terraform115, "karpenter-v1.14.1");
    pools.declare("Terraform", &manifest(true));
    pools.configure("720h", "720h");
    pools.assert_moved(Predecessor::Kubernetes, "Terraform");
}

#[test]
fn a_pool_moves_from_kubectl_manifest() {
    let mut pools = Pools::new(Cli::OnPath, "karpenter-v1.14.1");
    pools.make("kubectl", &manifest(true));
    pools.configure("720h", "720h");
    pools.assert_moved(Predecessor::Kubectl, "kubectl");

    // The manifest as it was written, word for word.
    let workspace = pools.cluster.workspace(Cli::OnPath);
    workspace.write("provider.tf", &pools.workspace.read("provider.tf"));
    pools.workspace = workspace;
    pools.declare("kubectl", &manifest(true));
    let requirement = |key: &str, values: &str| {
        format!("  requirement {{\n    key = \"{key}\"\n    operator = \"In\"\n    values = [{values}]\n  }}\n")
    };
    let requirements = [
        requirement("kubernetes.io/arch", "\"amd64\""),
        requirement("karpenter.sh/capacity-type", "\"spot\", \"on-demand\""),
        requirement("karpenter.k8s.aws/instance-category", "\"g\", \"p\""),
    ];
    let text = pools.golden();
    let (head, rest) = text.split_once("  gpu {").expect("the block");
    let (_, tail) = rest.split_once("  }\n").expect("its end");
    pools.workspace.write("main.tf", &format!("{head}{}{tail}", requirements.concat()));
    pools.assert_moved(Predecessor::KubectlFork, "kubectl");
}

#[test]
fn an_imported_pool_keeps_its_managers_and_takes_their_fields_only_by_force() {
    let mut pools = Pools::new(Cli::OnPath, "karpenter-v1.14.1");
    let id = format!("{}/karpenter/gpu", pools.cluster.name);
    // kubectl writes as somebody who edits does; Argo CD declares.
    for (manager, declares) in [("kubectl-client-side-apply", false), ("argocd-controller", true)] {
        pools.workspace = pools.cluster.workspace(Cli::OnPath);
        if declares {
            pools.declare(manager, &manifest(false));
        } else {
            pools.make(manager, &manifest(false));
        }
        pools.configure("720h", "720h");
        pools.workspace.import(ADDRESS, &id).success();
        pools.workspace.plan().assert_no_changes();

        // Something new is no conflict, and shares what is equal.
        pools.configure("expire_after", "weight = 7\n\n  expire_after");
        pools.apply();
        assert_eq!(pools.object("gpu")["spec"]["weight"], 7);
        assert!(pools.managers().contains(&json!(manager)), "what is equal is shared");
        pools.configure("expire_after = \"720h\"", "weight = 7\n\n  expire_after = \"240h\"");
        // The plan only warns, because terraform destroy makes the same plan first.
        let warnings = pools.workspace.plan().warnings();
        let conflict = warnings.iter().find(|warning| warning.summary.starts_with("Field manager conflict"));
        let error = pools.workspace.apply().only_error();
        for found in [conflict.expect("the plan warns"), &error] {
            assert!(found.code.starts_with("expire_after"), "{found:?}");
            for part in [manager, "expire_after", "force_conflicts = true"] {
                assert!(found.detail.contains(part), "{found:?}");
            }
        }
        assert_eq!(pools.object("gpu")["spec"]["template"]["spec"]["expireAfter"], "720h");
        let force = "weight = 7\n  force_conflicts = true\n\n  expire_after = \"240h\"";
        pools.configure("expire_after = \"720h\"", force);
        pools.apply();
        assert_eq!(pools.object("gpu")["spec"]["template"]["spec"]["expireAfter"], "240h");
        assert!(pools.managers().contains(&json!(manager)), "the rest is still shared");
        pools.workspace.destroy().success();
    }
}

#[test]
fn gpu_pool_has_one_owner() {
    let pools = Pools::new(Cli::OnPath, "karpenter-v1.14.1");
    pools.configure("expire_after", "skip_preflight = [\"pool_node_class\"]\n\n  expire_after");
    assert_one_owner(&pools.cluster, &pools.workspace);
    assert_eq!(pools.cluster.kubernetes("GET", &format!("{POOLS}/gpu"), json!({})).0, 404);
}

#[test]
fn an_import_names_the_controller_that_the_pool_has() {
    let pools = Pools::new(Cli::OnPath, "karpenter-v1.14.1");
    pools.declare("kubectl", &manifest(false));
    pools.configure("720h", "720h");
    let run = pools.workspace.import(ADDRESS, &format!("{}/auto_mode/gpu", pools.cluster.name));
    assert!(!run.succeeded() && run.text().contains("has a different controller"), "{run}");
    pools.workspace.import(ADDRESS, &format!("{}/gpu", pools.cluster.name)).success();
    pools.workspace.plan().assert_no_changes();
}

#[test]
fn query_finds_pools_of_both_and_generates_configuration_that_plans_clean() {
    run_where_supported(Cli::Terraform115, &[Feature::Query], |cli| {
        let pools = Pools::new(cli, "karpenter-v1.14.1");
        pools.declare("kubectl", &manifest(true));
        pools.cluster.custom_resources(json!({"install": "auto-mode"}));
        let mut auto_mode = manifest(false);
        auto_mode["metadata"]["name"] = json!("auto");
        auto_mode["spec"] = auto_mode_by_hand();
        pools.write("auto", "helm", "application/apply-patch+yaml", auto_mode);
        let list = "list-resources/ekscompute_gpu_node_pool/list-resource.tfquery.hcl";
        pools.workspace.write("all.tfquery.hcl", &pools.example(list));
        let run = pools.workspace.run(&["query", "-json", "-generate-config-out=generated.tf"]).success();
        let identity = |event: &Value| {
            let identity = &event["list_resource_found"]["identity"];
            [&identity["name"], &identity["controller"]].map(|text| text.as_str().unwrap_or_default().to_owned())
        };
        let mut found: Vec<_> = run.events("list_resource_found").iter().map(identity).collect();
        found.sort();
        assert_eq!(found, [["auto", "auto_mode"], ["gpu", "karpenter"]], "{run}");
        pools.workspace.remove("all.tfquery.hcl");
        let plan = pools.workspace.plan();
        assert!(plan.actions().values().all(|action| *action == Action::NoOp), "{}", plan.run);
        assert_eq!(plan.actions().len(), 2);
        assert!(owned(&pools.object("gpu"), MANAGER).is_null(), "a plan owns nothing");
    });
}
