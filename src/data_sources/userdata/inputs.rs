//! Converts the configuration to the input of the renderers.

use render::kubernetes_version;
use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value as Json;

use framework::model::{Attr, List, Map, Model as _};
use framework::path::Path;
use framework::value::Value;
use render::ami_types::{self, CUSTOM};
use render::families;
use render::mime::Part;
use render::node::{
    Bootstrap, Cluster, DiskStrategy, Dns, Effect, Family, Finding, Hybrid, HybridCredentials, InstanceStore, Mode,
    Node, Place, Proxy, Reader, RolesAnywhere, Taint, Windows,
};

use super::model::{
    BootstrapInput, DnsInput, ExtraPart, HybridInput, InstanceStoreInput, ProxyInput, RolesAnywhereInput, TaintInput,
    Userdata, WindowsInput,
};
use super::validators::ALL_CHECKS;

/// Returns the family and mode, or `None` if either is unknown.
pub(super) fn kind(given: &Userdata) -> Option<(Family, Mode)> {
    let of_type = given.ami_type.text().and_then(ami_types::find).map(|ami_type| ami_type.system.into());
    let family = of_type.or_else(|| given.os_family.text().and_then(families::find))?;
    let mode = match (&given.mode, given.mode.text()) {
        (Attr::Unknown, _) => return None,
        (_, Some("merge")) => Mode::Merge,
        (_, Some("managed_ami")) => Mode::ManagedAmi,
        _ => Mode::SelfManaged,
    };
    Some((family, mode))
}

/// Returns conflicts between arguments, before anything is rendered. Unknown arguments are skipped.
pub(super) fn contradictions(given: &Userdata) -> Vec<Finding> {
    let mut found = Vec::new();
    let is_custom = given.ami_type.text() == Some(CUSTOM);
    match (&given.ami_type, &given.os_family) {
        (Attr::Known(_), Attr::Null) if is_custom => {
            let text = "CUSTOM does not determine the operating system of the nodes. Set os_family as well.";
            found.push(Finding::error(Place::of("ami_type"), text));
        }
        (Attr::Known(_), _) if is_custom && given.mode.text() == Some("merge") => {
            let text = "EKS does not modify the user data of a custom AMI. Use mode \"managed_ami\".";
            found.push(Finding::error(Place::of("mode"), text));
        }
        (Attr::Known(_), _) if is_custom => {}
        (Attr::Known(_), Attr::Known(_)) => {
            let text = "os_family conflicts with ami_type, which determines the operating system. Remove one of them.";
            found.push(Finding::error(Place::of("os_family"), text));
        }
        (Attr::Null, Attr::Null) => {
            let text = "The operating system of the nodes is not specified. Set ami_type, or os_family for a custom \
                        AMI.";
            found.push(Finding::error(Place::of("ami_type"), text));
        }
        _ => {}
    }
    facts(given, &mut found);
    ways_of_hybrid(given, &mut found);
    for (index, part) in given.extra_part.iter().enumerate() {
        let place = Place::of("extra_part").index(index);
        match (&part.content, &part.content_base64) {
            (Attr::Known(_), Attr::Known(_)) => {
                let text = "content_base64 conflicts with content. Remove one of them.";
                found.push(Finding::error(place.then("content_base64"), text));
            }
            (Attr::Null, Attr::Null) => {
                found.push(Finding::error(place, "The part has no content. Set content or content_base64."));
            }
            (_, Attr::Known(text)) if STANDARD.decode(text).is_err() => {
                found.push(Finding::error(place.then("content_base64"), "The value is not valid base64."));
            }
            _ => {}
        }
    }
    let is_empty = |proxy: &ProxyInput| proxy.http == Attr::Null && proxy.https == Attr::Null;
    if given.proxy.certain().is_some_and(is_empty) {
        found.push(Finding::error(Place::of("proxy"), "The block does not set a proxy. Set http, https, or both."));
    }
    found
}

/// Returns a warning about cluster settings that mode `merge` does not use. They are not an error, so that a module can
/// set them in every mode.
pub(super) fn ignored_facts(given: &Userdata) -> Option<Finding> {
    if !matches!(kind(given), Some((_, Mode::Merge))) {
        return None;
    }
    let facts = [
        ("cluster_endpoint", &given.cluster_endpoint),
        ("cluster_ca_certificate", &given.cluster_ca_certificate),
        ("service_cidr", &given.service_cidr),
        ("outpost_id", &given.outpost_id),
    ];
    let names: Vec<_> = facts.into_iter().filter(|(_, fact)| fact.is_known()).map(|(name, _)| name).collect();
    let first = names.first()?;
    let text = format!("In mode \"merge\", EKS adds the cluster settings. Ignored arguments: {}.", names.join(", "));
    Some(Finding::warning(Place::of(first), text))
}

