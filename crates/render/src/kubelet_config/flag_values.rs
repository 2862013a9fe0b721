//! The kubelet's flags that set a member of its configuration, with the syntax of their values: a flag is read into the
//! member, so that one set of rules holds for both, and a member is printed as a flag where there is no file.
//! Facts: `cmd/kubelet/app/options` and `pkg/util/flag` of Kubernetes, and `cli/flag` of `k8s.io/component-base`.

use serde_json::{Map as JsonMap, Value as Json, json};

use super::amounts::quantity;
use crate::members::is_duration;
use crate::node::{Finding, Place, Step};

/// The syntax of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// A Boolean in Go's syntax. The flag alone is true.
    Bool,
    /// An integer of 32 bits.
    Int32,
    /// An integer of 64 bits.
    Int64,
    /// A duration in Go's syntax.
    Duration,
    /// A string.
    Text,
    /// An IP address, or nothing.
    Address,
    /// Strings between commas.
    List,
    /// Pairs between commas, with this character inside of a pair.
    Pairs(char),
    /// One pair. Further ones need the flag again.
    Pair,
    /// Pairs of a name and a Boolean.
    Gates,
    /// Reservations for NUMA nodes.
    Memory,
}

use Form::{Address, Bool, Duration, Gates, Int32, Int64, List, Memory, Pair, Pairs, Text};

/// A path in the configuration.
pub(crate) type Path = &'static [&'static str];

