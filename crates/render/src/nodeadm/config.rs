//! The document that is generated from the arguments.

use crate::arn::Arn;
use serde_json::{Map as JsonMap, Value as Json, json};

use super::expression;
use super::runtime;
use super::schema::{API_VERSION, KIND, values};
use crate::node::check::services::past_proxy;
use crate::node::{
    Cluster, DiskStrategy, Family, Finding, Hybrid, HybridCredentials, Node, Place, Reader, RolesAnywhere, Taint,
};

/// Reports values that nodeadm, systemd, or the kubelet would not read unchanged.
pub(super) fn check(node: &Node, found: &mut Vec<Finding>) {
    for (index, flag) in node.kubelet_flags.iter().enumerate() {
        // Invalid flags were already reported.
        if let (true, Err(why)) = (flag.contains(' '), values::whole(flag)) {
            found.push(Finding::error(Place::of("kubelet_flags").index(index), why));
        }
    }
    for (service, variables) in &node.environment {
        for (name, value) in variables {
            if let Err(why) = values::variable(name, value) {
                found.push(Finding::error(Place::of("environment").key(service).key(name), why));
            }
        }
    }
    if node.checks(Reader::Nodeadm) {
        let place = Place::of("feature_gates");
        found.extend(node.feature_gates.keys().filter_map(|gate| values::unknown_gate(gate, &place.key(gate))));
    }
    if let Some(expression) = &node.max_pods_expression {
        let place = Place::of("max_pods_expression");
        if node.max_pods.is_some() {
            found.push(Finding::error(place, "max_pods overrides the expression. Set only one of the two."));
        } else if let (true, Err(why)) = (node.checks(Reader::Nodeadm), expression::check(expression)) {
            found.push(Finding::error(place, why));
        }
    }
    if let Some(config) = node.containerd_config.as_ref().filter(|_| node.checks(Reader::Containerd)) {
        runtime::check(node, config, &Place::of("containerd_config"), "", found);
    }
    found.extend(past_proxy(node));
    if node.family == Family::Hybrid {
        of_hybrid(node, found);
    }
}

fn of_hybrid(node: &Node, found: &mut Vec<Finding>) {
    let place = Place::of("hybrid");
    if let Some(store) = &node.instance_store {
        let place = Place::of("instance_store");
        if store.strategy == DiskStrategy::Raid10 {
            let text = "nodeadm for hybrid nodes does not support RAID10. Use RAID0 or Mount.";
            found.push(Finding::error(place.then("strategy"), text));
        }
        let others =
            [("mount_path", store.mount_path.is_some()), ("disabled_mounts", !store.disabled_mounts.is_empty())];
        for (name, _) in others.into_iter().filter(|(_, is_given)| *is_given) {
            found.push(Finding::error(place.then(name), "nodeadm for hybrid nodes does not support it. Remove it."));
        }
    }
    if !node.dns.nameservers.is_empty() || !node.dns.domains.is_empty() {
        let text = "nodeadm for hybrid nodes does not configure name resolution of the machine. Remove it.";
        let name = if node.dns.nameservers.is_empty() { "domains" } else { "nameservers" };
        found.push(Finding::error(Place::of("dns").then(name), text));
    }
    let Some(hybrid) = &node.hybrid else {
        found.push(Finding::error(
            place,
            "A hybrid node requires a hybrid block, with its Region and either ssm or iam_roles_anywhere.",
        ));
        return;
    };
    if hybrid.cluster_name.is_empty() {
        found.push(Finding::error(Place::of("cluster_name"), "A hybrid node requires the name of its cluster."));
    }
    if hybrid.region.is_empty() {
        found.push(Finding::error(place.then("region"), "A hybrid node requires the Region of its cluster."));
    } else if !is_region(&hybrid.region) {
        let text = format!("{:?} is not a Region name, such as \"eu-west-1\".", hybrid.region);
        found.push(Finding::error(place.then("region"), text));
    }
    match &hybrid.credentials {
        HybridCredentials::Ssm { activation_code, activation_id } => {
            let place = place.then("ssm");
            let is_line = !activation_code.chars().any(char::is_control);
            if !(20..=250).contains(&activation_code.chars().count()) || !is_line {
                let text = "An activation code must be between 20 and 250 characters, without control characters.";
                found.push(Finding::error(place.then("activation_code"), text));
            }
            if !is_uuid(activation_id) {
                let text = format!("{activation_id:?} is not an activation ID, which is a lowercase UUID.");
                found.push(Finding::error(place.then("activation_id"), text));
            }
        }
        HybridCredentials::IamRolesAnywhere(given) => roles_anywhere(given, &place.then("iam_roles_anywhere"), found),
    }
}