/// Checks that all three cluster settings are set, or none.
fn facts(given: &Userdata, found: &mut Vec<Finding>) {
    let facts = [
        ("cluster_endpoint", &given.cluster_endpoint),
        ("cluster_ca_certificate", &given.cluster_ca_certificate),
        ("service_cidr", &given.service_cidr),
    ];
    match kind(given) {
        Some((_, Mode::Merge) | (Family::Hybrid, _)) | None => {}
        Some(_) => {
            if given.cluster_name == Attr::Null {
                let text = "User data requires the name of the cluster. Set cluster_name, or use mode \"merge\" if EKS \
                            adds it.";
                found.push(Finding::error(Place::of("cluster_name"), text));
            }
            let missing: Vec<_> =
                facts.iter().filter(|(_, fact)| **fact == Attr::Null).map(|(name, _)| *name).collect();
            if !missing.is_empty() && missing.len() < facts.len() {
                let given = facts.iter().find(|(name, _)| !missing.contains(name)).map_or("", |(name, _)| *name);
                let text = format!(
                    "{} missing. Set all of cluster_endpoint, cluster_ca_certificate, and service_cidr, or remove all \
                     three to read them from AWS.",
                    missing.join(" and ") + if missing.len() == 1 { " is" } else { " are" }
                );
                found.push(Finding::error(Place::of(given), text));
            }
        }
    }
    let is_ipv6 = given.service_cidr.text().map(|cidr| cidr.contains(':'));
    if let (Some(family), Some(is_ipv6)) = (given.ip_family.text(), is_ipv6)
        && (family == "ipv6") != is_ipv6
    {
        let text = format!(
            "service_cidr is {}, but ip_family is {family}. Set service_cidr to the CIDR block of that IP family.",
            given.service_cidr.text().unwrap_or_default()
        );
        found.push(Finding::error(Place::of("service_cidr"), text));
    }
}

fn ways_of_hybrid(given: &Userdata, found: &mut Vec<Finding>) {
    let is_hybrid = given.os_family.text() == Some("hybrid");
    if is_hybrid && given.mode.text().is_some_and(|mode| mode != "self_managed") {
        let text = "Hybrid nodes are not part of a managed node group. Remove mode.";
        found.push(Finding::error(Place::of("mode"), text));
    }
    let facts = [
        ("cluster_endpoint", &given.cluster_endpoint),
        ("cluster_ca_certificate", &given.cluster_ca_certificate),
        ("service_cidr", &given.service_cidr),
        ("outpost_id", &given.outpost_id),
    ];
    for (name, _) in facts.into_iter().filter(|(_, fact)| is_hybrid && fact.is_known()) {
        let text = "Hybrid nodes read the cluster settings from the EKS API. Remove this argument.";
        found.push(Finding::error(Place::of(name), text));
    }
    let Some(hybrid) = given.hybrid.certain() else { return };
    let place = Place::of("hybrid");
    if hybrid.ssm.certain().is_some() && hybrid.iam_roles_anywhere.certain().is_some() {
        let text =
            "A hybrid node uses only one source of credentials. Remove the ssm block or the iam_roles_anywhere block.";
        found.push(Finding::error(place.then("iam_roles_anywhere"), text));
    } else if hybrid.ssm.is_absent() && hybrid.iam_roles_anywhere.is_absent() {
        let text = "The hybrid node has no source of credentials. Add an ssm block or an iam_roles_anywhere block.";
        found.push(Finding::error(place, text));
    }
}

/// Whether the user data contains a secret.
pub(super) fn is_secret(given: &Userdata) -> bool {
    given.hybrid.block().is_some_and(|hybrid| hybrid.ssm.block().is_some())
}

/// Returns the cluster settings, or `None` if one of them is unset or unknown.
pub(super) fn cluster(given: &Userdata) -> Option<Cluster> {
    Some(Cluster {
        name: given.cluster_name.text()?.to_owned(),
        endpoint: given.cluster_endpoint.text()?.to_owned(),
        certificate_authority: given.cluster_ca_certificate.text()?.to_owned(),
        service_cidr: given.service_cidr.text()?.to_owned(),
        outpost_id: given.outpost_id.text().map(str::to_owned),
    })
}

