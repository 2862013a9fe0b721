//! A misspelled name in the configuration of every object. Terraform reports unknown names in blocks and silently drops
//! unknown members of nested attributes and of objects, so arguments are blocks. The provider reports unknown names in
//! free-form arguments, whose names are not in the schema.

use std::collections::BTreeSet;

use serde_json::{Value as Json, json};

use framework::diagnostics::Diagnostic;
use framework::number::Number;
use framework::schema::{Attribute, Block, Shape};
use framework::server::{Schemas, Server};
use framework::types::Type;
use framework::value::Value;
use wire::codec::{Leniency, value_from_json};

use super::EksCompute;

/// Arguments whose values are objects.
const OBJECTS: [&str; 1] = [
    // The type of the same argument of the AWS provider, so that a moved state and expressions keep their form. An
    // object of another type is an error, because none of its members is optional.
    "resource ekscompute_node_group: update_config",
];

/// Every block that a configuration can contain, by the kind and the name of its object.
fn objects(schemas: &Schemas) -> Vec<(String, &Block)> {
    let named = |kind: &str, name: &str| format!("{kind} {name}");
    let resources = schemas.resources.iter().map(|(name, resource)| (named("resource", name), &resource.schema.block));
    let others = [
        ("data", &schemas.data_sources),
        ("ephemeral", &schemas.ephemeral_resources),
        ("list", &schemas.list_resources),
        ("action", &schemas.actions),
    ];
    let others = others
        .into_iter()
        .flat_map(|(kind, served)| served.iter().map(move |(name, schema)| (format!("{kind} {name}"), &schema.block)));
    [("provider".to_owned(), &schemas.provider.block)].into_iter().chain(resources).chain(others).collect()
}

/// Adds the arguments of a block and of its nested blocks, by path.
fn collect<'b>(path: &str, block: &'b Block, found: &mut Vec<(String, &'b Attribute)>) {
    let configurable = block.attributes.iter().filter(|attribute| attribute.presence.is_configurable());
    found.extend(configurable.map(|attribute| (format!("{path}{}", attribute.name), attribute)));
    for nested in &block.blocks {
        collect(&format!("{path}{}.", nested.name), &nested.block, found);
    }
}

/// Returns every argument, such as `data ekscompute_userdata: hybrid.region`.
fn arguments(schemas: &Schemas) -> Vec<(String, &Attribute)> {
    let mut found = Vec::new();
    for (object, block) in objects(schemas) {
        collect(&format!("{object}: "), block, &mut found);
    }
    found
}

/// Whether a value of the type can contain an object, whose unknown members Terraform drops.
fn has_object(ty: &Type) -> bool {
    match ty {
        Type::Object(_) | Type::Tuple(_) => true,
        Type::List(element) | Type::Set(element) | Type::Map(element) => has_object(element),
        Type::Bool | Type::Number | Type::String | Type::Dynamic => false,
    }
}

#[test]
fn arguments_with_names_inside_are_blocks() {
    let server = Server::new(EksCompute);
    let schemas = server.schemas();
    let arguments = arguments(schemas);
    assert!(arguments.len() > 300, "{}", arguments.len());
    let drops_names = |attribute: &Attribute| match &attribute.shape {
        Shape::Nested(_) => true,
        Shape::Type(ty) => has_object(ty),
    };
    let found = arguments.iter().filter(|(_, attribute)| drops_names(attribute)).map(|(path, _)| path.as_str());
    let found: Vec<_> = found.collect();
    assert_eq!(found, OBJECTS);
    for (name, function) in &schemas.functions {
        let objects: Vec<_> =
            function.parameters.iter().chain(&function.variadic).filter(|it| has_object(&it.ty)).collect();
        assert!(objects.is_empty(), "{name}: {objects:?}");
    }
}

/// A configuration or call with a misspelled name in the argument with the path `argument`.
struct Case {
    argument: &'static str,
    /// The members of the configuration, or the arguments of the call.
    given: Json,
    misspelled: &'static str,
}

fn case(argument: &'static str, given: Json, misspelled: &'static str) -> Case {
    Case { argument, given, misspelled }
}

/// A case of `ekscompute_userdata` with all settings of the cluster, so that it calls no API.
fn userdata(argument: &'static str, family: &str, given: Json, misspelled: &'static str) -> Case {
    let mut config = json!({
        "os_family": family, "cluster_name": "blue", "cluster_endpoint": "https://0A1B.gr7.eu-west-1.eks.amazonaws.com",
        "cluster_ca_certificate": "LS0tLS1CRUdJTg==", "service_cidr": "172.20.0.0/16",
    });
    let name = argument.rsplit(' ').next().expect("the name of the argument");
    config[name] = given;
    case(argument, config, misspelled)
}

