//! The members of a `KubeletConfiguration`, which nothing before the kubelet itself checks: here their names and types, in
//! [`judge`] their values, and in [`flags`] the kubelet's flags. Names and types:
//! `k8s.io/kubelet`, `config/v1beta1`, version 0.37.

mod amounts;
pub mod base;
mod eviction;
pub mod flags;
pub mod gates;
pub mod judge;
mod rules;
mod values;

use serde_json::{Map as JsonMap, Value as Json};

use super::karpenter::quantity::Quantity as Amount;
use super::node::{Finding, Place};

/// What a member holds.
#[derive(Debug, Clone, Copy)]
pub enum Kind {
    /// A boolean.
    Bool,
    /// A whole number of 32 bits.
    Int32,
    /// A whole number of 32 bits that is not negative.
    Uint32,
    /// A whole number of 64 bits.
    Int64,
    /// A number.
    Fraction,
    /// A text.
    Text,
    /// A text in Go's syntax.
    Duration,
    /// A duration, or a number of nanoseconds.
    DurationOrNanoseconds,
    /// A number with a unit, as text, or a number.
    Quantity,
    /// A moment in RFC 3339.
    Time,
    /// A list.
    List(&'static Kind),
    /// Members with names of the user.
    Map(&'static Kind),
    /// Members with known names.
    Object(&'static [(&'static str, Kind)]),
}

use Kind::{
    Bool, Duration, DurationOrNanoseconds, Fraction, Int32, Int64, List, Map, Object, Quantity, Text, Time, Uint32,
};

const AUTHENTICATION: &[(&str, Kind)] = &[
    ("anonymous", Object(&[("enabled", Bool)])),
    ("webhook", Object(&[("cacheTTL", Duration), ("enabled", Bool)])),
    ("x509", Object(&[("clientCAFile", Text)])),
];

const AUTHORIZATION: &[(&str, Kind)] =
    &[("mode", Text), ("webhook", Object(&[("cacheAuthorizedTTL", Duration), ("cacheUnauthorizedTTL", Duration)]))];

const MEMORY_SWAP: &[(&str, Kind)] = &[("swapBehavior", Text)];
const CRASH_LOOP_BACK_OFF: &[(&str, Kind)] = &[("maxContainerRestartPeriod", Duration)];
const USER_NAMESPACES: &[(&str, Kind)] = &[("idsPerPod", Int64)];
const MEMORY_RESERVATION: &[(&str, Kind)] = &[("limits", Map(&Quantity)), ("numaNode", Int32)];
const GRACE_PERIOD: &[(&str, Kind)] = &[("priority", Int32), ("shutdownGracePeriodSeconds", Int64)];
const BUFFER: &[(&str, Kind)] = &[("infoBufferSize", Quantity), ("splitStream", Bool)];
const LOGGING: &[(&str, Kind)] = &[
    ("flushFrequency", DurationOrNanoseconds),
    ("format", Text),
    ("options", Object(&[("json", Object(BUFFER)), ("text", Object(BUFFER))])),
    ("verbosity", Uint32),
    ("vmodule", List(&Object(&[("filePattern", Text), ("verbosity", Uint32)]))),
];
const TAINT: &[(&str, Kind)] = &[("effect", Text), ("key", Text), ("timeAdded", Time), ("value", Text)];
const TRACING: &[(&str, Kind)] = &[("endpoint", Text), ("samplingRatePerMillion", Int32)];

