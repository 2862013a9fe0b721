//! Constraints on combinations of members.

use serde_json::Value as Json;

use super::amounts::{is_cpu_set, quantity};
use super::validator::Validator;

const SECOND: f64 = 1e9;

/// The defaults of the kubelet.
const GC_HIGH: i64 = 85;
const GC_LOW: i64 = 80;
const GC_MINIMUM_AGE: f64 = 120.0 * SECOND;

pub(super) fn check(judge: &mut Validator<'_>) {
    garbage_collection(judge);
    image_pulls(judge);
    shutdown(judge);
    allocatable(judge);
    reserved_cpus(judge);
    cpu_manager(judge);
    memory_manager(judge);
    topology_manager(judge);
    gated(judge);
    others(judge);
}

fn garbage_collection(judge: &mut Validator<'_>) {
    let (high, low): (&[&str], &[&str]) = (&["imageGCHighThresholdPercent"], &["imageGCLowThresholdPercent"]);
    if judge.given(high).is_some() || judge.given(low).is_some() {
        let numbers = (judge.number(low).unwrap_or(GC_LOW), judge.number(high).unwrap_or(GC_HIGH));
        if numbers.0 >= numbers.1 {
            let text = format!(
                "imageGCLowThresholdPercent is {} and imageGCHighThresholdPercent is {} (defaults: {GC_LOW} and \
                 {GC_HIGH}). The kubelet does not start unless the low threshold is below the high threshold.",
                numbers.0, numbers.1
            );
            judge.error(&[low, high], text);
        }
    }
    let most = judge.duration(&["imageMaximumGCAge"]);
    let given = judge.duration(&["imageMinimumGCAge"]);
    // Earlier versions accept a negative age.
    if given < 0.0 && judge.minor.is_none_or(|minor| minor >= 36) {
        judge.error(
            &[&["imageMinimumGCAge"]],
            "This must be at least 0s. Otherwise, the kubelet does not start.".to_owned(),
        );
    }
    let least = if given == 0.0 { GC_MINIMUM_AGE } else { given };
    if most > 0.0 && most <= least {
        let text = "imageMaximumGCAge must be longer than imageMinimumGCAge, which defaults to 2m.".to_owned();
        judge.error(&[&["imageMaximumGCAge"], &["imageMinimumGCAge"]], text);
    }
}

fn image_pulls(judge: &mut Validator<'_>) {
    let is_serial = judge.effective(&["serializeImagePulls"]) == Some(&Json::Bool(true));
    if is_serial && judge.number(&["maxParallelImagePulls"]).is_some_and(|pulls| pulls > 1) {
        let text =
            "serializeImagePulls pulls images one at a time, and the kubelet does not start with both settings. Remove \
             one of them."
                .to_owned();
        judge.error(&[&["maxParallelImagePulls"]], text);
    }
}

fn shutdown(judge: &mut Validator<'_>) {
    let (all, critical): (&[&str], &[&str]) = (&["shutdownGracePeriod"], &["shutdownGracePeriodCriticalPods"]);
    let (whole, part) = (judge.duration(all), judge.duration(critical));
    for path in [all, critical] {
        let length = judge.duration(path);
        if judge.given(path).is_some() && (length < 0.0 || length > 0.0 && length < SECOND) {
            judge.error(&[path], "This must be 0s, or at least 1s. Otherwise, the kubelet would not start.".to_owned());
        }
    }
    let is_given = judge.given(all).is_some() || judge.given(critical).is_some();
    if is_given && part > whole {
        let text = format!(
            "shutdownGracePeriodCriticalPods is {}s and shutdownGracePeriod is {}s. The kubelet does not start unless \
             shutdownGracePeriod includes shutdownGracePeriodCriticalPods. Set both.",
            part / SECOND,
            whole / SECOND
        );
        judge.error(&[all, critical], text);
    }
    let by_priority: &[&str] = &["shutdownGracePeriodByPodPriority"];
    let has_priorities = judge.given(by_priority).and_then(Json::as_array).is_some_and(|list| !list.is_empty());
    if has_priorities && (whole > 0.0 || part > 0.0) {
        let text = "shutdownGracePeriodByPodPriority conflicts with shutdownGracePeriod. If the node software sets \
                    shutdownGracePeriod, set shutdownGracePeriod and shutdownGracePeriodCriticalPods to \"0s\"."
            .to_owned();
        judge.error(&[by_priority], text);
    }
}