const KUBELET: &str = "data ekscompute_userdata: kubelet_config";
const RUNTIME_SPEC: &str = "data ekscompute_userdata: containerd_base_runtime_spec";
const BOTTLEROCKET: &str = "data ekscompute_userdata: bottlerocket_settings";
const DOCUMENTS: &str = "data ekscompute_userdata: node_configs";
const CONTAINERD: &str = "data ekscompute_userdata: containerd_config";
const GATES: &str = "data ekscompute_userdata: feature_gates";
const CLASSES: [[&str; 2]; 2] = [
    ["resource ekscompute_node_class: kubelet", "resource ekscompute_node_class: additional_spec"],
    ["resource ekscompute_gpu_node_class: kubelet", "resource ekscompute_gpu_node_class: additional_spec"],
];
const POOLS: [&str; 2] =
    ["resource ekscompute_node_pool: additional_spec", "resource ekscompute_gpu_node_pool: additional_spec"];
const MERGED: &str = "function nodeconfig_merge: documents";

/// The beginning of a TOML header in the settings of a CRI plugin.
const RUNTIME: &str = "[plugins.\"io.containerd.cri.v1.runtime\".containerd";

/// A `NodeConfig`.
fn document(spec: &Json) -> String {
    json!({"apiVersion": "node.eks.aws/v1alpha1", "kind": "NodeConfig", "spec": spec}).to_string()
}

fn free_form() -> Vec<Case> {
    let mut cases = vec![
        userdata(KUBELET, "al2", json!({"podPidLimit": 4096}), "podPidLimit"),
        userdata(KUBELET, "al2023", json!({"authentication": {"webhook": {"cacheTtl": "2m"}}}), "cacheTtl"),
        userdata(KUBELET, "bottlerocket", json!({"evictionHrad": {"memory.available": "5%"}}), "evictionHrad"),
        userdata(KUBELET, "windows", json!({"reservedMemory": [{"numaNod": 0}]}), "numaNod"),
        userdata(KUBELET, "al2023", json!({"evictionHard": {"memory.availible": "5%"}}), "memory.availible"),
        userdata(RUNTIME_SPEC, "al2023", json!({"linx": {}}), "linx"),
        userdata(RUNTIME_SPEC, "al2023", json!({"process": {"rlimits": [{"typ": "RLIMIT_CPU"}]}}), "typ"),
        userdata(BOTTLEROCKET, "bottlerocket", json!({"kernal": {}}), "kernal"),
        userdata(BOTTLEROCKET, "bottlerocket", json!({"host-containers": {"admin": {"enable": true}}}), "enable"),
        userdata(BOTTLEROCKET, "bottlerocket", json!("[settings.kernal]\nlockdown = \"none\"\n"), "kernal"),
        userdata(CONTAINERD, "al2023", json!("version = 2\n[metric]\naddress = \"a\"\n"), "metric"),
        userdata(CONTAINERD, "al2", json!("version = 2\n[metrics]\nadress = \"a\"\n"), "adress"),
        userdata(
            CONTAINERD,
            "al2023",
            json!(format!("{RUNTIME}.runtimes.runc.options]\nSystemdCgrup = true\n")),
            "SystemdCgrup",
        ),
        userdata(GATES, "al2023", json!({"FastImagePul": true}), "FastImagePul"),
        case("function max_pods: options", json!([3, 10, {"vcpu": 2}]), "vcpu"),
    ];
    for class in CLASSES {
        cases.push(case(class[0], json!({"kubelet": {"maxPod": 20}}), "maxPod"));
        cases.push(case(class[0], json!({"kubelet": {"max_pods": 20}}), "max_pods"));
        cases.push(case(class[0], json!({"kubelet": {"kubeReserved": {"cpus": "1"}}}), "cpus"));
        cases.push(case(class[1], json!({"additional_spec": {"detailedMonitorng": true}}), "detailedMonitorng"));
        let nested = json!({"additional_spec": {"metadataOptions": {"httpTokns": "required"}}});
        cases.push(case(class[1], nested, "httpTokns"));
    }
    for pool in POOLS {
        cases.push(case(pool, json!({"additional_spec": {"templte": {}}}), "templte"));
        let nested = json!({"additional_spec": {"template": {"spec": {"expireAftr": "1h"}}}});
        cases.push(case(pool, nested, "expireAftr"));
    }
    let specs = [
        (json!({"kubelets": {}}), "kubelets"),
        (json!({"kubelet": {"config": {"maxPod": 1}}}), "maxPod"),
        (json!({"kubelet": {"flags": ["--max-pod=1"]}}), "max-pod"),
        (json!({"instance": {"localStorage": {"strategie": "RAID0"}}}), "strategie"),
        (json!({"featureGates": {"FastImagePul": true}}), "FastImagePul"),
        (json!({"containerd": {"baseRuntimeSpec": {"linux": {"maskedPath": []}}}}), "maskedPath"),
        (json!({"containerd": {"config": "version = 2\n[metrics]\nadress = \"a\"\n"}}), "adress"),
        (
            json!({"containerd": {"config": format!("version = 3\n{RUNTIME}.runtimes.runc]\nruntime_tipe = \"a\"\n")}}),
            "runtime_tipe",
        ),
    ];
    for (spec, misspelled) in specs {
        cases.push(userdata(DOCUMENTS, "al2023", json!([document(&spec)]), misspelled));
        cases.push(case(MERGED, json!([[document(&spec)]]), misspelled));
    }
    cases
}

