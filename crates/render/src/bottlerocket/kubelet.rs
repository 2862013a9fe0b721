//! The fields of a `KubeletConfiguration` that have Bottlerocket settings, and the findings for other fields and for
//! flags. Source: the template of the kubelet configuration in Bottlerocket's packages.

use serde_json::{Map, Value as Json, json};

use super::builder::SettingsBuilder;
use super::settings::kubernetes_names;
use crate::kubelet_config::startup::{self, Surroundings};
use crate::nearest;
use crate::node::{Finding, Node, Place, Step};

/// The conversion of the value of a field to the value of a setting.
#[derive(Clone, Copy)]
enum Change {
    /// The value is the same.
    None,
    /// The names of the options whose value is true.
    OptionNames,
    /// Numbers and booleans instead of strings.
    OptionValues,
    /// The NUMA nodes by their number.
    NumaNodes,
}

/// The fields, with dots for nested fields, and their settings below `settings.kubernetes`.
const FIELDS: [(&str, &str, Change); 46] = [
    ("allowedUnsafeSysctls", "allowed-unsafe-sysctls", Change::None),
    ("clusterDNS", "cluster-dns-ip", Change::None),
    ("clusterDomain", "cluster-domain", Change::None),
    ("containerLogMaxFiles", "container-log-max-files", Change::None),
    ("containerLogMaxSize", "container-log-max-size", Change::None),
    ("containerLogMaxWorkers", "container-log-max-workers", Change::None),
    ("containerLogMonitorInterval", "container-log-monitor-interval", Change::None),
    ("cpuCFSQuota", "cpu-cfs-quota-enforced", Change::None),
    ("cpuManagerPolicy", "cpu-manager-policy", Change::None),
    ("cpuManagerPolicyOptions", "cpu-manager-policy-options", Change::OptionNames),
    ("cpuManagerReconcilePeriod", "cpu-manager-reconcile-period", Change::None),
    ("eventBurst", "event-burst", Change::None),
    ("eventRecordQPS", "event-qps", Change::None),
    ("evictionHard", "eviction-hard", Change::None),
    ("evictionMaxPodGracePeriod", "eviction-max-pod-grace-period", Change::None),
    ("evictionSoft", "eviction-soft", Change::None),
    ("evictionSoftGracePeriod", "eviction-soft-grace-period", Change::None),
    ("imageGCHighThresholdPercent", "image-gc-high-threshold-percent", Change::None),
    ("imageGCLowThresholdPercent", "image-gc-low-threshold-percent", Change::None),
    ("imageMaximumGCAge", "image-maximum-gc-age", Change::None),
    ("imageMinimumGCAge", "image-minimum-gc-age", Change::None),
    ("kubeAPIBurst", "kube-api-burst", Change::None),
    ("kubeAPIQPS", "kube-api-qps", Change::None),
    ("kubeReserved", "kube-reserved", Change::None),
    ("logging.verbosity", "log-level", Change::None),
    ("maxParallelImagePulls", "max-parallel-image-pulls", Change::None),
    ("maxPods", "max-pods", Change::None),
    ("memoryManagerPolicy", "memory-manager-policy", Change::None),
    ("memorySwap.swapBehavior", "memory-swap-behavior", Change::None),
    ("podPidsLimit", "pod-pids-limit", Change::None),
    ("providerID", "provider-id", Change::None),
    ("registryBurst", "registry-burst", Change::None),
    ("registryPullQPS", "registry-qps", Change::None),
    ("reservedMemory", "memory-manager-reserved-memory", Change::NumaNodes),
    ("reservedSystemCPUs", "reserved-cpus", Change::None),
    ("seccompDefault", "seccomp-default", Change::None),
    ("serverTLSBootstrap", "server-tls-bootstrap", Change::None),
    ("shutdownGracePeriod", "shutdown-grace-period", Change::None),
    ("shutdownGracePeriodCriticalPods", "shutdown-grace-period-for-critical-pods", Change::None),
    ("singleProcessOOMKill", "single-process-oom-kill", Change::None),
    ("systemReserved", "system-reserved", Change::None),
    ("topologyManagerPolicy", "topology-manager-policy", Change::None),
    ("topologyManagerPolicyOptions", "topology-manager-policy-options", Change::OptionValues),
    ("topologyManagerScope", "topology-manager-scope", Change::None),
    ("userNamespaces.idsPerPod", "ids-per-pod", Change::None),
    ("registerWithTaints", "", Change::None),
];

