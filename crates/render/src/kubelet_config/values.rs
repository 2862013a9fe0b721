//! Members with a fixed set of strings, or with a range.

use serde_json::Value as Json;

use super::amounts::{nanoseconds, quantity};
use super::image_patterns;
use super::validator::Validator;

/// Members with the strings that the kubelet accepts. The empty string is its default.
const CHOICES: &[(&[&str], &[&str])] = &[
    (&["authorization", "mode"], &["AlwaysAllow", "Webhook"]),
    (&["cgroupDriver"], &["systemd", "cgroupfs"]),
    (&["configMapAndSecretChangeDetectionStrategy"], &["Watch", "Cache", "Get"]),
    (&["cpuManagerPolicy"], &["none", "static"]),
    (&["hairpinMode"], &["hairpin-veth", "promiscuous-bridge", "none"]),
    (
        &["imagePullCredentialsVerificationPolicy"],
        &["NeverVerify", "NeverVerifyPreloadedImages", "NeverVerifyAllowlistedImages", "AlwaysVerify"],
    ),
    (&["logging", "format"], &["text", "json"]),
    (&["memoryManagerPolicy"], &["None", "Static"]),
    (&["memoryReservationPolicy"], &["None", "TieredReservation"]),
    (&["memorySwap", "swapBehavior"], &["NoSwap", "LimitedSwap"]),
    (&["tlsMinVersion"], &["VersionTLS10", "VersionTLS11", "VersionTLS12", "VersionTLS13"]),
    (&["topologyManagerPolicy"], &["none", "best-effort", "restricted", "single-numa-node"]),
    (&["topologyManagerScope"], &["container", "pod"]),
];

/// Elements of lists, with the strings that the kubelet accepts.
const ELEMENTS: &[(&str, &[&str])] = &[
    (
        "enforceNodeAllocatable",
        &[
            "none",
            "pods",
            "system-reserved",
            "system-reserved-compressible",
            "kube-reserved",
            "kube-reserved-compressible",
        ],
    ),
    (
        "tlsCipherSuites",
        &[
            "TLS_AES_128_GCM_SHA256",
            "TLS_AES_256_GCM_SHA384",
            "TLS_CHACHA20_POLY1305_SHA256",
            "TLS_ECDHE_ECDSA_WITH_3DES_EDE_CBC_SHA",
            "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA",
            "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256",
            "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
            "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA",
            "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
            "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305",
            "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
            "TLS_ECDHE_ECDSA_WITH_RC4_128_SHA",
            "TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA",
            "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA",
            "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256",
            "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
            "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA",
            "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
            "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305",
            "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
            "TLS_ECDHE_RSA_WITH_RC4_128_SHA",
            "TLS_RSA_WITH_3DES_EDE_CBC_SHA",
            "TLS_RSA_WITH_AES_128_CBC_SHA",
            "TLS_RSA_WITH_AES_128_CBC_SHA256",
            "TLS_RSA_WITH_AES_128_GCM_SHA256",
            "TLS_RSA_WITH_AES_256_CBC_SHA",
            "TLS_RSA_WITH_AES_256_GCM_SHA384",
            "TLS_RSA_WITH_RC4_128_SHA",
        ],
    ),
];

/// Integers with their minimum and maximum.
const RANGES: &[(&[&str], i64, i64)] = &[
    (&["containerLogMaxFiles"], 2, i64::MAX),
    (&["containerLogMaxWorkers"], 1, i64::MAX),
    (&["eventBurst"], 0, i64::MAX),
    (&["eventRecordQPS"], 0, i64::MAX),
    (&["healthzPort"], 0, 65535),
    (&["imageGCHighThresholdPercent"], 0, 100),
    (&["imageGCLowThresholdPercent"], 0, 100),
    (&["iptablesDropBit"], 0, 31),
    (&["iptablesMasqueradeBit"], 0, 31),
    (&["kubeAPIBurst"], 0, i64::MAX),
    (&["kubeAPIQPS"], 0, i64::MAX),
    (&["logging", "verbosity"], 0, i32::MAX as i64),
    (&["maxOpenFiles"], 0, i64::MAX),
    (&["maxParallelImagePulls"], 1, i64::MAX),
    (&["maxPods"], 0, i64::MAX),
    (&["nodeLeaseDurationSeconds"], 0, i64::MAX),
    (&["nodeStatusMaxImages"], -1, i64::MAX),
    (&["oomScoreAdj"], -1000, 1000),
    (&["podsPerCore"], 0, i64::MAX),
    (&["port"], 0, 65535),
    (&["readOnlyPort"], 0, 65535),
    (&["registryBurst"], 0, i64::MAX),
    (&["registryPullQPS"], 0, i64::MAX),
    (&["tracing", "samplingRatePerMillion"], 0, 1_000_000),
];