/// Every member, in the order of names.
#[rustfmt::skip]
pub const MEMBERS: &[(&str, Kind)] = &[
    ("address", Text),
    ("allowedUnsafeSysctls", List(&Text)),
    ("apiVersion", Text),
    ("authentication", Object(AUTHENTICATION)),
    ("authorization", Object(AUTHORIZATION)),
    ("cgroupDriver", Text),
    ("cgroupRoot", Text),
    ("cgroupsPerQOS", Bool),
    ("clusterDNS", List(&Text)),
    ("clusterDomain", Text),
    ("configMapAndSecretChangeDetectionStrategy", Text),
    ("containerLogMaxFiles", Int32),
    ("containerLogMaxSize", Text),
    ("containerLogMaxWorkers", Int32),
    ("containerLogMonitorInterval", Duration),
    ("containerRuntimeEndpoint", Text),
    ("contentType", Text),
    ("cpuCFSQuota", Bool),
    ("cpuCFSQuotaPeriod", Duration),
    ("cpuManagerPolicy", Text),
    ("cpuManagerPolicyOptions", Map(&Text)),
    ("cpuManagerReconcilePeriod", Duration),
    ("crashLoopBackOff", Object(CRASH_LOOP_BACK_OFF)),
    ("defaultPodSysctls", Map(&Text)),
    ("enableContentionProfiling", Bool),
    ("enableControllerAttachDetach", Bool),
    ("enableDebugFlagsHandler", Bool),
    ("enableDebuggingHandlers", Bool),
    ("enableProfilingHandler", Bool),
    ("enableServer", Bool),
    ("enableSystemLogHandler", Bool),
    ("enableSystemLogQuery", Bool),
    ("enforceNodeAllocatable", List(&Text)),
    ("eventBurst", Int32),
    ("eventRecordQPS", Int32),
    ("evictionHard", Map(&Text)),
    ("evictionMaxPodGracePeriod", Int32),
    ("evictionMinimumReclaim", Map(&Text)),
    ("evictionPressureTransitionPeriod", Duration),
    ("evictionSoft", Map(&Text)),
    ("evictionSoftGracePeriod", Map(&Text)),
    ("failCgroupV1", Bool),
    ("failSwapOn", Bool),
    ("featureGates", Map(&Bool)),
    ("fileCheckFrequency", Duration),
    ("hairpinMode", Text),
    ("healthzBindAddress", Text),
    ("healthzPort", Int32),
    ("httpCheckFrequency", Duration),
    ("imageGCHighThresholdPercent", Int32),
    ("imageGCLowThresholdPercent", Int32),
    ("imageMaximumGCAge", Duration),
    ("imageMinimumGCAge", Duration),
    ("imagePullCredentialsVerificationPolicy", Text),
    ("imageServiceEndpoint", Text),
    ("iptablesDropBit", Int32),
    ("iptablesMasqueradeBit", Int32),
    ("kernelMemcgNotification", Bool),
    ("kind", Text),
    ("kubeAPIBurst", Int32),
    ("kubeAPIQPS", Int32),
    ("kubeReserved", Map(&Text)),
    ("kubeReservedCgroup", Text),
    ("kubeletCgroups", Text),
    ("localStorageCapacityIsolation", Bool),
    ("logging", Object(LOGGING)),
    ("makeIPTablesUtilChains", Bool),
    ("maxOpenFiles", Int64),
    ("maxParallelImagePulls", Int32),
    ("maxPods", Int32),
    ("memoryManagerPolicy", Text),
    ("memoryReservationPolicy", Text),
    ("memorySwap", Object(MEMORY_SWAP)),
    ("memoryThrottlingFactor", Fraction),
    ("mergeDefaultEvictionSettings", Bool),
    ("nodeLeaseDurationSeconds", Int32),
    ("nodeStatusMaxImages", Int32),
    ("nodeStatusReportFrequency", Duration),
    ("nodeStatusUpdateFrequency", Duration),
    ("oomScoreAdj", Int32),
    ("podCIDR", Text),
    ("podLogsDir", Text),
    ("podPidsLimit", Int64),
    ("podsPerCore", Int32),
    ("port", Int32),
    ("preloadedImagesVerificationAllowlist", List(&Text)),
    ("protectKernelDefaults", Bool),
    ("providerID", Text),
    ("qosReserved", Map(&Text)),
    ("readOnlyPort", Int32),
    ("registerNode", Bool),
    ("registerWithTaints", List(&Object(TAINT))),
    ("registryBurst", Int32),
    ("registryPullQPS", Int32),
    ("reservedMemory", List(&Object(MEMORY_RESERVATION))),
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
    ("shutdownGracePeriodByPodPriority", List(&Object(GRACE_PERIOD))),
    ("shutdownGracePeriodCriticalPods", Duration),
    ("singleProcessOOMKill", Bool),
    ("staticPodPath", Text),
    ("staticPodURL", Text),
    ("staticPodURLHeader", Map(&List(&Text))),
    ("streamingConnectionIdleTimeout", Duration),
    ("syncFrequency", Duration),
    ("systemCgroups", Text),
    ("systemReserved", Map(&Text)),
    ("systemReservedCgroup", Text),
    ("tlsCertFile", Text),
    ("tlsCipherSuites", List(&Text)),
    ("tlsCurvePreferences", List(&Int32)),
    ("tlsMinVersion", Text),
    ("tlsPrivateKeyFile", Text),
    ("topologyManagerPolicy", Text),
    ("topologyManagerPolicyOptions", Map(&Text)),
    ("topologyManagerScope", Text),
    ("tracing", Object(TRACING)),
    ("userNamespaces", Object(USER_NAMESPACES)),
    ("volumePluginDir", Text),
    ("volumeStatsAggPeriod", Duration),
];

