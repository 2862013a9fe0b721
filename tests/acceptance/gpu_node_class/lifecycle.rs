//! From creation to deletion.

use serde_json::{Value, json};

use super::{ADDRESS, CLASS, Class, example};
use crate::support::cli::Cli;
use crate::support::examples;
use crate::support::features::{Feature, run_where_supported};
use crate::support::for_each_cli;
use crate::support::plan::Action;

for_each_cli! {
    fn gpu_class_lifecycle(cli) {
        let class = Class::new(cli);
        class.configure("");
        let plan = class.workspace.plan();
        plan.assert_actions(&[(ADDRESS, Action::Create)]);
        assert_eq!(plan.change(ADDRESS)["after"]["default_ami_alias"], "al2023@latest");
        class.workspace.apply_plan().success();
        class.workspace.plan().assert_no_changes();
        let state = class.workspace.attributes(ADDRESS);
        assert_eq!(state["resolved_subnets"][0]["id"], class.subnet());
        assert_eq!(state["conditions"].as_array().and_then(|all| all.iter().find(|each| each["type"] == "Ready")).map(|each| &each["status"]), Some(&json!("True")));
        let volume = json!([{"deviceName": "/dev/xvda", "ebs": {"volumeSize": "300Gi", "volumeType": "gp3", "encrypted": true}}]);
        assert_eq!(class.live()["spec"]["blockDeviceMappings"], volume);

        // In place, with a word about the nodes.
        class.configure("tags = { team = \"ml\" }\nmetadata_options { http_put_response_hop_limit = 2 }\nobject_labels = { of = \"team\" }");
        let plan = class.workspace.plan();
        plan.assert_actions(&[(ADDRESS, Action::Update)]);
        assert!(plan.warnings().iter().any(|each| each.summary == "Nodes of node class gpu will be replaced"));
        class.apply();
        let live = class.live();
        assert_eq!((&live["spec"]["tags"]["team"], &live["spec"]["metadataOptions"]["httpPutResponseHopLimit"]), (&json!("ml"), &json!(2)));
        assert_eq!(live["metadata"]["labels"]["of"], "team");

        // What others write stays; what is ours is set back.
        class.edit(&json!({"spec": {"detailedMonitoring": true, "tags": {"theirs": "1"}}}));
        class.workspace.plan().assert_no_changes();
        class.edit(&json!({"spec": {"tags": {"team": "edited"}}}));
        class.workspace.plan().assert_actions(&[(ADDRESS, Action::Update)]);
        class.apply();
        assert_eq!(class.live()["spec"]["tags"], json!({"team": "ml", "theirs": "1"}));
        class.configure("");
        class.apply();
        let live = class.live();
        assert_eq!((&live["spec"]["tags"], &live["spec"]["detailedMonitoring"]), (&json!({"theirs": "1"}), &json!(true)));
        assert_eq!(live["spec"]["metadataOptions"]["httpPutResponseHopLimit"], 1);

        // Deleted outside.
        assert_eq!(class.cluster.kubernetes("DELETE", CLASS, json!({})).0, 200);
        class.cluster.settle_karpenter();
        class.workspace.plan().assert_actions(&[(ADDRESS, Action::Create)]);
        class.apply();
        class.workspace.destroy().success();
        assert_eq!(class.cluster.kubernetes("GET", CLASS, json!({})).0, 404);
    }
}

