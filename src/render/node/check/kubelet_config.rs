//! The members of a `KubeletConfiguration`, which nothing before the kubelet itself checks, and the kubelet only by not
//! starting. Names and types: `k8s.io/kubelet`, `config/v1beta1`, of July 2026, with members of all supported versions.

use serde_json::{Map, Value as Json};

use crate::render::node::{Finding, Node, Place};

/// What a member holds.
#[derive(Debug, Clone, Copy)]
enum Kind {
    Bool,
    Whole,
    Fraction,
    Text,
    /// A text in Go's syntax.
    Duration,
    Texts,
    Wholes,
    TextMap,
    BoolMap,
    TextsMap,
    Object(&'static [(&'static str, Kind)]),
    Objects(&'static [(&'static str, Kind)]),
    /// Has a type of its own that is not looked into.
    Any,
}

use Kind::{Any, Bool, BoolMap, Duration, Fraction, Object, Objects, Text, TextMap, Texts, TextsMap, Whole, Wholes};

/// Members that another input says, or that the node finds out by itself.
const ELSEWHERE: [(&str, &str); 8] = [
    ("apiVersion", "It is added by itself; remove it"),
    ("kind", "It is added by itself; remove it"),
    ("maxPods", "Use max_pods"),
    ("clusterDNS", "Use dns.cluster_ips"),
    ("registerWithTaints", "Use node_taints"),
    ("registerNode", "A node always registers itself; remove it"),
    ("providerID", "The node finds it out; remove it"),
    ("containerRuntimeEndpoint", "The node's own software sets it; remove it"),
];

const AUTHENTICATION: &[(&str, Kind)] = &[
    ("anonymous", Object(&[("enabled", Bool)])),
    ("webhook", Object(&[("cacheTTL", Duration), ("enabled", Bool)])),
    ("x509", Object(&[("clientCAFile", Text)])),
];

const AUTHORIZATION: &[(&str, Kind)] =
    &[("mode", Text), ("webhook", Object(&[("cacheAuthorizedTTL", Duration), ("cacheUnauthorizedTTL", Duration)]))];

const MEMORY_SWAP: &[(&str, Kind)] = &[("swapBehavior", Text)];
const CRASH_LOOP_BACK_OFF: &[(&str, Kind)] = &[("maxContainerRestartPeriod", Duration)];
const USER_NAMESPACES: &[(&str, Kind)] = &[("idsPerPod", Whole)];
const MEMORY_RESERVATION: &[(&str, Kind)] = &[("limits", TextMap), ("numaNode", Whole)];
const GRACE_PERIOD: &[(&str, Kind)] = &[("priority", Whole), ("shutdownGracePeriodSeconds", Whole)];