/// Whether every attribute and block is known, at every depth.
pub(super) fn is_wholly_known(given: &Userdata) -> bool {
    let Value::Object(members) = given.to_value() else { return false };
    members.values().all(Value::is_wholly_known)
}

/// The configuration without partly unknown attributes and blocks, because the checks would treat their unknown parts as
/// missing. Maps are kept, because their members are independent.
pub(super) fn without_half_known(given: &Userdata) -> Userdata {
    let alone = |name: &str| ["environment", "feature_gates", "node_labels"].contains(&name);
    let is_half_known = |value: &Value| !value.is_unknown() && !value.is_wholly_known();
    let Value::Object(members) = given.to_value() else { return given.clone() };
    let kept = members.into_iter().map(|(name, value)| match is_half_known(&value) && !alone(&name) {
        true => (name, Value::Null),
        false => (name, value),
    });
    Userdata::from_value(&Value::Object(kept.collect()), &Path::root()).unwrap_or_else(|_| given.clone())
}

/// Returns the input of the renderers. Unknown arguments are treated as unset.
pub(super) fn node(given: &Userdata, (family, mode): (Family, Mode), cluster: Option<Cluster>) -> Node {
    Node {
        ami_type: given.ami_type.text().and_then(ami_types::find),
        kubernetes_version: given.kubernetes_version.text().and_then(kubernetes_version::parse),
        cluster,
        node_labels: strings_by_key(&given.node_labels),
        node_taints: given.node_taint.iter().map(taint).collect(),
        max_pods: given.max_pods.known().and_then(|pods| u32::try_from(*pods).ok()),
        max_pods_expression: given.max_pods_expression.text().map(str::to_owned),
        kubelet_config: given.kubelet_config.known().map_or(Json::Null, json),
        kubelet_flags: texts(&given.kubelet_flags),
        // Modules set an empty string if there is no configuration.
        containerd_config: given.containerd_config.text().filter(|text| !text.trim().is_empty()).map(str::to_owned),
        containerd_base_runtime_spec: given.containerd_base_runtime_spec.known().map_or(Json::Null, json),
        instance_store: given.instance_store.block().map(instance_store),
        environment: environment(given),
        proxy: given.proxy.block().map(proxy),
        dns: given.dns.block().map(dns).unwrap_or_default(),
        feature_gates: given.feature_gates.known_members().map(|(gate, value)| (gate.clone(), *value)).collect(),
        pre_bootstrap_scripts: texts(&given.pre_bootstrap_scripts),
        post_bootstrap_scripts: texts(&given.post_bootstrap_scripts),
        extra_parts: given.extra_part.iter().map(part).collect(),
        node_configs: texts(&given.node_configs),
        bootstrap: given.bootstrap.block().map(bootstrap).unwrap_or_default(),
        bottlerocket_settings: given.bottlerocket_settings.known().map_or(Json::Null, json),
        windows: given.windows.block().map(windows).unwrap_or_default(),
        hybrid: given.hybrid.block().and_then(|hybrid| self::hybrid(given, hybrid)),
        skipped: skipped(given),
        ..Node::new(family, mode)
    }
}

/// Returns the consumers whose checks are skipped.
fn skipped(given: &Userdata) -> Vec<Reader> {
    let names: Vec<_> = given.skip_checks.known_elements().collect();
    let is_skipped = |name: &str| names.iter().any(|given| *given == name || *given == ALL_CHECKS);
    Reader::ALL.into_iter().filter(|(name, _)| is_skipped(name)).map(|(_, reader)| reader).collect()
}

fn texts(list: &List<String>) -> Vec<String> {
    list.known_elements().cloned().collect()
}

fn strings_by_key(map: &Map<String>) -> BTreeMap<String, String> {
    map.known_members().map(|(key, value)| (key.clone(), value.clone())).collect()
}

fn environment(given: &Userdata) -> BTreeMap<String, BTreeMap<String, String>> {
    let of_service = |variables: &BTreeMap<String, Attr<String>>| {
        variables.iter().filter_map(|(name, value)| Some((name.clone(), value.text()?.to_owned()))).collect()
    };
    given.environment.known_members().map(|(service, variables)| (service.clone(), of_service(variables))).collect()
}