/// The flags with the path of the member that they set, empty if there is none.
#[rustfmt::skip]
const FLAGS: &[(&str, Path, Form)] = &[
    ("address", &["address"], Address),
    ("allowed-unsafe-sysctls", &["allowedUnsafeSysctls"], List),
    ("anonymous-auth", &["authentication", "anonymous", "enabled"], Bool),
    ("authentication-token-webhook", &["authentication", "webhook", "enabled"], Bool),
    ("authentication-token-webhook-cache-ttl", &["authentication", "webhook", "cacheTTL"], Duration),
    ("authorization-mode", &["authorization", "mode"], Text),
    ("authorization-webhook-cache-authorized-ttl", &["authorization", "webhook", "cacheAuthorizedTTL"], Duration),
    ("authorization-webhook-cache-unauthorized-ttl", &["authorization", "webhook", "cacheUnauthorizedTTL"], Duration),
    ("cgroup-driver", &["cgroupDriver"], Text),
    ("cgroup-root", &["cgroupRoot"], Text),
    ("cgroups-per-qos", &["cgroupsPerQOS"], Bool),
    ("client-ca-file", &["authentication", "x509", "clientCAFile"], Text),
    ("cluster-domain", &["clusterDomain"], Text),
    ("container-log-max-files", &["containerLogMaxFiles"], Int32),
    ("container-log-max-size", &["containerLogMaxSize"], Text),
    ("contention-profiling", &["enableContentionProfiling"], Bool),
    ("cpu-cfs-quota", &["cpuCFSQuota"], Bool),
    ("cpu-cfs-quota-period", &["cpuCFSQuotaPeriod"], Duration),
    ("cpu-manager-policy", &["cpuManagerPolicy"], Text),
    ("cpu-manager-policy-options", &["cpuManagerPolicyOptions"], Pair),
    ("cpu-manager-reconcile-period", &["cpuManagerReconcilePeriod"], Duration),
    ("enable-controller-attach-detach", &["enableControllerAttachDetach"], Bool),
    ("enable-debugging-handlers", &["enableDebuggingHandlers"], Bool),
    ("enable-server", &["enableServer"], Bool),
    ("enforce-node-allocatable", &["enforceNodeAllocatable"], List),
    ("event-burst", &["eventBurst"], Int32),
    ("event-qps", &["eventRecordQPS"], Int32),
    ("eviction-hard", &["evictionHard"], Pairs('<')),
    ("eviction-max-pod-grace-period", &["evictionMaxPodGracePeriod"], Int32),
    ("eviction-minimum-reclaim", &["evictionMinimumReclaim"], Pairs('=')),
    ("eviction-pressure-transition-period", &["evictionPressureTransitionPeriod"], Duration),
    ("eviction-soft", &["evictionSoft"], Pairs('<')),
    ("eviction-soft-grace-period", &["evictionSoftGracePeriod"], Pairs('=')),
    ("exit-on-lock-contention", &[], Bool),
    ("fail-cgroupv1", &["failCgroupV1"], Bool),
    ("fail-swap-on", &["failSwapOn"], Bool),
    ("feature-gates", &["featureGates"], Gates),
    ("file-check-frequency", &["fileCheckFrequency"], Duration),
    ("hairpin-mode", &["hairpinMode"], Text),
    ("healthz-bind-address", &["healthzBindAddress"], Address),
    ("healthz-port", &["healthzPort"], Int32),
    ("http-check-frequency", &["httpCheckFrequency"], Duration),
    ("image-gc-high-threshold", &["imageGCHighThresholdPercent"], Int32),
    ("image-gc-low-threshold", &["imageGCLowThresholdPercent"], Int32),
    ("image-service-endpoint", &["imageServiceEndpoint"], Text),
    ("kernel-memcg-notification", &["kernelMemcgNotification"], Bool),
    ("kube-api-burst", &["kubeAPIBurst"], Int32),
    ("kube-api-content-type", &["contentType"], Text),
    ("kube-api-qps", &["kubeAPIQPS"], Int32),
    ("kube-reserved", &["kubeReserved"], Pairs('=')),
    ("kube-reserved-cgroup", &["kubeReservedCgroup"], Text),
    ("kubelet-cgroups", &["kubeletCgroups"], Text),
    ("local-storage-capacity-isolation", &["localStorageCapacityIsolation"], Bool),
    ("log-flush-frequency", &["logging", "flushFrequency"], Duration),
    ("logging-format", &["logging", "format"], Text),
    ("make-iptables-util-chains", &["makeIPTablesUtilChains"], Bool),
    ("manifest-url", &["staticPodURL"], Text),
    ("max-open-files", &["maxOpenFiles"], Int64),
    ("maximum-dead-containers", &[], Int32),
    ("maximum-dead-containers-per-container", &[], Int32),
    ("memory-manager-policy", &["memoryManagerPolicy"], Text),
    ("minimum-container-ttl-duration", &[], Duration),
    ("minimum-image-ttl-duration", &["imageMinimumGCAge"], Duration),
    ("node-status-max-images", &["nodeStatusMaxImages"], Int32),
    ("node-status-update-frequency", &["nodeStatusUpdateFrequency"], Duration),
    ("oom-score-adj", &["oomScoreAdj"], Int32),
    ("pod-cidr", &["podCIDR"], Text),
    ("pod-manifest-path", &["staticPodPath"], Text),
    ("pod-max-pids", &["podPidsLimit"], Int64),
    ("pods-per-core", &["podsPerCore"], Int32),
    ("port", &["port"], Int32),
    ("protect-kernel-defaults", &["protectKernelDefaults"], Bool),
    ("qos-reserved", &["qosReserved"], Pairs('=')),
    ("read-only-port", &["readOnlyPort"], Int32),
    ("registry-burst", &["registryBurst"], Int32),
    ("registry-qps", &["registryPullQPS"], Int32),
    ("reserved-cpus", &["reservedSystemCPUs"], Text),
    ("reserved-memory", &["reservedMemory"], Memory),
    ("resolv-conf", &["resolvConf"], Text),
    ("rotate-certificates", &["rotateCertificates"], Bool),
    ("rotate-server-certificates", &["serverTLSBootstrap"], Bool),
    ("runonce", &["runOnce"], Bool),
    ("runtime-request-timeout", &["runtimeRequestTimeout"], Duration),
    ("seccomp-default", &["seccompDefault"], Bool),
    ("serialize-image-pulls", &["serializeImagePulls"], Bool),
    ("streaming-connection-idle-timeout", &["streamingConnectionIdleTimeout"], Duration),
    ("sync-frequency", &["syncFrequency"], Duration),
    ("system-cgroups", &["systemCgroups"], Text),
    ("system-reserved", &["systemReserved"], Pairs('=')),
    ("system-reserved-cgroup", &["systemReservedCgroup"], Text),
    ("tls-cert-file", &["tlsCertFile"], Text),
    ("tls-cipher-suites", &["tlsCipherSuites"], List),
    ("tls-min-version", &["tlsMinVersion"], Text),
    ("tls-private-key-file", &["tlsPrivateKeyFile"], Text),
    ("topology-manager-policy", &["topologyManagerPolicy"], Text),
    ("topology-manager-policy-options", &["topologyManagerPolicyOptions"], Pairs('=')),
    ("topology-manager-scope", &["topologyManagerScope"], Text),
    ("v", &["logging", "verbosity"], Int32),
    ("volume-plugin-dir", &["volumePluginDir"], Text),
    ("volume-stats-agg-period", &["volumeStatsAggPeriod"], Duration),
];

