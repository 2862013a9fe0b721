//! The examples of resources and data sources in the native syntax and in the JSON syntax: both give the same plan.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use ekscompute::provider::EksCompute;
use framework::schema::Shape;
use framework::server::Server;
use framework::types::Type;
use serde_json::{Map, Value as Json, json};

use super::json_syntax::{print, to_json};
use crate::support::cli::Cli;
use crate::support::examples;
use crate::support::features::Feature;
use crate::support::sandbox::{Cluster, find_tag};
use crate::support::workspace::Workspace;

/// The native files of the examples below a folder, in order.
fn files(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join(folder);
    let entries = |folder: &Path| -> Vec<PathBuf> {
        let entries = fs::read_dir(folder).expect("the folder of the examples");
        entries.map(|entry| entry.expect("an entry").path()).collect()
    };
    let mut files: Vec<_> = entries(&folder).iter().flat_map(|object| entries(object)).collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "tf"));
    files.sort();
    files
}

/// The value of a variable of the examples.
fn variable(cluster: &Cluster, name: &str) -> Json {
    let subnets = &cluster.made["private_subnet_ids"];
    match name {
        "cluster_name" => json!(cluster.name),
        "cluster_endpoint" => json!("https://0A1B.gr7.eu-west-1.eks.amazonaws.com"),
        "cluster_ca_certificate" => json!("LS0tLS1CRUdJTg=="),
        "service_cidr" => json!("172.20.0.0/16"),
        "pod_execution_role_arn" => json!(cluster.made("fargate_role_arn")),
        "node_role_name" => json!(cluster.made("node_role_arn").rsplit('/').next()),
        "subnet_ids" | "private_subnet_ids" => subnets.clone(),
        "subnet_id" => subnets[0].clone(),
        "security_group_id" => json!(cluster.made("cluster_security_group_id")),
        "launch_template_id" => json!(launch_template(cluster)),
        "release_version" => json!("1.44.0-3a1d8b30"),
        "developer_role_arn" => json!(format!("arn:aws:iam::{}:role/developers", cluster.made("account"))),
        "deployer_user_arn" => json!(format!("arn:aws:iam::{}:user/ci/deployer", cluster.made("account"))),
        "self_managed_node_role_arn" => json!(format!("arn:aws:iam::{}:role/my-nodes", cluster.made("account"))),
        role if role.ends_with("_arn") => json!(cluster.made("node_role_arn")),
        other => panic!("add a value of the variable {other}"),
    }
}

/// The ID of the launch template of the cluster, which is created for the first example.
fn launch_template(cluster: &Cluster) -> String {
    let filter = format!("Filter.1.Name=launch-template-name&Filter.1.Value.1={}", cluster.name);
    let template = format!("LaunchTemplateName={}&LaunchTemplateData.InstanceType=m5.large", cluster.name);
    let id = |answer: String| find_tag(&answer, "launchTemplateId").map(str::to_owned);
    let found = id(cluster.ec2("DescribeLaunchTemplates", &filter));
    found.or_else(|| id(cluster.ec2("CreateLaunchTemplate", &template))).expect("a launch template")
}

/// Declarations, with values, of the variables that a configuration uses.
fn variables(cluster: &Cluster, configuration: &str) -> Json {
    let uses = configuration.split("var.").skip(1);
    let name =
        |text: &str| text.split(|letter: char| !letter.is_alphanumeric() && letter != '_').next().map(str::to_owned);
    let declared: Map<_, _> =
        uses.filter_map(name).map(|name| (name.clone(), json!({"default": variable(cluster, &name)}))).collect();
    if declared.is_empty() { json!({}) } else { json!({"variable": declared}) }
}

/// The path of an example below the folder of the examples.
fn path(file: &Path) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    file.strip_prefix(root).expect("an example").to_string_lossy().replace('\\', "/")
}

/// The text of an example, about the cluster and the account of the test.
fn text(cluster: &Cluster, file: &Path) -> String {
    here(cluster, &examples::example(&path(file)))
}

fn here(cluster: &Cluster, text: &str) -> String {
    text.replace("my-cluster", &cluster.name).replace("111122223333", cluster.made("account"))
}