#[rustfmt::skip]
const MEMBERS: &[(&str, Kind)] = &[
    ("address", Text),
    ("allowedUnsafeSysctls", Texts),
    ("authentication", Object(AUTHENTICATION)),
    ("authorization", Object(AUTHORIZATION)),
    ("cgroupDriver", Text),
    ("cgroupRoot", Text),
    ("cgroupsPerQOS", Bool),
    ("clusterDNS", Texts),
    ("clusterDomain", Text),
    ("configMapAndSecretChangeDetectionStrategy", Text),
    ("containerLogMaxFiles", Whole),
    ("containerLogMaxSize", Text),
    ("containerLogMaxWorkers", Whole),
    ("containerLogMonitorInterval", Duration),
    ("containerRuntimeEndpoint", Text),
    ("contentType", Text),
    ("cpuCFSQuota", Bool),
    ("cpuCFSQuotaPeriod", Duration),
    ("cpuManagerPolicy", Text),
    ("cpuManagerPolicyOptions", TextMap),
    ("cpuManagerReconcilePeriod", Duration),
    ("crashLoopBackOff", Object(CRASH_LOOP_BACK_OFF)),
    ("defaultPodSysctls", TextMap),
    ("enableContentionProfiling", Bool),
    ("enableControllerAttachDetach", Bool),
    ("enableDebugFlagsHandler", Bool),
    ("enableDebuggingHandlers", Bool),
    ("enableProfilingHandler", Bool),
    ("enableServer", Bool),
    ("enableSystemLogHandler", Bool),
    ("enableSystemLogQuery", Bool),
    ("enforceNodeAllocatable", Texts),
    ("eventBurst", Whole),
    ("eventRecordQPS", Whole),
    ("evictionHard", TextMap),
    ("evictionMaxPodGracePeriod", Whole),
    ("evictionMinimumReclaim", TextMap),
    ("evictionPressureTransitionPeriod", Duration),
    ("evictionSoft", TextMap),
    ("evictionSoftGracePeriod", TextMap),
    ("failCgroupV1", Bool),
    ("failSwapOn", Bool),
    ("featureGates", BoolMap),
    ("fileCheckFrequency", Duration),
    ("hairpinMode", Text),
    ("healthzBindAddress", Text),
    ("healthzPort", Whole),
    ("httpCheckFrequency", Duration),
    ("imageGCHighThresholdPercent", Whole),
    ("imageGCLowThresholdPercent", Whole),
    ("imageMaximumGCAge", Duration),
    ("imageMinimumGCAge", Duration),
    ("imagePullCredentialsVerificationPolicy", Text),
    ("imageServiceEndpoint", Text),
    ("iptablesDropBit", Whole),
    ("iptablesMasqueradeBit", Whole),
    ("kernelMemcgNotification", Bool),
    ("kubeAPIBurst", Whole),
    ("kubeAPIQPS", Whole),
    ("kubeReserved", TextMap),
    ("kubeReservedCgroup", Text),
    ("kubeletCgroups", Text),
    ("localStorageCapacityIsolation", Bool),
    ("logging", Any),
    ("makeIPTablesUtilChains", Bool),
    ("maxOpenFiles", Whole),
    ("maxParallelImagePulls", Whole),
    ("maxPods", Whole),
    ("memoryManagerPolicy", Text),
    ("memoryReservationPolicy", Text),
    ("memorySwap", Object(MEMORY_SWAP)),
    ("memoryThrottlingFactor", Fraction),
    ("mergeDefaultEvictionSettings", Bool),
    ("nodeLeaseDurationSeconds", Whole),
    ("nodeStatusMaxImages", Whole),
    ("nodeStatusReportFrequency", Duration),
    ("nodeStatusUpdateFrequency", Duration),
    ("oomScoreAdj", Whole),
    ("podCIDR", Text),
    ("podLogsDir", Text),
    ("podPidsLimit", Whole),
    ("podsPerCore", Whole),
    ("port", Whole),
    ("preloadedImagesVerificationAllowlist", Texts),
    ("protectKernelDefaults", Bool),
    ("providerID", Text),
    ("qosReserved", TextMap),
    ("readOnlyPort", Whole),
    ("registerNode", Bool),
    ("registerWithTaints", Any),
    ("registryBurst", Whole),
    ("registryPullQPS", Whole),
    ("reservedMemory", Objects(MEMORY_RESERVATION)),
    ("reservedSystemCPUs", Text),
    ("resolvConf", Text),
    ("rotateCertificates", Bool),
    ("runOnce", Bool),
    ("runtimeRequestTimeout", Duration),
    ("seccompDefault", Bool),
    ("serializeImagePulls", Bool),
    ("serverTLSBootstrap", Bool),
    ("showHiddenMetricsForVersion", Text),
    ("shutdownGracePeriod", Duration),
    ("shutdownGracePeriodByPodPriority", Objects(GRACE_PERIOD)),
    ("shutdownGracePeriodCriticalPods", Duration),
    ("singleProcessOOMKill", Bool),
    ("staticPodPath", Text),
    ("staticPodURL", Text),
    ("staticPodURLHeader", TextsMap),
    ("streamingConnectionIdleTimeout", Duration),
    ("syncFrequency", Duration),
    ("systemCgroups", Text),
    ("systemReserved", TextMap),
    ("systemReservedCgroup", Text),
    ("tlsCertFile", Text),
    ("tlsCipherSuites", Texts),
    ("tlsCurvePreferences", Wholes),
    ("tlsMinVersion", Text),
    ("tlsPrivateKeyFile", Text),
    ("topologyManagerPolicy", Text),
    ("topologyManagerPolicyOptions", TextMap),
    ("topologyManagerScope", Text),
    ("tracing", Any),
    ("userNamespaces", Object(USER_NAMESPACES)),
    ("volumePluginDir", Text),
    ("volumeStatsAggPeriod", Duration),
];

pub(super) fn check(node: &Node, found: &mut Vec<Finding>) {
    let place = Place::of("kubelet_config");
    match &node.kubelet_config {
        Json::Null => {}
        Json::Object(members) => {
            let set_elsewhere = |name: &str| ELSEWHERE.iter().find(|(own, _)| *own == name);
            for (name, instead) in members.keys().filter_map(|name| set_elsewhere(name)) {
                found.push(Finding::error(
                    place.key(name),
                    format!("{name} has no place in kubelet_config. {instead}."),
                ));
            }
            let rest = members.iter().filter(|(name, _)| set_elsewhere(name).is_none());
            object(&rest.map(|(name, value)| (name.clone(), value.clone())).collect(), MEMBERS, &place, found);
        }
        _ => found.push(Finding::error(place, "kubelet_config must be an object, such as { podPidsLimit = 4096 }.")),
    }
}