/// A flag that sets a member of the configuration.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Flag {
    /// Its index in the list of flags.
    index: usize,
    name: &'static str,
    path: Path,
    value: Json,
}

/// Reads the flags that set members. A value that the kubelet cannot parse is an error at the flag.
pub(crate) fn read(flags: &[String], place: &Place, found: &mut Vec<Finding>) -> Vec<Flag> {
    let mut all = Vec::new();
    for (index, flag) in flags.iter().enumerate() {
        let Some((name, value)) = flag.strip_prefix("--").map(split) else { continue };
        let Some((name, path, form)) = FLAGS.iter().find(|(known, ..)| *known == name) else { continue };
        match form.read(value) {
            Ok(value) if !path.is_empty() => all.push(Flag { index, name, path, value }),
            Ok(_) => {}
            Err(why) => {
                let text = format!("--{name} must be {why}: the kubelet does not start.");
                found.push(Finding::error(place.index(index), text));
            }
        }
    }
    all
}

fn split(flag: &str) -> (&str, Option<&str>) {
    flag.split_once('=').map_or((flag, None), |(name, value)| (name, Some(value)))
}

/// Whether the kubelet adds up the values of a flag that is given more than once.
pub(crate) fn accumulates(name: &str) -> bool {
    let form = FLAGS.iter().find(|(known, ..)| *known == name).map(|(.., form)| *form);
    form.is_some_and(|form| matches!(form, List | Pairs(_) | Pair | Gates | Memory))
}

/// The members that flags set, over those of a file: the flag takes precedence, and replaces a map as a whole unless it
/// holds feature gates.
pub(crate) fn over(file: &JsonMap<String, Json>, flags: &[Flag]) -> JsonMap<String, Json> {
    let mut members = file.clone();
    for (position, flag) in flags.iter().enumerate() {
        let is_first = flags[..position].iter().all(|other| other.path != flag.path);
        let Some((last, above)) = flag.path.split_last() else { continue };
        let mut object = Some(&mut members);
        for name in above {
            object = object
                .and_then(|object| object.entry(*name).or_insert_with(|| Json::Object(JsonMap::new())).as_object_mut());
        }
        let Some(object) = object else { continue };
        if is_first && flag.path != ["featureGates"] {
            object.remove(*last);
        }
        match (object.get_mut(*last), &flag.value) {
            (Some(Json::Object(old)), Json::Object(new)) => old.extend(new.clone()),
            (Some(Json::Array(old)), Json::Array(new)) => old.extend(new.clone()),
            _ => {
                object.insert((*last).to_owned(), flag.value.clone());
            }
        }
    }
    members
}

/// The top-level members that flags replace as a whole.
pub(crate) fn replaced(flags: &[Flag]) -> Vec<&'static str> {
    flags.iter().filter(|flag| flag.path.len() == 1 && flag.path != ["featureGates"]).map(|flag| flag.path[0]).collect()
}