#[test]
fn gpu_class_of_the_example_is_the_manifest_written_by_hand() {
    let class = Class::published(Cli::OnPath);
    let folder = "resources/ekscompute_gpu_node_class";
    let variables = |names: &[(&str, &str)]| {
        let each = |(name, value): &(&str, &str)| format!("variable \"{name}\" {{\n  default = \"{value}\"\n}}\n");
        names.iter().map(each).collect::<String>()
    };
    let names = [("cluster_name", class.cluster.name.as_str()), ("node_role_name", class.role())];
    class.workspace.write("variables.tf", &variables(&names));
    // Nothing has the discovery tag here, so that nothing would be found.
    let resource = examples::resource(&format!("{folder}/resource.tf"));
    let unready = resource.replacen("controller ", "wait_for_ready = false\n  controller ", 1);
    class.workspace.write("resource.tf", &unready);
    class.workspace.apply().success();
    let discovery = json!([{"tags": {"karpenter.sh/discovery": class.cluster.name}}]);
    let defaults = json!({
        "httpEndpoint": "enabled", "httpProtocolIPv6": "disabled", "httpPutResponseHopLimit": 1, "httpTokens": "required",
    });
    let expected = json!({
        "role": class.role(),
        "amiSelectorTerms": [{"alias": "al2023@v20260801"}],
        "subnetSelectorTerms": discovery,
        "securityGroupSelectorTerms": discovery,
        "blockDeviceMappings": [
            {"deviceName": "/dev/xvda", "ebs": {"volumeSize": "300Gi", "volumeType": "gp3", "encrypted": true}},
        ],
        "metadataOptions": defaults,
    });
    assert_eq!(class.live()["spec"], expected);
    assert_eq!(class.owned("terraform-provider-ekscompute")["f:metadataOptions"], Value::Null);
    class.workspace.plan().assert_no_changes();

    for (file, feature) in [("import-by-string-id.tf", None), ("import-by-identity.tf", Some(Feature::Identity))] {
        if feature.is_some_and(|feature| !feature.is_in(Cli::OnPath.release())) {
            continue;
        }
        let workspace = class.cluster.workspace(Cli::OnPath);
        workspace.write("variables.tf", &variables(&names));
        // What is not applied, such as whether to wait, is not in the cluster.
        workspace.write("resource.tf", &resource);
        workspace.write("import.tf", &example(&format!("{folder}/{file}"), &class.cluster.name));
        workspace.plan().assert_actions(&[(ADDRESS, Action::NoOp)]);
        workspace.apply().success();
        workspace.plan().assert_no_changes();
    }
    let workspace = class.cluster.workspace(Cli::OnPath);
    workspace.write("variables.tf", &variables(&names));
    workspace.write("resource.tf", &resource);
    let command = example(&format!("{folder}/import.sh"), &class.cluster.name);
    let [_, "import", address, id] = command.split_whitespace().collect::<Vec<_>>()[..] else { panic!("{command}") };
    workspace.import(address, id).success();
    class.workspace.destroy().success();

    // Those of EKS Auto Mode and with EFA, too.
    let group = class.cluster.made("cluster_security_group_id");
    let efa = [names[0], names[1], ("subnet_id", class.subnet()), ("security_group_id", group)];
    class.workspace.write("variables.tf", &variables(&efa));
    let auto_mode = example(&format!("{folder}/resource_auto_mode.tf"), "");
    class
        .workspace
        .write("resource.tf", &auto_mode.replacen("controller ", "wait_for_ready = false\n  controller ", 1));
    class.workspace.write("efa.tf", &example(&format!("{folder}/resource_efa.tf"), ""));
    class.apply();
    let (_, training) =
        class.cluster.kubernetes("GET", "/apis/karpenter.k8s.aws/v1/ec2nodeclasses/training", json!({}));
    assert_eq!(training["spec"]["networkInterfaces"].as_array().map(Vec::len), Some(9));
    let (_, auto_mode) = class.cluster.kubernetes("GET", "/apis/eks.amazonaws.com/v1/nodeclasses/gpu", json!({}));
    assert_eq!(auto_mode["spec"]["ephemeralStorage"]["size"], "300Gi");
    class.workspace.destroy().success();
}

#[test]
fn gpu_class_is_created_together_with_cluster_and_crd() {
    let class = Class::bare(Cli::OnPath);
    // Neither the name of the cluster nor the definition is there while planning.
    let resource = format!("resource \"ekscompute_gpu_node_class\" \"gpu\" {{\n{}}}\n", class.arguments());
    let cluster = format!("cluster_name = \"{}\"", class.cluster.name);
    class.workspace.write(
        "main.tf",
        &format!(
            "resource \"terraform_data\" \"cluster\" {{ input = \"{}\" }}\n{}",
            class.cluster.name,
            resource.replace(&cluster, "cluster_name = terraform_data.cluster.output")
        ),
    );
    class.workspace.plan().assert_actions(&[(ADDRESS, Action::Create), ("terraform_data.cluster", Action::Create)]);
    let mut apply = class.workspace.start_apply();
    apply.wait_for_output("ekscompute_gpu_node_class.gpu: Creating");
    class.cluster.custom_resources(json!({"install": ["karpenter-v1.14.1"]}));
    class.cluster.karpenter(json!({}));
    apply.wait().success();
    class.workspace.plan().assert_no_changes();
    class.workspace.destroy().success();
}

#[test]
fn gpu_class_without_crd_reports_chart_to_install() {
    let class = Class::bare(Cli::OnPath);
    class.configure("timeouts {\n  create = \"1s\"\n}");
    class.workspace.plan().assert_actions(&[(ADDRESS, Action::Create)]);
    let error = class.workspace.apply().only_error();
    assert!(error.detail.contains("karpenter-crd"), "{error:?}");
}

#[test]
fn gpu_class_query_generates_configuration_that_plans_clean() {
    run_where_supported(Cli::Terraform115, &[Feature::Query], |cli| {
        let class = Class::new(cli);
        class.declare("helm", &class.spec());
        let mut auto_mode = json!({
            "apiVersion": "eks.amazonaws.com/v1", "kind": "NodeClass", "metadata": {"name": "auto"}, "spec": class.spec(),
        });
        auto_mode["spec"].as_object_mut().expect("a spec").remove("amiSelectorTerms");
        let path = "/apis/eks.amazonaws.com/v1/nodeclasses?fieldManager=helm";
        assert_eq!(class.cluster.kubernetes("POST", path, json!({"body": auto_mode})).0, 201);
        class.cluster.settle_karpenter();
        let list = "list-resources/ekscompute_gpu_node_class/list-resource.tfquery.hcl";
        class.workspace.write("all.tfquery.hcl", &example(list, &class.cluster.name));
        let run = class.workspace.run(&["query", "-json", "-generate-config-out=generated.tf"]).success();
        let found = run.events("list_resource_found");
        let names: Vec<_> = found.iter().map(|each| each["list_resource_found"]["display_name"].clone()).collect();
        let ids = ["karpenter/gpu", "auto_mode/auto"].map(|id| json!(format!("{}/{id}", class.cluster.name)));
        assert_eq!(names, ids, "{run}");
        class.workspace.remove("all.tfquery.hcl");
        let plan = class.workspace.plan();
        assert!(plan.actions().values().all(|action| *action == Action::NoOp), "{}", plan.run);
        assert_eq!(plan.actions().len(), 2);
    });
}
