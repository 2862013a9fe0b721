//! What a plan and an apply make of findings. On one program: nothing here depends on which one it is.

use std::path::Path;

use serde_json::json;

use crate::support::cli::Cli;
use crate::support::run::Diagnostic;
use crate::support::sandbox::Cluster;
use crate::support::workspace::Workspace;

const SCALING: &str = "  scaling_config {\n    min_size = 1\n    max_size = 3\n  }\n";

/// A node group of this name, its role as an expression, and further arguments.
fn node_group(cluster: &Cluster, name: &str, role: &str, arguments: &str) -> String {
    format!(
        "resource \"ekscompute_node_group\" \"{name}\" {{\n  cluster_name = \"{}\"\n  node_group_name = \"{name}\"\n  \
         node_role_arn = {role}\n  subnet_ids = {}\n{SCALING}{arguments}}}\n",
        cluster.name,
        cluster.subnets()
    )
}

fn quoted(text: &str) -> String {
    format!("\"{text}\"")
}

fn missing_role(cluster: &Cluster) -> String {
    quoted(&format!("{}-gone", cluster.made("node_role_arn")))
}

/// The calls after so many, without those for the node groups themselves.
fn facts(cluster: &Cluster, after: usize) -> Vec<String> {
    cluster.calls().split_off(after).into_iter().filter(|call| call != "eks:DescribeNodegroup").collect()
}

fn workspace(cluster: &Cluster) -> Workspace {
    cluster.workspace(Cli::OnPath)
}

fn mode(mode: &str) -> String {
    format!("provider \"ekscompute\" {{\n  preflight {{\n    mode = \"{mode}\"\n  }}\n}}\n")
}

#[test]
fn mode_decides_what_stops_a_plan() {
    let cluster = Cluster::new();
    let workspace = workspace(&cluster);
    let role = missing_role(&cluster);
    let summary = "Role does not exist";
    workspace.write("main.tf", &node_group(&cluster, "workers", &role, ""));
    let warned_of_role = |workspace: &Workspace| {
        workspace.plan().run.own_warnings().into_iter().find(|warning| warning.summary == summary)
    };
    let warning = warned_of_role(&workspace).expect("a warning");
    assert_eq!(warning.code.trim(), format!("node_role_arn = {role}"));
    for words in ["role_exists", "skip_preflight", "The apply stops before it creates or updates this resource"] {
        assert!(warning.detail.contains(words), "{warning:?}");
    }
    workspace.write("provider.tf", &mode("strict"));
    let run = workspace.try_plan(&[]);
    let error = run.only_error();
    assert_eq!((error.summary.as_str(), error.code.trim()), (summary, &*format!("node_role_arn = {role}")));
    workspace.write("provider.tf", &mode("warn"));
    let warning = warned_of_role(&workspace).expect("a warning");
    assert!(!warning.detail.contains("Apply stops"), "{warning:?}");
    workspace.write("provider.tf", "provider \"ekscompute\" {\n  preflight {\n    skip = [\"role_exists\"]\n  }\n}\n");
    assert_eq!(warned_of_role(&workspace), None);
    let before = cluster.calls().len();
    workspace.write("provider.tf", &mode("off"));
    assert!(workspace.plan().run.own_warnings().is_empty());
    workspace.remove("provider.tf");
    workspace.write("main.tf", &node_group(&cluster, "workers", &role, "  skip_preflight = [\"all\"]\n"));
    assert!(workspace.plan().run.own_warnings().is_empty());
    assert_eq!(facts(&cluster, before), [] as [String; 0]);
}

#[test]
fn permanent_finding_is_an_error_in_the_plan() {
    let cluster = Cluster::new();
    let workspace = workspace(&cluster);
    let role = quoted(cluster.made("node_role_arn"));
    let types = "  instance_types = [\"m5.enormous\"]\n";
    workspace.write("main.tf", &node_group(&cluster, "workers", &role, types));
    let error = workspace.try_plan(&[]).only_error();
    assert_eq!((error.summary.as_str(), error.code.trim()), ("Instance types do not exist", types.trim()));
    workspace.write("provider.tf", &mode("warn"));
    assert!(workspace.plan().run.own_warnings().iter().any(|warning| warning.summary == error.summary));
}