/// An error at each flag for a setting that the file has too.
pub(crate) fn contradictions(
    file: &JsonMap<String, Json>,
    file_name: &str,
    flags: &[Flag],
    place: &Place,
    found: &mut Vec<Finding>,
) {
    for flag in flags {
        let (first, rest) = (flag.path[0], &flag.path[1..]);
        let given = rest.iter().try_fold(file.get(first), |value, name| Some(value?.get(name)));
        let Some(given) = given.flatten().filter(|given| !given.is_null()) else { continue };
        // Gates are merged one by one.
        let is_other = |gates: &JsonMap<String, Json>| {
            flag.value.as_object().is_some_and(|own| own.keys().all(|gate| !gates.contains_key(gate)))
        };
        if flag.path == ["featureGates"] && given.as_object().is_some_and(is_other) {
            continue;
        }
        let text = format!(
            "{file_name} also sets {}, and the kubelet uses --{} instead. Set it in one place.",
            flag.path.join("."),
            flag.name
        );
        found.push(Finding::error(place.index(flag.index), text));
    }
}

/// A finding on the configuration below `root`, moved to the flag if a flag sets the member.
pub(crate) fn relocated(finding: Finding, root: &Place, flags: &[Flag], place: &Place) -> Finding {
    let inside: Vec<&str> = finding.place.0.iter().skip(root.0.len()).map(Step::name).collect();
    let is_within = |flag: &&Flag| {
        let is_part = |gate: &&str| flag.value.get(gate).is_some();
        let is_of_path = inside.len() >= flag.path.len() && inside.iter().zip(flag.path).all(|(a, b)| a == b);
        // Which of several gates or thresholds it is, if several flags have some.
        is_of_path && inside.get(flag.path.len()).is_none_or(|key| !flag.value.is_object() || is_part(key))
    };
    match flags.iter().find(is_within) {
        Some(flag) => Finding { place: place.index(flag.index), ..finding },
        None => finding,
    }
}

/// The flag for a member, as `--name=value`; several for options that need one each. None if the kubelet has no flag.
pub(crate) fn print(path: &[&str], value: &Json) -> Option<Vec<String>> {
    let (name, _, form) = FLAGS.iter().find(|(_, known, _)| *known == path)?;
    let text = |value: &Json| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let pairs = |between: char| -> Vec<String> {
        let members = value.as_object().into_iter().flatten();
        members.map(|(key, value)| format!("{key}{between}{}", text(value))).collect()
    };
    let values = match form {
        List => vec![value.as_array().into_iter().flatten().map(text).collect::<Vec<_>>().join(",")],
        Pairs(between) => vec![pairs(*between).join(",")],
        Gates => vec![pairs('=').join(",")],
        Pair => pairs('='),
        Memory => {
            let nodes = value.as_array().into_iter().flatten().map(|node| {
                let limits = node.get("limits").and_then(Json::as_object).into_iter().flatten();
                let limits: Vec<_> = limits.map(|(name, amount)| format!("{name}={}", text(amount))).collect();
                format!("{}:{}", node.get("numaNode").map_or_else(|| "0".to_owned(), text), limits.join(","))
            });
            vec![nodes.collect::<Vec<_>>().join(";")]
        }
        Bool | Int32 | Int64 | Duration | Text | Address => vec![text(value)],
    };
    Some(values.into_iter().map(|value| format!("--{name}={value}")).collect())
}

/// Whether some flag sets a member inside the object at a path.
pub(crate) fn has_flags_inside(path: &[&str]) -> bool {
    FLAGS.iter().any(|(_, known, _)| known.len() > path.len() && known.starts_with(path))
}