/// Checks the cgroups whose limits are enforced.
fn allocatable(judge: &mut Validator<'_>) {
    let path: &[&str] = &["enforceNodeAllocatable"];
    let list: Vec<String> = judge.effective(path).and_then(Json::as_array).map_or_else(
        || vec!["pods".to_owned()],
        |list| list.iter().filter_map(|it| it.as_str().map(str::to_owned)).collect(),
    );
    let has = |name: &str| list.iter().any(|it| it == name);
    for (name, group) in [("system-reserved", "systemReservedCgroup"), ("kube-reserved", "kubeReservedCgroup")] {
        let compressible = format!("{name}-compressible");
        if has(name) && has(&compressible) {
            judge.error(&[path], format!("{name} conflicts with {compressible}: the kubelet would not start."));
        }
        if (has(name) || has(&compressible)) && judge.text(&[group]).is_none() {
            let text = format!("To enforce the limits of {name}, the kubelet requires its cgroup. Set {group}.");
            judge.error(&[path, &[group]], text);
        }
    }
    if has("none") && list.len() > 1 {
        judge.error(&[path], "\"none\" cannot be combined with other values: the kubelet would not start.".to_owned());
    }
    let is_off = judge.given(&["cgroupsPerQOS"]) == Some(&Json::Bool(false));
    if is_off && list.iter().any(|it| it != "none") {
        let text = "Without cgroupsPerQOS, the kubelet cannot enforce limits, and does not start unless \
                    enforceNodeAllocatable is [\"none\"]."
            .to_owned();
        judge.error(&[&["cgroupsPerQOS"]], text);
    }
}

fn reserved_cpus(judge: &mut Validator<'_>) {
    let path: &[&str] = &["reservedSystemCPUs"];
    let Some(cpus) = judge.given(path).and_then(Json::as_str).filter(|cpus| !cpus.is_empty()).map(str::to_owned) else {
        return;
    };
    if !is_cpu_set(&cpus) {
        judge.error(&[path], format!("{cpus:?} is not a set of CPUs such as \"0-1,4\": the kubelet would not start."));
    }
    if judge.text(&["systemReservedCgroup"]).is_some() || judge.text(&["kubeReservedCgroup"]).is_some() {
        let text =
            "The kubelet does not start with reservedSystemCPUs and a cgroup for reserved resources, and the node \
             software sets two. Set systemReservedCgroup and kubeReservedCgroup to \"\"."
                .to_owned();
        judge.error(&[path], text);
    }
}

/// Options with the first minor version that supports them without the feature gate for alpha options.
const CPU_OPTIONS: [(&str, Option<u32>); 6] = [
    ("align-by-socket", None),
    ("distribute-cpus-across-cores", None),
    ("distribute-cpus-across-numa", Some(33)),
    ("full-pcpus-only", Some(23)),
    ("prefer-align-cpus-by-uncorecache", Some(34)),
    ("strict-cpu-reservation", Some(33)),
];

fn cpu_manager(judge: &mut Validator<'_>) {
    let options: &[&str] = &["cpuManagerPolicyOptions"];
    let is_static = judge.text(&["cpuManagerPolicy"]) == Some("static");
    let given = judge.given(options).and_then(Json::as_object).cloned().unwrap_or_default();
    if !given.is_empty() && !is_static {
        let text = "Only cpuManagerPolicy \"static\" supports options: the kubelet would not start.".to_owned();
        judge.error(&[options], text);
        return;
    }
    for (name, value) in &given {
        let place = judge.place(&["cpuManagerPolicyOptions", name]);
        let known = CPU_OPTIONS.iter().find(|(known, _)| known == name);
        let is_truth = value.as_str().is_some_and(is_truth);
        match known {
            None => {
                let names: Vec<_> = CPU_OPTIONS.iter().map(|(known, _)| *known).collect();
                judge.error_at(
                    place,
                    format!("The kubelet does not support this option. Valid options: {}.", names.join(", ")),
                );
            }
            Some(_) if !is_truth => judge.error_at(place, format!("{value} is neither \"true\" nor \"false\".")),
            Some((_, since)) => {
                let is_early = since.is_none_or(|since| judge.minor.is_some_and(|minor| minor < since));
                if is_early && judge.gate("CPUManagerPolicyAlphaOptions", None) == Some(false) {
                    let text = "This option requires the feature gate CPUManagerPolicyAlphaOptions. Otherwise, the \
                                kubelet would not start. Set it in featureGates."
                        .to_owned();
                    judge.error_at(place, text);
                }
            }
        }
    }
    let is_nothing = |amount: Option<&str>| amount.and_then(quantity).is_none_or(|amount| amount.is_zero);
    let nothing = ["kubeReserved", "systemReserved"].iter().all(|name| is_nothing(judge.text(&[name, "cpu"])));
    if is_static && nothing && judge.text(&["reservedSystemCPUs"]).is_none() {
        let text =
            "The policy \"static\" requires reserved CPU for the system, but kubeReserved.cpu and systemReserved.cpu \
             are zero, so the kubelet would not start. Set one of them, or reservedSystemCPUs."
                .to_owned();
        judge.error(&[&["cpuManagerPolicy"]], text);
    }
}