pub(super) fn put(node: &Node, sheet: &mut SettingsBuilder) {
    let place = Place::of("kubelet_config");
    match &node.kubelet_config {
        Json::Null => {}
        Json::Object(fields) => put_fields("", fields, &place, sheet),
        _ => sheet.findings.push(Finding::error(place, "The value is not an object.")),
    }
    for (index, flag) in node.kubelet_flags.iter().enumerate() {
        let name = flag.trim_start_matches("--").split('=').next().unwrap_or_default();
        let near = match name {
            "v" => Some("log-level"),
            name => nearest::by_words(name, kubernetes_names()),
        };
        let text = format!("Bottlerocket does not pass flags to the kubelet.{}", instead(near));
        sheet.findings.push(Finding::error(Place::of("kubelet_flags").index(index), text));
    }
}

fn put_fields(above: &str, fields: &Map<String, Json>, place: &Place, sheet: &mut SettingsBuilder) {
    for (name, value) in fields.iter().filter(|(_, value)| !value.is_null()) {
        let place = place.key(name);
        let path = if above.is_empty() { name.clone() } else { format!("{above}.{name}") };
        let inside = format!("{path}.");
        match (FIELDS.iter().find(|(field, ..)| *field == path), value) {
            (Some((_, "", _)), _) => {
                sheet.findings.push(Finding::error(place, "Use node_taint instead."));
            }
            (Some((_, setting, change)), _) => match changed(*change, value) {
                Ok(value) => sheet.put(&["kubernetes", setting], value, &place),
                Err(why) => sheet.findings.push(Finding::error(place, format!("{path} {why}."))),
            },
            (None, Json::Object(members)) if FIELDS.iter().any(|(field, ..)| field.starts_with(&inside)) => {
                put_fields(&path, members, &place, sheet);
            }
            (None, _) => {
                let near = nearest::by_words(&path, kubernetes_names());
                let text = format!("Bottlerocket has no setting for the kubelet field {path}.{}", instead(near));
                sheet.findings.push(Finding::error(place, text));
            }
        }
    }
}

fn instead(near: Option<&str>) -> String {
    match near {
        Some("node-labels") => " Use node_labels.".to_owned(),
        Some("node-taints") => " Use node_taint.".to_owned(),
        Some(near) => format!(" The closest setting is kubernetes.{near} in bottlerocket_settings."),
        None => " There is no equivalent setting.".to_owned(),
    }
}

fn changed(change: Change, value: &Json) -> Result<Json, &'static str> {
    let options = || value.as_object().ok_or("is not an object of options");
    match change {
        Change::None => Ok(value.clone()),
        Change::OptionNames => {
            let names = options()?.iter().map(|(name, is_on)| match is_on.as_str() {
                Some("true") => Ok(Some(json!(name))),
                Some("false") => Ok(None),
                _ => Err("has an option that is neither \"true\" nor \"false\""),
            });
            Ok(Json::Array(names.collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect()))
        }
        Change::OptionValues => {
            let values = options()?.iter().map(|(name, value)| {
                let text = value.as_str().ok_or("has an option that is not a string")?;
                let plain = serde_json::from_str(text).unwrap_or_else(|_| json!(text));
                Ok((name.clone(), plain))
            });
            values.collect()
        }
        Change::NumaNodes => value.as_array().ok_or("is not a list")?.iter().map(numa_node).collect(),
    }
}

/// Converts `{ numaNode = 0, limits = { memory = "1Gi" } }` to `0 = { enabled = true, memory = "1Gi" }`.
fn numa_node(value: &Json) -> Result<(String, Json), &'static str> {
    let wrong = "must be a list of objects with numaNode and limits";
    let number = value.get("numaNode").and_then(Json::as_u64).ok_or(wrong)?;
    let mut limits = value.get("limits").and_then(Json::as_object).ok_or(wrong)?.clone();
    limits.insert("enabled".to_owned(), json!(true));
    Ok((number.to_string(), Json::Object(limits)))
}