#[test]
fn names_of_checks_are_checked() {
    let cluster = Cluster::new();
    let workspace = workspace(&cluster);
    let role = quoted(cluster.made("node_role_arn"));
    workspace.write("main.tf", &node_group(&cluster, "workers", &role, "  skip_preflight = [\"role_exist\"]\n"));
    let error = workspace.validate().only_error();
    assert!(error.detail.contains("\"role_exist\" is not a check name. Did you mean \"role_exists\"?"), "{error:?}");
    workspace.write("main.tf", &node_group(&cluster, "workers", &role, ""));
    for (block, words) in [
        ("skip = [\"role_policy_cni\"]", "Did you mean \"role_cni_policy\"?"),
        ("skip = [\"all\"]", "set mode = \"off\" instead"),
        ("mode = \"warning\"", "\"error\", \"strict\", \"warn\", \"off\""),
    ] {
        workspace.write("provider.tf", &format!("provider \"ekscompute\" {{\n  preflight {{\n    {block}\n  }}\n}}\n"));
        let error = workspace.validate().only_error();
        assert!(error.detail.contains(words), "{error:?}");
    }
    let arguments = "  cluster_name = \"blue\"\n  skip_preflight = [\"subnets_exists\"]\n";
    workspace.remove("provider.tf");
    workspace.write("main.tf", &format!("data \"ekscompute_preflight\" \"this\" {{\n{arguments}}}\n"));
    let error = workspace.validate().only_error();
    assert!(error.detail.contains("Did you mean \"subnets_exist\"?"), "{error:?}");
}

#[test]
fn cluster_that_does_not_exist_is_a_warning_where_it_may_be_mistyped() {
    let cluster = Cluster::new();
    let workspace = workspace(&cluster);
    let role = quoted(cluster.made("node_role_arn"));
    let of = |name: &str, role: &str| {
        let text = node_group(&cluster, "workers", role, "").replace(&quoted(&cluster.name), &quoted(name));
        text + "resource \"terraform_data\" \"role\" {}\n"
    };
    let found = |text: &str| {
        workspace.write("main.tf", text);
        workspace.plan().run.own_warnings().into_iter().find(|warning| warning.summary == "Cluster does not exist")
    };
    let mistyped = found(&of(&format!("{}x", cluster.name), "terraform_data.role.id")).expect("a warning");
    assert!(mistyped.code.starts_with("cluster_name = "), "{mistyped:?}");
    assert!(mistyped.detail.contains(&format!("Existing clusters: {}", cluster.name)), "{mistyped:?}");
    // A name that nothing there is like, in a plan that makes more than the node group: it comes with the same apply.
    assert_eq!(found(&of("to-be-made", "terraform_data.role.id")), None);
    assert!(found(&of("to-be-made", &role)).is_some());
    let run = workspace.apply();
    let error = run.only_error();
    assert!(
        error.code.starts_with("cluster_name = ") && error.detail.contains("Cluster to-be-made not found"),
        "{run}"
    );
    assert_eq!(cluster.count("eks:CreateNodegroup"), 0);
}

#[test]
fn cluster_is_described_once_for_all_who_ask() {
    let cluster = Cluster::new();
    let workspace = workspace(&cluster);
    let role = quoted(cluster.made("node_role_arn"));
    let userdata = format!(
        "data \"ekscompute_userdata\" \"this\" {{\n  ami_type = \"AL2023_x86_64_STANDARD\"\n  mode = \"managed_ami\"\n  \
         cluster_name = \"{name}\"\n}}\ndata \"ekscompute_preflight\" \"this\" {{\n  cluster_name = \"{name}\"\n}}\n",
        name = cluster.name
    );
    workspace
        .write("main.tf", &(userdata + &node_group(&cluster, "a", &role, "") + &node_group(&cluster, "b", &role, "")));
    workspace.plan();
    assert_eq!(cluster.count("eks:DescribeCluster"), 1);
}