const SECOND: f64 = 1e9;

/// Durations with their minimum and maximum in seconds. Except for one, an empty value is the default of the kubelet.
const DURATIONS: &[(&[&str], f64, f64, &str)] = &[
    (&["containerLogMonitorInterval"], 3.0, f64::MAX, "at least 3s"),
    (&["cpuCFSQuotaPeriod"], 0.001, 1.0, "between 1ms and 1s"),
    (&["crashLoopBackOff", "maxContainerRestartPeriod"], 1.0, 300.0, "between 1s and 300s"),
    (&["imageMaximumGCAge"], 0.0, f64::MAX, "at least 0s"),
    (&["logging", "flushFrequency"], 0.0, f64::MAX, "at least 0s"),
];

pub(super) fn check(judge: &mut Validator<'_>) {
    choices(judge);
    ranges(judge);
    reserved(judge);
    texts(judge);
}

fn choices(judge: &mut Validator<'_>) {
    for (path, allowed) in CHOICES {
        let Some(given) = judge.given(path).and_then(Json::as_str).map(str::to_owned) else { continue };
        if !given.is_empty() && !allowed.contains(&given.as_str()) {
            judge.error(
                &[path],
                format!("{given:?} is not one of {}: the kubelet would not start.", allowed.join(", ")),
            );
        }
    }
    for (name, allowed) in ELEMENTS {
        let elements = judge.given(&[name]).and_then(Json::as_array).cloned().unwrap_or_default();
        for (index, given) in elements.iter().enumerate() {
            let Some(text) = given.as_str() else { continue };
            let place = judge.place(&[name]).index(index);
            if !allowed.contains(&text) {
                judge.error_at(
                    place,
                    format!("{text:?} is not one of {}: the kubelet would not start.", allowed.join(", ")),
                );
            } else if *name == "enforceNodeAllocatable" && elements[..index].contains(given) {
                judge.error_at(place, format!("{text:?} is listed twice: the kubelet would not start."));
            }
        }
    }
}

fn ranges(judge: &mut Validator<'_>) {
    for (path, least, most) in RANGES {
        let Some(given) = judge.given(path).and_then(Json::as_i64) else { continue };
        if !(*least..=*most).contains(&given) {
            let range =
                if *most == i64::MAX { format!("at least {least}") } else { format!("between {least} and {most}") };
            judge.error(&[path], format!("{given} is not {range}: the kubelet would not start."));
        }
    }
    for (path, least, most, range) in DURATIONS {
        let Some(given) = judge.given(path).and_then(Json::as_str).map(str::to_owned) else { continue };
        let Some(length) = nanoseconds(&given) else { continue };
        if length < least * SECOND || length > most * SECOND {
            judge.error(&[path], format!("{given:?} is not {range}: the kubelet would not start."));
        }
    }
    if let Some(factor) = judge.given(&["memoryThrottlingFactor"]).and_then(Json::as_f64)
        && !(factor > 0.0 && factor <= 1.0)
    {
        let text = format!("{factor} is not greater than 0 and at most 1: the kubelet would not start.");
        judge.error(&[&["memoryThrottlingFactor"]], text);
    }
    let path: &[&str] = &["userNamespaces", "idsPerPod"];
    if let Some(ids) = judge.given(path).and_then(Json::as_i64)
        && (ids < 65536 || ids % 65536 != 0 || ids > i64::from(u32::MAX))
    {
        let text =
            format!("{ids} is not a multiple of 65536 between 65536 and 4294901760: the kubelet would not start.");
        judge.error(&[path], text);
    }
}