fn is_region(text: &str) -> bool {
    let is_word = |word: &str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase());
    let Some((words, number)) = text.rsplit_once('-') else { return false };
    !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()) && words.split('-').all(is_word)
}

fn is_uuid(text: &str) -> bool {
    let lengths = text.split('-').map(str::len);
    lengths.eq([8, 4, 4, 4, 12])
        && text.bytes().all(|byte| byte == b'-' || byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
}

fn is_arn(text: &str, service: &str, resource: &str) -> bool {
    let Some(arn) = Arn::parse(text) else { return false };
    let name = arn.resource.strip_prefix(resource).and_then(|rest| rest.strip_prefix('/'));
    arn.partition.starts_with("aws")
        && arn.service == service
        && arn.has_account()
        && text.chars().all(|letter| letter.is_ascii_graphic())
        && name.is_some_and(|name| !name.is_empty())
}

fn roles_anywhere(given: &RolesAnywhere, place: &Place, found: &mut Vec<Finding>) {
    if !(1..=64).contains(&given.node_name.len()) {
        let text = format!("A node name must be between 1 and 64 characters, got: {}.", given.node_name.len());
        found.push(Finding::error(place.then("node_name"), text));
    }
    let arns = [
        ("trust_anchor_arn", &given.trust_anchor_arn, "rolesanywhere", "trust-anchor", "a trust anchor"),
        ("profile_arn", &given.profile_arn, "rolesanywhere", "profile", "an IAM Roles Anywhere profile"),
        ("role_arn", &given.role_arn, "iam", "role", "an IAM role"),
    ];
    for (name, arn, service, resource, what) in arns {
        if !is_arn(arn, service, resource) {
            let text =
                format!("{arn:?} is not the ARN of {what}, such as \"arn:aws:{service}:…:111122223333:{resource}/…\".");
            found.push(Finding::error(place.then(name), text));
        }
    }
    let needed = [("certificate_path", &given.certificate_path), ("private_key_path", &given.private_key_path)];
    for (name, _) in needed.iter().filter(|(_, path)| path.is_none()) {
        found.push(Finding::error(place.then(name), "The path of the file on the machine is required."));
    }
    for (name, path) in needed.into_iter().chain([("aws_config_path", &given.aws_config_path)]) {
        let Some(path) = path else { continue };
        if !path.starts_with('/') || path.chars().any(char::is_control) {
            let text = format!("{path:?} is not an absolute path on the machine, such as \"/etc/iam/pki/server.pem\".");
            found.push(Finding::error(place.then(name), text));
        }
    }
}

/// Returns the document, or only `apiVersion` and `kind` if no argument applies to nodeadm.
pub(super) fn of(node: &Node) -> Json {
    let mut spec = JsonMap::new();
    let parts = [
        ("cluster", cluster(node)),
        ("containerd", containerd(node)),
        ("featureGates", json!(node.feature_gates)),
        ("hybrid", node.hybrid.as_ref().filter(|_| node.family == Family::Hybrid).map_or(Json::Null, hybrid)),
        ("instance", instance(node)),
        ("kubelet", kubelet(node)),
    ];
    for (name, value) in parts {
        put(&mut spec, name, value);
    }
    let mut document =
        JsonMap::from_iter([("apiVersion".to_owned(), json!(API_VERSION)), ("kind".to_owned(), json!(KIND))]);
    put(&mut document, "spec", Json::Object(spec));
    Json::Object(document)
}

/// Adds a member that is not empty.
fn put(members: &mut JsonMap<String, Json>, name: &str, value: Json) {
    let is_empty = match &value {
        Json::Null => true,
        Json::Array(elements) => elements.is_empty(),
        Json::Object(inside) => inside.is_empty(),
        _ => false,
    };
    if !is_empty {
        members.insert(name.to_owned(), value);
    }
}

fn object<const N: usize>(given: [(&str, Json); N]) -> Json {
    let mut members = JsonMap::new();
    for (name, value) in given {
        put(&mut members, name, value);
    }
    Json::Object(members)
}

fn cluster(node: &Node) -> Json {
    if let (Family::Hybrid, Some(Hybrid { cluster_name, region, .. })) = (node.family, &node.hybrid) {
        return json!({ "name": cluster_name, "region": region });
    }
    let Some(Cluster { name, endpoint, certificate_authority, service_cidr, outpost_id }) = &node.cluster else {
        return Json::Null;
    };
    object([
        ("name", json!(name)),
        ("apiServerEndpoint", json!(endpoint)),
        ("certificateAuthority", json!(certificate_authority)),
        ("cidr", json!(service_cidr)),
        ("enableOutpost", outpost_id.as_ref().map_or(Json::Null, |_| json!(true))),
        ("id", json!(outpost_id)),
    ])
}

fn containerd(node: &Node) -> Json {
    object([("config", json!(node.containerd_config)), ("baseRuntimeSpec", node.containerd_base_runtime_spec.clone())])
}

fn hybrid(given: &Hybrid) -> Json {
    let credentials = match &given.credentials {
        HybridCredentials::Ssm { activation_code, activation_id } => {
            ("ssm", json!({ "activationCode": activation_code, "activationId": activation_id }))
        }
        HybridCredentials::IamRolesAnywhere(given) => (
            "iamRolesAnywhere",
            object([
                ("nodeName", json!(given.node_name)),
                ("trustAnchorArn", json!(given.trust_anchor_arn)),
                ("profileArn", json!(given.profile_arn)),
                ("roleArn", json!(given.role_arn)),
                ("certificatePath", json!(given.certificate_path)),
                ("privateKeyPath", json!(given.private_key_path)),
                ("awsConfigPath", json!(given.aws_config_path)),
            ]),
        ),
    };
    object([credentials, ("enableCredentialsFile", json!(given.enable_credentials_file))])
}

fn instance(node: &Node) -> Json {
    let store = node.instance_store.as_ref().map_or(Json::Null, |store| {
        object([
            ("strategy", json!(strategy(store.strategy))),
            ("mountPath", json!(store.mount_path)),
            ("disabledMounts", json!(store.disabled_mounts)),
        ])
    });
    let network = object([("nameservers", json!(node.dns.nameservers)), ("domains", json!(node.dns.domains))]);
    object([("localStorage", store), ("environment", environment(node)), ("network", network)])
}

fn strategy(strategy: DiskStrategy) -> &'static str {
    match strategy {
        DiskStrategy::Raid0 => "RAID0",
        DiskStrategy::Raid10 => "RAID10",
        DiskStrategy::Mount => "Mount",
    }
}