#[test]
fn a_missing_permission_is_one_warning_and_fails_nothing() {
    let cluster = Cluster::new();
    let workspace = workspace(&cluster);
    let role = quoted(cluster.made("node_role_arn"));
    let groups: String = ["a", "b", "c"].map(|name| node_group(&cluster, name, &role, "")).concat();
    workspace.write("main.tf", &groups);
    let message = "User: deploy is not authorized to perform: iam:GetRole";
    cluster.fault(json!({"kind": "error", "service": "iam", "operation": "GetRole", "code": "AccessDenied",
        "status": 403, "message": message}));
    cluster.fault(json!({"kind": "server_error", "service": "ec2", "operation": "DescribeSubnets", "status": 503}));
    let warnings = workspace.plan().run.own_warnings();
    let about = |words: &str| warnings.iter().filter(|warning| warning.detail.contains(words)).count();
    assert_eq!(about("      \"iam:GetRole\""), 1, "{warnings:?}");
    assert!(warnings.iter().all(|warning| warning.summary.starts_with("Preflight checks skipped")), "{warnings:?}");
    assert_eq!(cluster.count("iam:GetRole"), 1);
}

#[test]
fn unreachable_api_server_is_reported_in_one_warning() {
    let cluster = Cluster::seeded(json!({"cluster_config": {"accessConfig": {"authenticationMode": "CONFIG_MAP"}}}));
    let workspace = workspace(&cluster);
    let role = quoted(cluster.made("node_role_arn"));
    workspace.write("main.tf", &["a", "b"].map(|name| node_group(&cluster, name, &role, "")).concat());
    let warnings = workspace.plan().run.own_warnings();
    let [warning] = warnings.as_slice() else { panic!("{warnings:?}") };
    assert!(warning.summary.contains("reading aws-auth"), "{warning:?}");
    assert!(warning.detail.contains("role_mapping"), "{warning:?}");
    workspace.write("provider.tf", "provider \"ekscompute\" {\n  preflight {\n    skip = [\"role_mapping\"]\n  }\n}\n");
    assert!(workspace.plan().run.own_warnings().is_empty());
}

#[test]
fn unknown_values_are_checked_in_the_apply_before_anything_is_created() {
    let cluster = Cluster::new();
    let workspace = workspace(&cluster);
    let role = |arn: &str| {
        format!("resource \"terraform_data\" \"role\" {{\n  input = {arn}\n}}\n")
            + &node_group(&cluster, "workers", "terraform_data.role.output", "")
    };
    workspace.write("main.tf", &role(&missing_role(&cluster)));
    let plan = workspace.plan();
    assert!(plan.run.own_warnings().is_empty(), "{:?}", plan.run.own_warnings());
    let run = workspace.apply();
    assert_eq!(run.only_error().summary, "Role does not exist", "{run}");
    assert_eq!(cluster.count("eks:CreateNodegroup"), 0);
    workspace.write("main.tf", &role(&quoted(cluster.made("node_role_arn"))));
    workspace.apply().success();
    workspace.plan().assert_no_changes();
}

#[test]
fn facts_are_shared_and_what_does_not_change_is_not_checked() {
    let cluster = Cluster::new();
    let workspace = workspace(&cluster);
    let role = quoted(cluster.made("node_role_arn"));
    workspace.write("main.tf", &node_group(&cluster, "g0", &role, ""));
    workspace.plan();
    let one = facts(&cluster, 0);
    let groups: String = (0..6).map(|index| node_group(&cluster, &format!("g{index}"), &role, "")).collect();
    workspace.write("main.tf", &groups);
    let before = cluster.calls().len();
    workspace.plan();
    let sorted = |mut calls: Vec<String>| {
        calls.sort();
        calls
    };
    assert_eq!(sorted(facts(&cluster, before)), sorted(one));

    workspace.apply().success();
    let before = cluster.calls().len();
    let skipping = groups.replace(SCALING, &format!("{SCALING}  skip_preflight = [\"role_exists\"]\n"));
    workspace.plan().assert_no_changes();
    assert_eq!(facts(&cluster, before), [] as [String; 0]);
    workspace.write("main.tf", &skipping);
    let before = cluster.calls().len();
    workspace.apply().success();
    assert_eq!(facts(&cluster, before), [] as [String; 0]);
    workspace.plan().assert_no_changes();
}