/// Says of each member that has another name or type than the kubelet knows. A null member is one that the kubelet takes
/// for left out.
pub fn check(given: &JsonMap<String, Json>, place: &Place, found: &mut Vec<Finding>) {
    object(given, MEMBERS, place, found);
}

fn object(given: &JsonMap<String, Json>, members: &[(&str, Kind)], place: &Place, found: &mut Vec<Finding>) {
    for (name, value) in given {
        let place = place.key(name);
        match members.iter().find(|(known, _)| known == name) {
            Some((_, kind)) => member(value, *kind, &place, found),
            None => found.push(Finding::error(place, unknown(name, members))),
        }
    }
}

/// The kubelet passes over a name that it does not know, with a line in its log.
fn unknown(name: &str, members: &[(&str, Kind)]) -> String {
    let similar = members.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
    match similar {
        Some((known, _)) => format!("The kubelet knows no {name}; it is written {known}."),
        None if members.len() < 10 => {
            let known: Vec<_> = members.iter().map(|(known, _)| *known).collect();
            format!("The kubelet knows no {name} here; it knows {}.", known.join(", "))
        }
        None => format!(
            "The kubelet knows no {name} and would ignore it. Look up the name in the reference of KubeletConfiguration (v1beta1)."
        ),
    }
}

fn member(value: &Json, kind: Kind, place: &Place, found: &mut Vec<Finding>) {
    match (kind, value) {
        (_, Json::Null) | (Bool, Json::Bool(_)) | (Text | Time, Json::String(_)) => {}
        (Fraction | Quantity, Json::Number(_)) => {}
        (Int32, Json::Number(number)) if number.as_i64().is_some_and(|given| i32::try_from(given).is_ok()) => {}
        (Uint32, Json::Number(number)) if number.as_u64().is_some_and(|given| u32::try_from(given).is_ok()) => {}
        (Int64 | DurationOrNanoseconds, Json::Number(number)) if number.as_i64().is_some() => {}
        (Duration | DurationOrNanoseconds, Json::String(text)) if is_duration(text) => {}
        (Quantity, Json::String(text)) if Amount::parse(text).is_some() => {}
        (List(kind), Json::Array(elements)) => {
            let each = elements.iter().enumerate();
            each.for_each(|(index, value)| element(value, *kind, &place.index(index), found));
        }
        (Map(kind), Json::Object(members)) => {
            members.iter().for_each(|(key, value)| element(value, *kind, &place.key(key), found));
        }
        (Object(known), Json::Object(members)) => object(members, known, place, found),
        _ => {
            let text = format!("{value} must be {}: the kubelet would not start.", kind.described());
            found.push(Finding::error(place.clone(), text));
        }
    }
}

/// A member of a list or of a map, which null would make empty.
fn element(value: &Json, kind: Kind, place: &Place, found: &mut Vec<Finding>) {
    if value.is_null() {
        found.push(Finding::error(place.clone(), format!("null must be {}.", kind.described())));
    } else {
        member(value, kind, place, found);
    }
}

impl Kind {
    fn described(self) -> &'static str {
        match self {
            Bool => "true or false",
            Int32 => "a whole number of at most 32 bits, without quotes",
            Uint32 => "a whole number from 0 on, without quotes",
            Int64 => "a whole number, without quotes",
            Fraction => "a number, without quotes",
            Text => "a text, in quotes",
            Duration => "a duration such as \"30s\" or \"1h30m\"",
            DurationOrNanoseconds => "a duration such as \"30s\", or a number of nanoseconds",
            Quantity => "a quantity such as \"100Mi\" or \"0.5\"",
            Time => "a time such as \"2026-01-31T12:00:00Z\"",
            List(_) => "a list",
            Map(_) | Object(_) => "an object",
        }
    }
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