fn object(given: &Map<String, Json>, members: &[(&str, Kind)], place: &Place, found: &mut Vec<Finding>) {
    for (name, value) in given {
        let place = place.key(name);
        match members.iter().find(|(known, _)| known == name) {
            Some((_, kind)) => member(value, *kind, &place, found),
            None => found.push(Finding::error(place, unknown(name, members))),
        }
    }
}

/// The kubelet refuses a configuration with a name it does not know.
fn unknown(name: &str, members: &[(&str, Kind)]) -> String {
    let similar = members.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
    match similar {
        Some((known, _)) => format!("The kubelet knows no {name}; it is written {known}."),
        None if members.len() < 10 => {
            let known: Vec<_> = members.iter().map(|(known, _)| *known).collect();
            format!("The kubelet knows no {name} here; it knows {}.", known.join(", "))
        }
        None => format!(
            "The kubelet knows no {name} and would not start. Look up the name in the reference of KubeletConfiguration (v1beta1)."
        ),
    }
}

fn member(value: &Json, kind: Kind, place: &Place, found: &mut Vec<Finding>) {
    let mut refuse = |place: &Place, must: &str| {
        let text = format!("{value} must be {must}: the kubelet would not start.");
        found.push(Finding::error(place.clone(), text));
    };
    match (kind, value) {
        (Any, _) | (Bool, Json::Bool(_)) | (Text, Json::String(_)) | (Fraction, Json::Number(_)) => {}
        (Whole, Json::Number(number)) if number.as_i64().is_some() => {}
        (Duration, Json::String(text)) if is_duration(text) => {}
        (Texts, Json::Array(elements)) => {
            each(elements.iter().enumerate().map(|(index, value)| (place.index(index), value)), Text, found)
        }
        (Wholes, Json::Array(elements)) => {
            each(elements.iter().enumerate().map(|(index, value)| (place.index(index), value)), Whole, found)
        }
        (TextMap, Json::Object(members)) => {
            each(members.iter().map(|(key, value)| (place.key(key), value)), Text, found)
        }
        (BoolMap, Json::Object(members)) => {
            each(members.iter().map(|(key, value)| (place.key(key), value)), Bool, found)
        }
        (TextsMap, Json::Object(members)) => {
            each(members.iter().map(|(key, value)| (place.key(key), value)), Texts, found)
        }
        (Object(known), Json::Object(members)) => object(members, known, place, found),
        (Objects(known), Json::Array(elements)) => {
            each(elements.iter().enumerate().map(|(index, value)| (place.index(index), value)), Object(known), found);
        }
        (Bool, _) => refuse(place, "true or false"),
        (Whole, _) => refuse(place, "a whole number, without quotes"),
        (Fraction, _) => refuse(place, "a number, without quotes"),
        (Text, _) => refuse(place, "a text, in quotes"),
        (Duration, _) => refuse(place, "a duration such as \"30s\" or \"1h30m\""),
        (Texts | Wholes | Objects(_), _) => refuse(place, "a list"),
        (TextMap | BoolMap | TextsMap | Object(_), _) => refuse(place, "an object"),
    }
}

fn each<'j>(values: impl Iterator<Item = (Place, &'j Json)>, kind: Kind, found: &mut Vec<Finding>) {
    values.for_each(|(place, value)| member(value, kind, &place, found));
}

/// Whether it is `0`, or numbers with units such as `1h30m`.
fn is_duration(text: &str) -> bool {
    let text = text.strip_prefix(['-', '+']).unwrap_or(text);
    if text == "0" {
        return true;
    }
    let mut rest = text;
    while !rest.is_empty() {
        let after = rest.trim_start_matches(|letter: char| letter.is_ascii_digit() || letter == '.');
        let number = &rest[..rest.len() - after.len()];
        let is_number = number.bytes().any(|byte| byte.is_ascii_digit()) && number.matches('.').count() < 2;
        let units = ["ns", "us", "µs", "μs", "ms", "s", "m", "h"];
        let Some(unit) = units.into_iter().find(|unit| after.starts_with(unit)).filter(|_| is_number) else {
            return false;
        };
        rest = &after[unit.len()..];
    }
    !text.is_empty()
}