/// The document with every argument that is a list of objects as JSON syntax requires it: a list, also of one object, and
/// each object with all members. Only the native syntax can write such an argument as a block.
fn completed(mut document: Json) -> Json {
    let server = Server::new(EksCompute);
    let blocks = document.as_array_mut().into_iter().flatten();
    let types = blocks.filter_map(|block| block.get_mut("resource")?.as_object_mut()).flatten();
    for (ty, resources) in types {
        let Some(resource) = server.schemas().resources.get(ty) else { continue };
        for attribute in &resource.schema.block.attributes {
            let Shape::Type(Type::List(element)) = &attribute.shape else { continue };
            let Type::Object(members) = &**element else { continue };
            for arguments in resources.as_object_mut().into_iter().flatten().map(|(_, arguments)| arguments) {
                if let Some(given) = arguments.get_mut(&attribute.name) {
                    let mut complete: Map<_, _> = members.keys().map(|name| (name.clone(), Json::Null)).collect();
                    complete.extend(given.as_object().expect("one block").clone());
                    *given = json!([complete]);
                }
            }
        }
    }
    document
}

/// A plan without the configuration, in which expressions have another form in each syntax, and its messages.
#[derive(Debug, PartialEq)]
struct Outcome {
    plan: Json,
    messages: Vec<(String, String, String)>,
}

impl Outcome {
    fn of(workspace: &Workspace) -> Self {
        let run = workspace.try_plan(&[]);
        let messages = run.own_diagnostics().into_iter().map(|one| (one.severity, one.summary, one.detail)).collect();
        if run.code == Some(1) {
            return Self { plan: Json::Null, messages };
        }
        let mut plan = workspace.run(&["show", "-json", "plan.bin"]).success().json();
        for member in ["configuration", "timestamp"] {
            plan[member].take();
        }
        // Terraform lists them in any order.
        if let Some(attributes) = plan["relevant_attributes"].as_array_mut() {
            attributes.sort_by_key(ToString::to_string);
        }
        Self { plan, messages }
    }
}

/// The plan of a configuration without warnings, which must be the same in both syntaxes.
fn plan(cluster: &Cluster, cli: Cli, texts: &[String]) -> Json {
    let workspace = cluster.workspace(cli);
    workspace.write("variables.tf.json", &variables(cluster, &texts.concat()).to_string());
    let named = || texts.iter().enumerate().map(|(number, text)| (format!("example{number}.tf"), text));
    named().for_each(|(name, text)| workspace.write(&name, text));
    let native = Outcome::of(&workspace);
    for (name, text) in named() {
        workspace.remove(&name);
        workspace.write(&format!("{name}.json"), &print(&completed(to_json(text))));
    }
    let json = Outcome::of(&workspace);
    assert!(native == json, "{texts:?}:\n{native:#?}\n{json:#?}");
    assert!(!native.plan.is_null(), "{texts:?}: {:#?}", native.messages);
    assert!(native.messages.is_empty(), "{texts:?}: {:#?}", native.messages);
    native.plan
}

fn is_import(file: &Path) -> bool {
    file.file_name().is_some_and(|name| name.to_string_lossy().starts_with("import-"))
}

/// Installs the controller of an example, with resources that it discovers. Its node pools are ready at once.
fn install_controller(cluster: &Cluster, definitions: &str) {
    for variant in ["x86_64_NVIDIA", "x86_64_NEURON", "x86_64_STANDARD", "ARM_64_STANDARD"] {
        cluster.publish("1.33", &format!("AL2023_{variant}"), "1.33.3-20260801");
    }
    cluster.start_kubernetes(json!({}));
    cluster.custom_resources(json!({"install": definitions}));
    let ready = json!({"kind": "NodePool", "type": "NodeClassReady", "status": "True"});
    cluster.karpenter(json!({"settings": {"conditions": [ready]}}));
    let subnets = cluster.made["private_subnet_ids"].as_array().expect("subnets").iter().filter_map(Json::as_str);
    for id in subnets.chain([cluster.made("cluster_security_group_id")]) {
        let tag = format!("Tag.1.Key=karpenter.sh%2Fdiscovery&Tag.1.Value={}", cluster.name);
        cluster.ec2("CreateTags", &format!("ResourceId.1={id}&{tag}"));
    }
}