/// Validates reserved resources.
fn reserved(judge: &mut Validator<'_>) {
    let resources = ["cpu", "memory", "ephemeral-storage", "pid"];
    for name in ["kubeReserved", "systemReserved"] {
        for (resource, amount) in judge.given(&[name]).and_then(Json::as_object).cloned().unwrap_or_default() {
            let Some(text) = amount.as_str() else { continue };
            let place = judge.place(&[name, &resource]);
            match quantity(text) {
                _ if !resources.contains(&resource.as_str()) => {
                    let text = format!("{resource:?} cannot be reserved. Valid resources: {}.", resources.join(", "));
                    judge.error_at(place, text);
                }
                None => {
                    let text = format!(
                        "{text:?} is not a quantity such as \"100m\" or \"500Mi\": the kubelet would not start."
                    );
                    judge.error_at(place, text);
                }
                Some(amount) if amount.is_negative => {
                    judge.error_at(place, format!("{text:?} is negative: the kubelet would not start."));
                }
                Some(_) => {}
            }
        }
    }
    for (resource, amount) in judge.given(&["qosReserved"]).and_then(Json::as_object).cloned().unwrap_or_default() {
        let place = judge.place(&["qosReserved", &resource]);
        let percent = amount.as_str().and_then(|text| text.strip_suffix('%')).and_then(|text| text.parse::<u8>().ok());
        if resource != "memory" {
            judge.error_at(place, format!("{resource:?} cannot be reserved by QoS class. Only memory is supported."));
        } else if percent.is_none_or(|percent| percent > 100) {
            judge.error_at(place, format!("{amount} is not an integer percentage between \"0%\" and \"100%\"."));
        }
    }
    if let Some(text) = judge.given(&["containerLogMaxSize"]).and_then(Json::as_str).map(str::to_owned)
        && !text.is_empty()
        && quantity(&text).is_none_or(|size| !size.is_whole)
    {
        let text = format!("{text:?} is not a size in bytes such as \"10Mi\": the kubelet would not start.");
        judge.error(&[&["containerLogMaxSize"]], text);
    }
}

/// Checks addresses, paths, and patterns.
fn texts(judge: &mut Validator<'_>) {
    for name in ["address", "healthzBindAddress"] {
        if let Some(text) = judge.given(&[name]).and_then(Json::as_str).map(str::to_owned)
            && !text.is_empty()
            && text.parse::<std::net::IpAddr>().is_err()
        {
            judge.error(&[&[name]], format!("{text:?} is not an IP address."));
        }
    }
    if let Some(text) = judge.given(&["podLogsDir"]).and_then(Json::as_str).map(str::to_owned)
        && !text.is_empty()
        && !is_clean_path(&text)
    {
        let text =
            format!("{text:?} is not an absolute ASCII path without \"..\", repeated slashes, or trailing slashes.");
        judge.error(&[&["podLogsDir"]], text);
    }
    let images = judge.given(&["preloadedImagesVerificationAllowlist"]).and_then(Json::as_array).cloned();
    for (index, pattern) in images.iter().flatten().enumerate() {
        let wrong = pattern.as_str().and_then(|pattern| image_patterns::check(pattern, judge.minor).err());
        if let Some(why) = wrong {
            let place = judge.place(&["preloadedImagesVerificationAllowlist"]).index(index);
            judge.error_at(place, format!("{pattern} {why}. Otherwise, the kubelet does not start."));
        }
    }
    let patterns = judge.given(&["allowedUnsafeSysctls"]).and_then(Json::as_array).cloned().unwrap_or_default();
    for (index, pattern) in patterns.iter().enumerate() {
        let Some(text) = pattern.as_str().filter(|text| !is_namespaced(text)) else { continue };
        let place = judge.place(&["allowedUnsafeSysctls"]).index(index);
        let text = format!(
            "{text:?} is not a namespaced sysctl: kernel.shm*, kernel.msg*, kernel.sem, fs.mqueue.*, or net.*. The \
             kubelet would not start."
        );
        judge.error_at(place, text);
    }
}

fn is_clean_path(path: &str) -> bool {
    let is_part = |part: &str| !part.is_empty() && part != "." && part != "..";
    path.is_ascii() && (path == "/" || path.strip_prefix('/').is_some_and(|rest| rest.split('/').all(is_part)))
}

/// Returns whether the name, or all names with its prefix, are namespaced for the kubelet.
fn is_namespaced(pattern: &str) -> bool {
    let name = pattern.replace('/', ".");
    let (name, is_prefix) = name.strip_suffix('*').map_or((name.as_str(), false), |name| (name, true));
    let name = name.strip_suffix('.').filter(|_| is_prefix).unwrap_or(name);
    let is_letter = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_".contains(&byte);
    let is_part = |part: &str| {
        let is_end = |byte: Option<u8>| byte.is_some_and(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
        is_end(part.bytes().next()) && is_end(part.bytes().next_back()) && part.bytes().all(is_letter)
    };
    let known = [
        "kernel.sem",
        "kernel.shmall",
        "kernel.shmmax",
        "kernel.shmmni",
        "kernel.shm_rmid_forced",
        "kernel.msgmax",
        "kernel.msgmnb",
        "kernel.msgmni",
    ];
    let is_known = if is_prefix { ["kernel.shm", "kernel.msg"].contains(&name) } else { known.contains(&name) };
    let of_prefix = ["net", "fs.mqueue"].iter().any(|prefix| {
        name.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() && is_prefix || rest.starts_with('.'))
    });
    name.split('.').all(is_part) && (is_known || of_prefix)
}