/// Settings that Bottlerocket writes in another form than the kubelet.
const OWN_FORM: [&str; 2] = ["image-gc-high-threshold-percent", "image-gc-low-threshold-percent"];

/// The options of the static policy: a list of names here, and a map in the kubelet configuration.
const POLICY_OPTIONS: (&str, &str) = ("cpuManagerPolicyOptions", "cpu-manager-policy-options");

/// Reports settings that keep the kubelet from starting, regardless of their source, unless they were already reported.
pub(super) fn judge(node: &Node, sheet: &mut SettingsBuilder) {
    let plain = FIELDS.iter().filter(|(field, setting, change)| {
        matches!(change, Change::None) && !field.contains('.') && !setting.is_empty() && !OWN_FORM.contains(setting)
    });
    let mut plain: Vec<_> = plain.map(|(field, setting, _)| (*field, *setting)).collect();
    let mut members: Map<String, Json> = plain
        .iter()
        .filter_map(|(field, setting)| Some(((*field).to_owned(), sheet.get(&["kubernetes", setting])?.clone())))
        .collect();
    if sheet.members(&["kubernetes", "memory-manager-reserved-memory"]).next().is_some() {
        members.insert("reservedMemory".to_owned(), json!([{ "numaNode": 0, "limits": { "memory": "1Gi" } }]));
    }
    let options: Map<String, Json> = sheet
        .get(&["kubernetes", POLICY_OPTIONS.1])
        .and_then(Json::as_array)
        .into_iter()
        .flatten()
        .filter_map(|name| Some((name.as_str()?.to_owned(), json!("true"))))
        .collect();
    if !options.is_empty() {
        members.insert(POLICY_OPTIONS.0.to_owned(), Json::Object(options));
        plain.push(POLICY_OPTIONS);
    }
    let around = Surroundings { family: node.family, version: node.kubernetes_version, mode: node.mode, replaced: &[] };
    let mut found = Vec::new();
    startup::check(&members, &around, &Place::whole(), &mut found);
    for finding in found {
        let names: Vec<&str> = finding
            .place
            .0
            .iter()
            .filter_map(|step| match step {
                Step::Key(name) => Some(name.as_str()),
                Step::Name(_) | Step::Index(_) => None,
            })
            .collect();
        let Some((field, inside)) = names.split_first() else { continue };
        let Some((_, setting)) = plain.iter().find(|(known, _)| known == field) else { continue };
        let path: Vec<&str> = ["kubernetes", setting].into_iter().chain(inside.iter().copied()).collect();
        let place = sheet.place_of(&path).or_else(|| sheet.place_of(&path[..2])).unwrap_or_default();
        let is_same = |known: &Place| known.0.starts_with(&place.0) || place.0.starts_with(&known.0);
        if !sheet.findings.iter().any(|known| is_same(&known.place)) {
            let is_field = place.0.first() == Some(&Step::Name("kubelet_config".to_owned()));
            let text = if is_field { finding.text } else { in_own_names(&finding.text, &plain) };
            sheet.findings.push(Finding { place, text, ..finding });
        }
    }
}

/// Replaces the names of kubelet fields in a message with the names of settings.
fn in_own_names(text: &str, plain: &[(&str, &str)]) -> String {
    let words = text.split_inclusive(|letter: char| !letter.is_ascii_alphanumeric());
    words
        .map(|word| {
            let name = word.trim_end_matches(|letter: char| !letter.is_ascii_alphanumeric());
            let own = plain.iter().find(|(field, _)| *field == name).map_or(name, |(_, setting)| *setting);
            format!("{own}{}", &word[name.len()..])
        })
        .collect()
}

#[cfg(test)]
pub(super) fn fields() -> impl Iterator<Item = (&'static str, &'static str)> {
    FIELDS.iter().map(|(field, setting, _)| (*field, *setting))
}