/// Returns an example in which the roles and users are known after apply.
fn with_unknown_roles(cluster: &Cluster, text: &str) -> String {
    let names = [
        "node_role_arn",
        "node_role_name",
        "pod_execution_role_arn",
        "developer_role_arn",
        "deployer_user_arn",
        "self_managed_node_role_arn",
    ];
    let values: Map<_, _> = names.into_iter().map(|name| (name.to_owned(), variable(cluster, name))).collect();
    examples::with_unknown_values(text, &values.into())
}

/// Creates a resource, which imports name.
fn make(cluster: &Cluster, resource: &str) {
    let maker = cluster.workspace(Cli::OnPath);
    maker.write("variables.tf.json", &variables(cluster, resource).to_string());
    maker.write("main.tf", resource);
    maker.apply().success();
}

#[test]
fn resource_examples_plan_alike_in_both_syntaxes() {
    let enabled = json!({"cluster_config": {"computeConfig": {"enabled": true}}});
    let (karpenter, auto_mode) = (Cluster::alone(json!({"fargate_profiles": ["linux"]})), Cluster::alone(enabled));
    install_controller(&karpenter, "karpenter-v1.14.1");
    install_controller(&auto_mode, "auto-mode");
    auto_mode.karpenter(json!({"built_in": true}));
    let files: Vec<_> = files("resources").into_iter().filter(|file| !is_import(file)).collect();
    assert!(files.len() > 10, "{files:?}");
    for file in files {
        let is_auto_mode = text(&karpenter, &file).contains("\"auto_mode\"");
        let cluster = if is_auto_mode { &auto_mode } else { &karpenter };
        // The node class of another example, which comes earlier.
        if file.ends_with("resource_neuron.tf") {
            make(cluster, &here(cluster, &examples::resource("resources/ekscompute_node_class/resource.tf")));
            cluster.install_neuron_device_plugin();
        }
        plan(cluster, Cli::OnPath, &[with_unknown_roles(cluster, &text(cluster, &file))]);
    }
}

#[test]
fn import_examples_plan_alike_in_both_syntaxes() {
    // With the role that the examples name.
    let cluster = Cluster::alone(json!({}));
    cluster.iam("CreateRole", "RoleName=developers&AssumeRolePolicyDocument={}");
    let files: Vec<_> = files("resources").into_iter().filter(|file| is_import(file)).collect();
    let folders: BTreeSet<_> = files.iter().filter_map(|file| file.parent()).collect();
    assert!(folders.len() > 5, "{folders:?}");
    install_controller(&cluster, "karpenter-v1.14.1");
    // In this order, the class of a node pool exists.
    for folder in folders {
        let resource = here(&cluster, &examples::resource(&path(&folder.join("resource.tf"))));
        make(&cluster, &resource);
        for file in files.iter().filter(|file| file.parent() == Some(folder)) {
            let has_identity = Feature::Identity.is_in(Cli::OnPath.release());
            let is_supported = has_identity || !file.ends_with("import-by-identity.tf");
            let cli = if is_supported { Cli::OnPath } else { Cli::Terraform115 };
            let plan = plan(&cluster, cli, &[resource.clone(), text(&cluster, file)]);
            let mut changes = plan["resource_changes"].as_array().expect("changes").iter();
            let is_import = changes.any(|change| !change["change"]["importing"].is_null());
            assert!(is_import, "{}: {plan:#}", file.display());
        }
    }
}

#[test]
fn data_source_examples_plan_alike_in_both_syntaxes() {
    let cluster = Cluster::seeded(json!({"fargate_profiles": ["batch"]}));
    let group = json!({
        "nodegroupName": "workers", "nodeRole": cluster.made("node_role_arn"), "subnets": cluster.made["private_subnet_ids"],
        "scalingConfig": {"minSize": 1, "maxSize": 1, "desiredSize": 1},
    });
    cluster.eks("POST", &format!("/clusters/{}/node-groups", cluster.name), &group);
    for file in files("data-sources") {
        plan(&cluster, Cli::OnPath, &[text(&cluster, &file)]);
    }
}