fn memory_manager(judge: &mut Validator<'_>) {
    let path: &[&str] = &["reservedMemory"];
    let nodes = judge.given(path).and_then(Json::as_array).cloned().unwrap_or_default();
    let mut seen = Vec::new();
    for (index, node) in nodes.iter().enumerate() {
        let number = node.get("numaNode").and_then(Json::as_i64).unwrap_or_default();
        for (resource, amount) in node.get("limits").and_then(Json::as_object).into_iter().flatten() {
            let place = judge.place(path).index(index).key("limits").key(resource);
            let text = amount.as_str().map_or_else(|| amount.to_string(), str::to_owned);
            if resource != "memory" && !resource.starts_with("hugepages-") {
                let text = format!("{resource:?} is not \"memory\" or \"hugepages-…\": the kubelet would not start.");
                judge.error_at(place, text);
            } else if quantity(&text).is_some_and(|amount| amount.is_zero) {
                judge.error_at(place, "Nothing is reserved: the kubelet would not start.".to_owned());
            } else if seen.contains(&(number, resource.clone())) {
                let text = format!("NUMA node {number} specifies {resource} twice: the kubelet would not start.");
                judge.error_at(place, text);
            }
            seen.push((number, resource.clone()));
        }
    }
    if judge.text(&["memoryManagerPolicy"]) != Some("Static") {
        return;
    }
    if nodes.is_empty() {
        let text =
            "The policy \"Static\" requires reservedMemory: its total over all NUMA nodes must equal the total memory \
             of kubeReserved, systemReserved, and the hard eviction threshold. Otherwise, the kubelet would not start."
                .to_owned();
        judge.error(&[&["memoryManagerPolicy"]], text);
    } else if judge.given(&["kubeReserved", "memory"]).is_none() {
        let text = "The total of reservedMemory must equal the total of kubeReserved, systemReserved, and the hard \
                    eviction threshold. If kubeReserved.memory is not set, it depends on the instance type."
            .to_owned();
        judge.warn(path, text);
    }
}

fn topology_manager(judge: &mut Validator<'_>) {
    let given = judge.given(&["topologyManagerPolicyOptions"]).and_then(Json::as_object).cloned().unwrap_or_default();
    if !given.is_empty() && judge.text(&["topologyManagerPolicy"]).is_none_or(|policy| policy == "none") {
        let text = "Options have no effect without a topologyManagerPolicy such as \"restricted\".".to_owned();
        judge.warn(&["topologyManagerPolicyOptions"], text);
        return;
    }
    for (name, value) in &given {
        let place = judge.place(&["topologyManagerPolicyOptions", name]);
        let text = value.as_str().unwrap_or_default();
        match name.as_str() {
            "prefer-closest-numa-nodes" if is_truth(text) => {}
            "prefer-closest-numa-nodes" => judge.error_at(place, format!("{value} is neither \"true\" nor \"false\".")),
            "max-allowable-numa-nodes" if text.parse::<u32>().is_ok_and(|number| number >= 8) => {}
            "max-allowable-numa-nodes" => {
                judge.error_at(place, format!("{value} is not a string that contains a number of at least 8."))
            }
            _ => {
                let text = "The kubelet does not support this option. Valid options: prefer-closest-numa-nodes, \
                            max-allowable-numa-nodes.";
                judge.error_at(place, text.to_owned());
            }
        }
    }
}

/// Parses a boolean like Go.
fn is_truth(text: &str) -> bool {
    ["1", "t", "T", "TRUE", "true", "True", "0", "f", "F", "FALSE", "false", "False"].contains(&text)
}

/// Members that require a feature gate, without which the kubelet does not start, with the version that enables it.
const GATED: [(&[&str], &str, Option<u32>); 5] = [
    (&["crashLoopBackOff", "maxContainerRestartPeriod"], "KubeletCrashLoopBackOffMax", Some(35)),
    (&["enableSystemLogQuery"], "NodeLogQuery", Some(36)),
    (&["imagePullCredentialsVerificationPolicy"], "KubeletEnsureSecretPulledImages", Some(35)),
    (&["preloadedImagesVerificationAllowlist"], "KubeletEnsureSecretPulledImages", Some(35)),
    (&["serverTLSBootstrap"], "RotateKubeletServerCertificate", Some(12)),
];