/// Returns the configured variables, and the proxy variables for every service.
fn environment(node: &Node) -> Json {
    let mut services = node.environment.clone();
    services.retain(|_, variables| !variables.is_empty());
    if let Some(proxy) = &node.proxy {
        let default = services.entry("default".to_owned()).or_default();
        let no_proxy = (!proxy.no_proxy.is_empty()).then(|| proxy.no_proxy.join(","));
        let variables =
            [("HTTP_PROXY", proxy.http.clone()), ("HTTPS_PROXY", proxy.https.clone()), ("NO_PROXY", no_proxy)];
        default.extend(variables.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))));
    }
    json!(services)
}

fn kubelet(node: &Node) -> Json {
    let mut config = node.kubelet_config.as_object().cloned().unwrap_or_default();
    put(&mut config, "clusterDNS", json!(node.dns.cluster_ips));
    put(&mut config, "maxPods", json!(node.max_pods));
    put(&mut config, "registerWithTaints", node.node_taints.iter().map(taint).collect());
    let flags: Vec<String> = node.labels_flag().into_iter().chain(node.kubelet_flags.iter().cloned()).collect();
    object([
        ("config", Json::Object(config)),
        ("flags", json!(flags)),
        ("maxPodsExpression", json!(node.max_pods_expression)),
    ])
}

fn taint(taint: &Taint) -> Json {
    let mut members =
        JsonMap::from_iter([("key".to_owned(), json!(taint.key)), ("effect".to_owned(), json!(taint.effect.name()))]);
    if !taint.value.is_empty() {
        members.insert("value".to_owned(), json!(taint.value));
    }
    Json::Object(members)
}
