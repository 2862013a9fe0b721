//! The flags of the kubelet, from Kubernetes 1.23 to 1.37: those of `cmd/kubelet/app/options`, `pkg/kubelet/config` and the
//! libraries for logging, of each of these versions.

use crate::node::Severity;

/// The versions that are known: minor versions of Kubernetes 1.
pub const VERSIONS: std::ops::RangeInclusive<u32> = 23..=37;

/// Names with the first and the last of [`VERSIONS`] that has them.
#[rustfmt::skip]
pub const FLAGS: &[(&str, u8, u8)] = &[
    ("add-dir-header", 23, 25),
    ("address", 23, 37),
    ("allowed-unsafe-sysctls", 23, 37),
    ("alsologtostderr", 23, 25),
    ("anonymous-auth", 23, 37),
    ("application-metrics-count-limit", 23, 36),
    ("authentication-token-webhook", 23, 37),
    ("authentication-token-webhook-cache-ttl", 23, 37),
    ("authorization-mode", 23, 37),
    ("authorization-webhook-cache-authorized-ttl", 23, 37),
    ("authorization-webhook-cache-unauthorized-ttl", 23, 37),
    ("boot-id-file", 23, 36),
    ("bootstrap-kubeconfig", 23, 37),
    ("cert-dir", 23, 37),
    ("cgroup-driver", 23, 37),
    ("cgroup-root", 23, 37),
    ("cgroups-per-qos", 23, 37),
    ("client-ca-file", 23, 37),
    ("cloud-config", 23, 33),
    ("cloud-provider", 23, 37),
    ("cluster-dns", 23, 37),
    ("cluster-domain", 23, 37),
    ("cni-bin-dir", 23, 23),
    ("cni-cache-dir", 23, 23),
    ("cni-conf-dir", 23, 23),
    ("config", 23, 37),
    ("config-dir", 28, 37),
    ("container-hints", 23, 36),
    ("container-log-max-files", 23, 37),
    ("container-log-max-size", 23, 37),
    ("container-runtime", 23, 26),
    ("container-runtime-endpoint", 23, 37),
    ("containerd", 23, 36),
    ("containerd-namespace", 23, 36),
    ("contention-profiling", 23, 37),
    ("cpu-cfs-quota", 23, 37),
    ("cpu-cfs-quota-period", 23, 37),
    ("cpu-manager-policy", 23, 37),
    ("cpu-manager-policy-options", 23, 37),
    ("cpu-manager-reconcile-period", 23, 37),
    ("docker", 23, 23),
    ("docker-endpoint", 23, 23),
    ("docker-env-metadata-whitelist", 23, 23),
    ("docker-only", 23, 23),
    ("docker-root", 23, 23),
    ("docker-tls", 23, 23),
    ("docker-tls-ca", 23, 23),
    ("docker-tls-cert", 23, 23),
    ("docker-tls-key", 23, 23),
    ("dynamic-config-dir", 23, 23),
    ("enable-controller-attach-detach", 23, 37),
    ("enable-debugging-handlers", 23, 37),
    ("enable-load-reader", 23, 36),
    ("enable-server", 23, 37),
    ("enforce-node-allocatable", 23, 37),
    ("event-burst", 23, 37),
    ("event-qps", 23, 37),
    ("event-storage-age-limit", 23, 36),
    ("event-storage-event-limit", 23, 36),
    ("eviction-hard", 23, 37),
    ("eviction-max-pod-grace-period", 23, 37),
    ("eviction-minimum-reclaim", 23, 37),
    ("eviction-pressure-transition-period", 23, 37),
    ("eviction-soft", 23, 37),
    ("eviction-soft-grace-period", 23, 37),
    ("exit-on-lock-contention", 23, 37),
    ("experimental-allocatable-ignore-eviction", 23, 37),
    ("experimental-check-node-capabilities-before-mount", 23, 23),
    ("experimental-dockershim-root-directory", 23, 23),
    ("experimental-kernel-memcg-notification", 23, 24),
    ("experimental-mounter-path", 23, 37),
    ("fail-cgroupv1", 31, 37),
    ("fail-swap-on", 23, 37),
    ("feature-gates", 23, 37),
    ("file-check-frequency", 23, 37),
    ("global-housekeeping-interval", 23, 36),
    ("hairpin-mode", 23, 37),
    ("healthz-bind-address", 23, 37),
    ("healthz-port", 23, 37),
    ("help", 23, 37),
    ("hostname-override", 23, 37),
    ("housekeeping-interval", 23, 37),
    ("http-check-frequency", 23, 37),
    ("image-credential-provider-bin-dir", 23, 37),
    ("image-credential-provider-config", 23, 37),
    ("image-gc-high-threshold", 23, 37),
    ("image-gc-low-threshold", 23, 37),
    ("image-pull-progress-deadline", 23, 23),
    ("image-service-endpoint", 23, 37),
    ("iptables-drop-bit", 23, 30),
    ("iptables-masquerade-bit", 23, 30),
    ("keep-terminated-pod-volumes", 23, 30),
    ("kernel-memcg-notification", 23, 37),
    ("kube-api-burst", 23, 37),
    ("kube-api-content-type", 23, 37),
    ("kube-api-qps", 23, 37),
    ("kube-reserved", 23, 37),
    ("kube-reserved-cgroup", 23, 37),
    ("kubeconfig", 23, 37),
    ("kubelet-cgroups", 23, 37),
    ("local-storage-capacity-isolation", 25, 37),
    ("lock-file", 23, 37),
    ("log-backtrace-at", 23, 25),
    ("log-cadvisor-usage", 23, 36),
    ("log-dir", 23, 25),
    ("log-file", 23, 25),
    ("log-file-max-size", 23, 25),
    ("log-flush-frequency", 23, 37),
    ("log-json-info-buffer-size", 23, 37),
    ("log-json-split-stream", 23, 37),
    ("log-text-info-buffer-size", 31, 37),
    ("log-text-split-stream", 31, 37),
    ("logging-format", 23, 37),
    ("logtostderr", 23, 25),
    ("machine-id-file", 23, 36),
    ("make-iptables-util-chains", 23, 37),
    ("manifest-url", 23, 37),
    ("manifest-url-header", 23, 37),
    ("master-service-namespace", 23, 26),
    ("max-open-files", 23, 37),
    ("max-pods", 23, 37),
    ("maximum-dead-containers", 23, 37),
    ("maximum-dead-containers-per-container", 23, 37),
    ("memory-manager-policy", 23, 37),
    ("minimum-container-ttl-duration", 23, 37),
    ("minimum-image-ttl-duration", 23, 37),
    ("network-plugin", 23, 23),
    ("network-plugin-mtu", 23, 23),
    ("node-ip", 23, 37),
    ("node-labels", 23, 37),
    ("node-status-max-images", 23, 37),
    ("node-status-update-frequency", 23, 37),
    ("non-masquerade-cidr", 23, 23),
    ("one-output", 23, 25),
    ("oom-score-adj", 23, 37),
    ("pod-cidr", 23, 37),
    ("pod-infra-container-image", 23, 34),
    ("pod-manifest-path", 23, 37),
    ("pod-max-pids", 23, 37),
    ("pods-per-core", 23, 37),
    ("port", 23, 37),
    ("protect-kernel-defaults", 23, 37),
    ("provider-id", 23, 37),
    ("qos-reserved", 23, 37),
    ("read-only-port", 23, 37),
    ("really-crash-for-testing", 23, 23),
    ("register-node", 23, 37),
    ("register-schedulable", 23, 33),
    ("register-with-taints", 23, 37),
    ("registry-burst", 23, 37),
    ("registry-qps", 23, 37),
    ("reserved-cpus", 23, 37),
    ("reserved-memory", 23, 37),
    ("resolv-conf", 23, 37),
    ("root-dir", 23, 37),
    ("rotate-certificates", 23, 37),
    ("rotate-server-certificates", 23, 37),
    ("runonce", 23, 37),
    ("runtime-cgroups", 23, 37),
    ("runtime-request-timeout", 23, 37),
    ("seccomp-default", 23, 37),
    ("serialize-image-pulls", 23, 37),
    ("skip-headers", 23, 25),
    ("skip-log-headers", 23, 25),
    ("stderrthreshold", 23, 25),
    ("storage-driver-buffer-duration", 23, 36),
    ("storage-driver-db", 23, 36),
    ("storage-driver-host", 23, 36),
    ("storage-driver-password", 23, 36),
    ("storage-driver-secure", 23, 36),
    ("storage-driver-table", 23, 36),
    ("storage-driver-user", 23, 36),
    ("streaming-connection-idle-timeout", 23, 37),
    ("sync-frequency", 23, 37),
    ("system-cgroups", 23, 37),
    ("system-reserved", 23, 37),
    ("system-reserved-cgroup", 23, 37),
    ("tls-cert-file", 23, 37),
    ("tls-cipher-suites", 23, 37),
    ("tls-min-version", 23, 37),
    ("tls-private-key-file", 23, 37),
    ("topology-manager-policy", 23, 37),
    ("topology-manager-policy-options", 26, 37),
    ("topology-manager-scope", 23, 37),
    ("v", 23, 37),
    ("version", 23, 37),
    ("vmodule", 23, 37),
    ("volume-plugin-dir", 23, 37),
    ("volume-stats-agg-period", 23, 37),
];