fn gated(judge: &mut Validator<'_>) {
    for (path, gate, since) in GATED {
        let given = if path == ["serverTLSBootstrap"] { judge.effective(path) } else { judge.given(path) };
        let says =
            given.is_some_and(|given| given != &Json::Bool(false) && given != "" && given != &Json::Array(Vec::new()));
        if says && judge.gate(gate, since) == Some(false) {
            let text =
                format!("The kubelet does not start with {} if its feature gate {gate} is disabled.", path.join("."));
            judge.error(&[path, &["featureGates", gate]], text);
        }
    }
    let period: &[&str] = &["cpuCFSQuotaPeriod"];
    let is_usual = (judge.duration(period) - 0.1 * SECOND).abs() < 1.0;
    if judge.given(period).is_some() && !is_usual && judge.gate("CustomCPUCFSQuotaPeriod", Some(36)) == Some(false) {
        let text =
            "A period other than 100ms requires the feature gate CustomCPUCFSQuotaPeriod. Otherwise, the kubelet would \
             not start. Set it in featureGates."
                .to_owned();
        judge.error(&[period], text);
    }
}

fn others(judge: &mut Validator<'_>) {
    if judge.given(&["runOnce"]) == Some(&Json::Bool(true)) {
        let text = "A kubelet with runOnce does not start as a node. Remove runOnce.".to_owned();
        judge.error(&[&["runOnce"]], text);
    }
    if judge.text(&["systemCgroups"]).is_some() && judge.text(&["cgroupRoot"]).is_none() {
        judge.error(&[&["systemCgroups"], &["cgroupRoot"]], "systemCgroups requires cgroupRoot.".to_owned());
    }
    let is_queried = judge.given(&["enableSystemLogQuery"]) == Some(&Json::Bool(true));
    if is_queried && judge.given(&["enableSystemLogHandler"]) == Some(&Json::Bool(false)) {
        let text =
            "System log queries require enableSystemLogHandler. Otherwise, the kubelet would not start.".to_owned();
        judge.error(&[&["enableSystemLogQuery"]], text);
    }
    let allowlist: &[&str] = &["preloadedImagesVerificationAllowlist"];
    let has_list = judge.given(allowlist).and_then(Json::as_array).is_some_and(|list| !list.is_empty());
    if has_list && judge.text(&["imagePullCredentialsVerificationPolicy"]) != Some("NeverVerifyAllowlistedImages") {
        let text =
            "The list requires imagePullCredentialsVerificationPolicy \"NeverVerifyAllowlistedImages\": the kubelet \
             would not start with another policy."
                .to_owned();
        judge.error(&[allowlist], text);
    }
    let is_json = judge.text(&["logging", "format"]) == Some("json");
    let has_modules =
        judge.given(&["logging", "vmodule"]).and_then(Json::as_array).is_some_and(|list| !list.is_empty());
    if is_json && has_modules {
        judge.error(&[&["logging", "vmodule"]], "vmodule has an effect only with the format \"text\".".to_owned());
    }
    if judge.given(&["cgroupDriver"]).and_then(Json::as_str) == Some("cgroupfs") {
        let text = "containerd on the AMI uses the systemd cgroup driver. With another driver, the limits of pods are \
                    not enforced.";
        judge.warn(&["cgroupDriver"], text.to_owned());
    }
    for (index, taint) in
        judge.given(&["registerWithTaints"]).and_then(Json::as_array).cloned().into_iter().flatten().enumerate()
    {
        let place = judge.place(&["registerWithTaints"]).index(index);
        taint_of(judge, &taint, &place);
    }
}

fn taint_of(judge: &mut Validator<'_>, taint: &Json, place: &crate::node::Place) {
    use crate::node::check::labels::{key_of, value_of};
    let text = |name: &str| taint.get(name).and_then(Json::as_str).unwrap_or_default();
    let effects = ["NoSchedule", "PreferNoSchedule", "NoExecute"];
    if let Err(why) = key_of(text("key")) {
        judge.error_at(place.key("key"), format!("{:?} is not a valid taint key: {why}.", text("key")));
    }
    if let Err(why) = value_of(text("value")) {
        judge.error_at(place.key("value"), format!("{:?} is not a valid taint value: {why}.", text("value")));
    }
    if !effects.contains(&text("effect")) {
        judge.error_at(place.key("effect"), format!("{:?} is not one of {}.", text("effect"), effects.join(", ")));
    }
    if taint.get("timeAdded").is_some_and(|time| !time.is_null()) {
        judge.error_at(place.key("timeAdded"), "The kubelet does not start with this setting. Remove it.".to_owned());
    }
}