fn taint(given: &TaintInput) -> Taint {
    let text = |attribute: &Attr<String>| attribute.text().unwrap_or_default().to_owned();
    let effect = match given.effect.text() {
        Some("PREFER_NO_SCHEDULE") => Effect::PreferNoSchedule,
        Some("NO_EXECUTE") => Effect::NoExecute,
        _ => Effect::NoSchedule,
    };
    Taint { key: text(&given.key), value: text(&given.value), effect }
}

fn instance_store(given: &InstanceStoreInput) -> InstanceStore {
    InstanceStore {
        strategy: match given.strategy.text() {
            Some("RAID10") => DiskStrategy::Raid10,
            Some("Mount") => DiskStrategy::Mount,
            _ => DiskStrategy::Raid0,
        },
        mount_path: given.mount_path.text().map(str::to_owned),
        disabled_mounts: texts(&given.disabled_mounts),
    }
}

fn proxy(given: &ProxyInput) -> Proxy {
    Proxy {
        http: given.http.text().map(str::to_owned),
        https: given.https.text().map(str::to_owned),
        no_proxy: texts(&given.no_proxy),
    }
}

fn dns(given: &DnsInput) -> Dns {
    Dns {
        cluster_ips: texts(&given.cluster_ips),
        nameservers: texts(&given.nameservers),
        domains: texts(&given.domains),
    }
}

fn part(given: &ExtraPart) -> Part {
    let decoded = given.content_base64.text().and_then(|text| STANDARD.decode(text).ok());
    Part {
        content_type: given.content_type.text().map(str::to_ascii_lowercase),
        filename: given.filename.text().map(str::to_owned),
        is_base64: false,
        body: decoded.or_else(|| given.content.text().map(|text| text.as_bytes().to_vec())).unwrap_or_default(),
    }
}

fn bootstrap(given: &BootstrapInput) -> Bootstrap {
    Bootstrap {
        aws_api_retry_attempts: given.aws_api_retry_attempts.known().and_then(|attempts| u32::try_from(*attempts).ok()),
        mount_bpf_fs: given.mount_bpf_fs.known().copied(),
        pause_container_account: given.pause_container_account.text().map(str::to_owned),
        pause_container_version: given.pause_container_version.text().map(str::to_owned),
    }
}

fn windows(given: &WindowsInput) -> Windows {
    Windows { excluded_snat_cidrs: texts(&given.excluded_snat_cidrs), kube_proxy_flags: texts(&given.kube_proxy_flags) }
}

fn hybrid(given: &Userdata, hybrid: &HybridInput) -> Option<Hybrid> {
    let text = |attribute: &Attr<String>| attribute.text().unwrap_or_default().to_owned();
    let ssm = hybrid.ssm.block().map(|ssm| HybridCredentials::Ssm {
        activation_code: text(&ssm.activation_code),
        activation_id: text(&ssm.activation_id),
    });
    let roles_anywhere = |given: &RolesAnywhereInput| {
        HybridCredentials::IamRolesAnywhere(RolesAnywhere {
            node_name: text(&given.node_name),
            trust_anchor_arn: text(&given.trust_anchor_arn),
            profile_arn: text(&given.profile_arn),
            role_arn: text(&given.role_arn),
            certificate_path: given.certificate_path.text().map(str::to_owned),
            private_key_path: given.private_key_path.text().map(str::to_owned),
            aws_config_path: given.aws_config_path.text().map(str::to_owned),
        })
    };
    Some(Hybrid {
        cluster_name: text(&given.cluster_name),
        region: text(&hybrid.region),
        credentials: ssm.or_else(|| hybrid.iam_roles_anywhere.block().map(roles_anywhere))?,
        enable_credentials_file: hybrid.enable_credentials_file.known().copied(),
    })
}

/// Converts a dynamic value to JSON. Null members are omitted, because Terraform treats null as unset.
pub(super) fn json(value: &Value) -> Json {
    match value {
        Value::Null | Value::Unknown(_) => Json::Null,
        Value::Bool(value) => Json::Bool(*value),
        Value::Number(number) => serde_json::from_str(&number.to_string()).unwrap_or(Json::Null),
        Value::String(text) => Json::String(text.clone()),
        Value::List(elements) | Value::Set(elements) | Value::Tuple(elements) => {
            Json::Array(elements.iter().map(json).collect())
        }
        Value::Map(members) | Value::Object(members) => {
            let given = members.iter().filter(|(_, value)| !value.is_null() && !value.is_unknown());
            Json::Object(given.map(|(name, value)| (name.clone(), json(value))).collect())
        }
        Value::Dynamic(pair) => json(&pair.1),
    }
}