/// The finding on a flag of that name for a kubelet of this minor version, if the version is known.
#[must_use]
pub fn check(name: &str, minor: Option<u32>) -> Option<(Severity, String)> {
    let (first, last) = (*VERSIONS.start(), *VERSIONS.end());
    let is_newer = minor.is_some_and(|minor| minor > last);
    let known = FLAGS.iter().find(|(known, ..)| *known == name);
    let Some((_, since, until)) = known else {
        let near = FLAGS.iter().map(|(known, ..)| *known).find(|known| is_near(known, name));
        let hint = near.map_or_else(String::new, |near| format!(" Is it --{near}?"));
        let text = format!(
            "The kubelet has no flag --{name} in any version from 1.{first} to 1.{last}, and does not start with an unknown \
             flag.{hint}"
        );
        // A newer kubelet may have it, unless it is a known flag with a typo.
        let may_be_newer = is_newer || (minor.is_none() && near.is_none());
        return Some((if may_be_newer { Severity::Warning } else { Severity::Error }, text));
    };
    let (since, until) = (u32::from(*since), u32::from(*until));
    let minor = minor.filter(|minor| *minor >= first)?;
    let when = if minor > until && until < last {
        format!("the kubelet had it until 1.{until}")
    } else if minor < since {
        format!("the kubelet has it from 1.{since} on")
    } else {
        return None;
    };
    let text = format!(
        "The kubelet of Kubernetes 1.{minor} has no flag --{name}, and does not start with an unknown flag; {when}. Remove it, \
         or use kubelet_config."
    );
    Some((if is_newer { Severity::Warning } else { Severity::Error }, text))
}