#[test]
fn data_source_answers_as_its_example_says() {
    let cluster = Cluster::new();
    let workspace = workspace(&cluster);
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/data-sources/ekscompute_preflight/data-source.tf");
    workspace.write("main.tf", &std::fs::read_to_string(file).expect("the example is there"));
    let variables = |role: &str| {
        let variable = |name: &str, value: &str| format!("variable \"{name}\" {{\n  default = {value}\n}}\n");
        variable("cluster_name", &quoted(&cluster.name))
            + &variable("node_role_arn", role)
            + &variable("subnet_ids", &cluster.subnets())
    };
    workspace.write("variables.tf", &variables(&quoted(cluster.made("node_role_arn"))));
    let run = workspace.apply().success();
    assert!(run.own_diagnostics().is_empty(), "{run}");
    workspace.write("variables.tf", &variables(&missing_role(&cluster)));
    // A check block that does not hold is a warning, whatever the data source found.
    let run = workspace.apply().success();
    let warned = run.diagnostics().iter().any(|warning| warning.detail.contains("node_role_arn: Role"));
    assert!(warned, "{run}");
    let outputs = workspace.run(&["output", "-json"]).success().json();
    assert_eq!(outputs["findings"]["value"][0]["check"], json!("role_exists"), "{outputs:#}");
}

#[test]
fn fargate_profile_is_checked_like_a_node_group() {
    let cluster = Cluster::new();
    let workspace = workspace(&cluster);
    let profile = |subnets: &str, arguments: &str| {
        format!(
            "resource \"ekscompute_fargate_profile\" \"pods\" {{\n  cluster_name = \"{}\"\n  fargate_profile_name = \
             \"pods\"\n  pod_execution_role_arn = \"{}\"\n  subnet_ids = {subnets}\n  selector {{\n    namespace = \
             \"apps\"\n  }}\n{arguments}}}\n",
            cluster.name,
            cluster.made("fargate_role_arn")
        )
    };
    let public = cluster.made["public_subnet_ids"].to_string();
    workspace.write("main.tf", &profile(&public, ""));
    let warnings = workspace.plan().run.own_warnings();
    let [warning] = warnings.as_slice() else { panic!("{warnings:?}") };
    assert!(warning.code.starts_with("subnet_ids = ") && warning.detail.contains("subnets_private"), "{warning:?}");
    let run = workspace.apply();
    assert!(run.only_error().detail.contains("subnets_private"), "{run}");
    assert_eq!(cluster.count("eks:CreateFargateProfile"), 0);
    workspace.write("main.tf", &profile(&public, "  skip_preflight = [\"subnets_private\"]\n"));
    workspace.plan();
    workspace.write("main.tf", &profile(&cluster.subnets(), ""));
    assert!(workspace.plan().run.own_warnings().is_empty());
    workspace.apply().success();
    workspace.write("main.tf", &profile(&cluster.subnets(), "  skip_preflight = [\"all\"]\n"));
    let before = cluster.calls().len();
    workspace.apply().success();
    let called: Vec<_> = cluster.calls().split_off(before);
    assert!(called.iter().all(|call| call == "eks:DescribeFargateProfile"), "{called:?}");
    workspace.plan().assert_no_changes();
}

#[test]
fn map_of_roles_that_may_not_be_read_is_one_warning() {
    let mode = json!({"cluster_config": {"accessConfig": {"authenticationMode": "CONFIG_MAP"}}});
    let cluster = Cluster::seeded(mode);
    cluster.start_kubernetes(json!({}));
    let map = json!({
        "apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "aws-auth"},
        "data": {"mapUsers": "- userarn: arn:aws:iam::123456789012:root\n  username: nobody\n"},
    });
    let maps = "/api/v1/namespaces/kube-system/configmaps";
    cluster.kubernetes("DELETE", &format!("{maps}/aws-auth"), json!({}));
    cluster.kubernetes("POST", maps, json!({ "body": map }));
    let workspace = workspace(&cluster);
    let role = quoted(cluster.made("node_role_arn"));
    let groups = node_group(&cluster, "one", &role, "") + &node_group(&cluster, "two", &role, "");
    workspace.write("main.tf", &groups);
    let plan = workspace.plan();
    let warnings = plan.run.own_warnings();
    let told = |warning: &Diagnostic| {
        warning.summary == "Preflight checks skipped: reading aws-auth is not allowed"
            && warning.detail.contains("role_mapping")
            && warning.detail.contains("\"nobody\" cannot get resource \"configmaps\"")
    };
    assert!(matches!(warnings.as_slice(), [only] if told(only)), "{warnings:?}");
}