/// A value as Terraform sends it for a free-form argument.
fn free(json: &Json) -> Value {
    match json {
        Json::Null => Value::Null,
        Json::Bool(value) => Value::from(*value),
        Json::Number(number) => Value::Number(Number::from(number.as_i64().expect("an integer"))),
        Json::String(text) => Value::from(text.as_str()),
        Json::Array(elements) => Value::Tuple(elements.iter().map(free).collect()),
        Json::Object(members) => Value::object(members.iter().map(|(name, member)| (name.clone(), free(member)))),
    }
}

fn value(json: &Json, ty: &Type) -> Value {
    match ty {
        Type::Dynamic => Value::Dynamic(Box::new((Type::Dynamic, free(json)))),
        ty => value_from_json(json, ty, Leniency::Strict).expect("a value of the argument"),
    }
}

/// The configuration of a block with these members.
fn config(block: &Block, members: &Json) -> Value {
    let Value::Object(mut config) = block.empty() else { panic!("a block is an object") };
    for (name, given) in members.as_object().expect("members of a configuration") {
        let attribute = block.attribute(name).unwrap_or_else(|| panic!("no argument {name}"));
        config.insert(name.clone(), value(given, &attribute.ty()));
    }
    Value::Object(config)
}

/// Returns the reported diagnostics, each with its path.
async fn messages(server: &Server<EksCompute>, case: &Case) -> Vec<String> {
    let schemas = server.schemas();
    let (object, _) = case.argument.split_once(": ").expect("an object and a path");
    let (kind, name) = object.split_once(' ').unwrap_or((object, ""));
    let text = |one: Diagnostic| {
        format!("{} {} {}", one.path.map(|path| path.to_string()).unwrap_or_default(), one.summary, one.detail)
    };
    match kind {
        "resource" => {
            let config = config(&schemas.resources[name].schema.block, &case.given);
            server.validate_resource_config(name, &config, true).into_iter().map(text).collect()
        }
        "data" => {
            let config = config(&schemas.data_sources[name].block, &case.given);
            let errors = server.validate_data_resource_config(name, &config);
            if errors.has_error() {
                return errors.into_iter().map(text).collect();
            }
            server.read_data_source(name, &config, false).await.diagnostics.into_iter().map(text).collect()
        }
        "function" => {
            let function = &schemas.functions[name];
            let parameters = function.parameters.iter().chain(&function.variadic);
            let given = case.given.as_array().expect("the arguments of a call");
            let values: Vec<_> = parameters.zip(given).map(|(parameter, json)| value(json, &parameter.ty)).collect();
            server.call_function(name, &values).err().map(|error| error.to_string()).into_iter().collect()
        }
        _ => panic!("{kind}: free-form arguments of this kind are not validated here yet"),
    }
}

/// Whether the name is a member of a nested object, and not of the value itself.
fn is_nested(value: &Json, name: &str) -> bool {
    let inside = match value {
        Json::Object(members) => members.values().collect::<Vec<_>>(),
        Json::Array(elements) => elements.iter().collect(),
        _ => Vec::new(),
    };
    inside.iter().any(|value| value.get(name).is_some() || is_nested(value, name))
}

#[tokio::test]
async fn misspelled_names_in_free_form_arguments_are_reported() {
    let server = Server::new(EksCompute);
    let mut silent = Vec::new();
    for case in free_form() {
        let found = messages(&server, &case).await;
        if !found.iter().any(|message| message.contains(case.misspelled)) {
            silent.push(format!("{}: {}: {found:?}", case.argument, case.misspelled));
        }
    }
    assert!(silent.is_empty(), "{}", silent.join("\n"));
}

#[test]
fn every_free_form_argument_has_cases() {
    let server = Server::new(EksCompute);
    let schemas = server.schemas();
    let attributes = arguments(schemas).into_iter().filter(|(_, attribute)| attribute.ty().has_dynamic());
    let attributes: BTreeSet<_> = attributes.map(|(path, _)| path).collect();
    let cases = free_form();
    for argument in &attributes {
        let (_, path) = argument.split_once(": ").expect("an object and a path");
        let is_nested = |case: &&Case| is_nested(&case.given[path], case.misspelled);
        let (nested, root): (Vec<_>, Vec<_>) =
            cases.iter().filter(|case| case.argument == argument).partition(is_nested);
        assert!(
            !nested.is_empty() && !root.is_empty(),
            "{argument}: a misspelled name in it, and one in an object in it"
        );
    }
    for (name, function) in &schemas.functions {
        for parameter in function.parameters.iter().chain(&function.variadic).filter(|it| it.ty.has_dynamic()) {
            let argument = format!("function {name}: {}", parameter.name);
            assert!(cases.iter().any(|case| case.argument == argument), "{argument}: no case with a misspelled name");
        }
    }
    assert!(attributes.len() > 2, "{attributes:?}");
}