/// What may go wrong with a flag where the version is not known: some kubelets have it and some do not.
#[must_use]
pub fn only_in_some(name: &str) -> Option<String> {
    let (_, since, until) = FLAGS.iter().find(|(known, ..)| *known == name)?;
    let ends = [
        (u32::from(*since) > *VERSIONS.start()).then(|| format!("from Kubernetes 1.{since} on")),
        (u32::from(*until) < *VERSIONS.end()).then(|| format!("until Kubernetes 1.{until}")),
    ];
    let ends: Vec<String> = ends.into_iter().flatten().collect();
    (!ends.is_empty()).then(|| {
        format!(
            "The kubelet has the flag --{name} only {}, and does not start with one that it does not know. Give \
             kubernetes_version to have this checked.",
            ends.join(" and ")
        )
    })
}

/// Whether one is the other but for letters that were left out, doubled or mistaken.
fn is_near(known: &str, given: &str) -> bool {
    let without = |text: &str| {
        let mut letters: Vec<char> = text.chars().filter(|letter| *letter != '-').collect();
        letters.dedup();
        letters
    };
    let (known, given) = (without(known), without(given));
    let differing = known.iter().zip(&given).filter(|(known, given)| known != given).count();
    known == given || known.len() == given.len() && known.len() > 4 && differing <= 2
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::always("node-labels", Some(33))]
    #[case::still_there("container-runtime", Some(26))]
    #[case::newer_version("node-labels", Some(99))]
    fn flag_of_the_version_is_accepted(#[case] name: &str, #[case] minor: Option<u32>) {
        assert_eq!(check(name, minor), None);
    }

    #[rstest]
    #[case::typo_without_version("vv", None, "Is it --v?")]
    #[case::typo("max-podz", Some(33), "Is it --max-pods?")]
    #[case::nothing_near("frobnicate", Some(33), "no flag --frobnicate")]
    #[case::removed("container-runtime", Some(27), "until 1.26")]
    #[case::new("fail-cgroupv1", Some(30), "from 1.31")]
    fn flag_of_another_version_is_an_error(#[case] name: &str, #[case] minor: Option<u32>, #[case] reason: &str) {
        let (severity, text) = check(name, minor).expect("a finding");
        assert_eq!(severity, Severity::Error);
        assert!(text.contains(reason), "{text}");
    }

    #[rstest]
    #[case::newer_version("frobnicate", Some(38))]
    #[case::typo_in_newer_version("max-podz", Some(38))]
    #[case::removed_before("container-runtime", Some(99))]
    #[case::version_unknown("frobnicate", None)]
    fn flag_newer_than_the_table_is_a_warning(#[case] name: &str, #[case] minor: Option<u32>) {
        assert_eq!(check(name, minor).expect("a finding").0, Severity::Warning);
    }

    #[test]
    fn flag_of_some_versions_is_told() {
        assert!(only_in_some("container-runtime").is_some_and(|text| text.contains("until Kubernetes 1.26")));
        assert_eq!(only_in_some("v"), None);
    }
}