impl Form {
    /// The value as the member has it, or what it must be.
    fn read(self, given: Option<&str>) -> Result<Json, String> {
        let Some(text) = given else {
            return if self == Bool { Ok(json!(true)) } else { Err("followed by \"=\" and a value".to_owned()) };
        };
        let pair = |text: &str, between: char| -> Option<(String, String)> {
            let (key, value) = text.split_once(between)?;
            Some((key.trim().to_owned(), value.trim().to_owned()))
        };
        let pairs = |between: char| -> Option<Vec<(String, String)>> {
            text.split(',').filter(|pair| !pair.is_empty()).map(|text| pair(text, between)).collect()
        };
        let object = |pairs: Vec<(String, String)>| {
            Json::Object(pairs.into_iter().map(|(key, value)| (key, json!(value))).collect())
        };
        let value = match self {
            Bool => truth(text).map(|value| json!(value)),
            Int32 => integer(text).filter(|number| i32::try_from(*number).is_ok()).map(|number| json!(number)),
            Int64 => integer(text).map(|number| json!(number)),
            Duration => is_duration(text).then(|| json!(text)),
            Text => Some(json!(text)),
            Address => (text.is_empty() || text.parse::<std::net::IpAddr>().is_ok()).then(|| json!(text)),
            List => Some(text.split(',').filter(|element| !element.is_empty()).map(|element| json!(element)).collect()),
            Pairs(between) => pairs(between).map(object),
            Pair => pair(text, '=').map(|pair| object(vec![pair])),
            Gates => pairs('=')
                .and_then(|pairs| pairs.into_iter().map(|(gate, value)| Some((gate, json!(truth(&value)?)))).collect()),
            Memory => text.split(';').map(reservation).collect(),
        };
        value.ok_or_else(|| format!("{}, got {text:?}", self.described()))
    }

    fn described(self) -> &'static str {
        match self {
            Bool => "true or false",
            Int32 => "an integer of 32 bits",
            Int64 => "an integer",
            Duration => "a duration such as 30s or 1h30m",
            Text => "a string",
            Address => "an IP address",
            List => "a list with commas",
            Pairs('<') => "a list such as memory.available<500Mi,nodefs.available<10%",
            Pairs(_) => "a list such as cpu=500m,memory=1Gi",
            Pair => "one option such as full-pcpus-only=true",
            Gates => "a list such as NodeSwap=true,NodeLogQuery=false",
            Memory => "a list such as 0:memory=1Gi,hugepages-2Mi=2Gi;1:memory=1Gi",
        }
    }
}

/// A Boolean in Go's syntax.
fn truth(text: &str) -> Option<bool> {
    match text {
        "1" | "t" | "T" | "TRUE" | "true" | "True" => Some(true),
        "0" | "f" | "F" | "FALSE" | "false" | "False" => Some(false),
        _ => None,
    }
}

/// An integer in Go's syntax, where a prefix gives the base.
fn integer(text: &str) -> Option<i64> {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", text.strip_prefix('+').unwrap_or(text)),
    };
    let lower = digits.to_ascii_lowercase();
    let prefixes = [("0x", 16), ("0b", 2), ("0o", 8)];
    let (digits, base) = prefixes
        .iter()
        .find_map(|(prefix, base)| Some((lower.strip_prefix(prefix)?, *base)))
        .unwrap_or(if lower.len() > 1 && lower.starts_with('0') { (&lower[1..], 8) } else { (lower.as_str(), 10) });
    // Underscores may stand between digits. A second sign is none.
    let is_digits = |digits: &str| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if !digits.split('_').all(is_digits) {
        return None;
    }
    i64::from_str_radix(&format!("{sign}{}", digits.replace('_', "")), base).ok()
}

/// `0:memory=1Gi,hugepages-2Mi=2Gi` as a member of `reservedMemory`.
fn reservation(text: &str) -> Option<Json> {
    let (node, limits) = text.split_once(':')?;
    let limits: Option<JsonMap<String, Json>> = limits
        .split(',')
        .map(|limit| {
            let (name, amount) = limit.split_once('=')?;
            let is_known = name == "memory" || name.starts_with("hugepages-");
            (is_known && quantity(amount).is_some()).then(|| (name.to_owned(), json!(amount)))
        })
        .collect();
    let node: i32 = node.parse().ok()?;
    Some(json!({ "numaNode": node, "limits": limits? }))
}

#[cfg(test)]
#[path = "flag_values_tests.rs"]
mod tests;
