//! The settings in `settings.kubernetes`.

use crate::bottlerocket::kind::{Kind, Setting};
use crate::bottlerocket::texts::{
    BASE64, BOOTSTRAP_TOKEN, CLUSTER_NAME, CPU_SET, DOMAIN, DURATION, HOST_NAME, IDENTIFIER, IP, LABEL_KEY,
    LABEL_VALUE, LINE, PERCENT, QUANTITY, RESOURCE, SIGNAL, TAINT, THRESHOLD, URL,
};

/// The beta and stable options of the kubelet.
const CPU_OPTIONS: &[&str] =
    &["distribute-cpus-across-numa", "full-pcpus-only", "prefer-align-cpus-by-uncorecache", "strict-cpu-reservation"];

const INT: Kind = Kind::Integer(i32::MIN as i64, i32::MAX as i64);
const TIME: Kind = Kind::Text(&DURATION);
const IPS: Kind = Kind::Either(&[Kind::Text(&IP), Kind::List(&Kind::Text(&IP))], "an IP address or a list of them");
const PERCENTAGE: Kind = Kind::Either(&[Kind::Integer(0, 100), Kind::Text(&PERCENT)], "an integer between 0 and 100");
const TAINTS: Kind =
    Kind::Either(&[Kind::Some(&Kind::Text(&TAINT)), Kind::Text(&TAINT)], "a list of strings such as \"value:Effect\"");
const RESERVED: Kind = Kind::Map(&RESOURCE, &Kind::Text(&QUANTITY));
const THRESHOLDS: Kind = Kind::Map(&SIGNAL, &Kind::Text(&THRESHOLD));

pub(super) static KUBERNETES: &[Setting] = &[
    Setting::of("allowed-unsafe-sysctls", Kind::List(&Kind::Text(&LINE))),
    Setting::of("api-server", Kind::Text(&URL)),
    Setting::of("authentication-mode", Kind::Choice(&["aws", "tls"])),
    Setting::of("bootstrap-token", Kind::Text(&BOOTSTRAP_TOKEN)).secret(),
    Setting::of("cloud-provider", Kind::Choice(&["aws", "external", ""])),
    Setting::of("cluster-certificate", Kind::Text(&BASE64)),
    Setting::of("cluster-dns-ip", IPS),
    Setting::of("cluster-domain", Kind::Text(&DOMAIN)),
    Setting::of("cluster-name", Kind::Text(&CLUSTER_NAME)),
    Setting::of("container-log-max-files", INT),
    Setting::of("container-log-max-size", Kind::Text(&QUANTITY)),
    Setting::of("container-log-max-workers", INT).since(30),
    Setting::of("container-log-monitor-interval", TIME).since(30),
    Setting::of("container-runtime-endpoint", Kind::Text(&LINE)),
    Setting::of("cpu-cfs-quota-enforced", Kind::Bool),
    Setting::of("cpu-manager-policy", Kind::Choice(&["none", "static", "None", "Static"])),
    Setting::of("cpu-manager-policy-options", Kind::List(&Kind::Choice(CPU_OPTIONS))),
    Setting::of("cpu-manager-reconcile-period", TIME),
    Setting::of(
        "credential-providers",
        Kind::Table(&[Setting::of(
            "ecr-credential-provider",
            Kind::Table(&[
                Setting::of("cache-duration", TIME),
                Setting::of("enabled", Kind::Bool).required(),
                Setting::of("environment", Kind::Map(&LINE, &Kind::Text(&LINE))),
                Setting::of("image-patterns", Kind::List(&Kind::Text(&LINE))).required(),
            ]),
        )]),
    ),
    Setting::of("device-ownership-from-security-context", Kind::Bool).since(30),
    Setting::of("event-burst", INT),
    Setting::of("event-qps", INT),
    Setting::of("eviction-hard", THRESHOLDS),
    Setting::of("eviction-max-pod-grace-period", Kind::Integer(0, i32::MAX as i64)),
    Setting::of("eviction-soft", THRESHOLDS),
    Setting::of("eviction-soft-grace-period", Kind::Map(&SIGNAL, &TIME)),
    Setting::of("hostname-override", Kind::Text(&HOST_NAME)),
    Setting::of("hostname-override-source", Kind::Choice(&["private-dns-name", "instance-id"])),
    Setting::of("ids-per-pod", Kind::Integer(0, i64::MAX)).since(33),
    Setting::of("image-gc-high-threshold-percent", PERCENTAGE),
    Setting::of("image-gc-low-threshold-percent", PERCENTAGE),
    Setting::of("image-maximum-gc-age", TIME),
    Setting::of("image-minimum-gc-age", TIME),
    Setting::of("kube-api-burst", INT),
    Setting::of("kube-api-qps", INT),
    Setting::of("kube-reserved", RESERVED),
    Setting::of("log-level", Kind::Integer(0, u8::MAX as i64)),
    Setting::of("max-parallel-image-pulls", INT),
    Setting::of("max-pods", Kind::Integer(0, u32::MAX as i64)),
    Setting::of("memory-manager-policy", Kind::Choice(&["None", "Static", "none", "static"])),
    Setting::of(
        "memory-manager-reserved-memory",
        Kind::Map(
            &IDENTIFIER,
            &Kind::Table(&[
                Setting::of("enabled", Kind::Bool).required(),
                Setting::of("hugepages-1Gi", Kind::Text(&QUANTITY)),
                Setting::of("hugepages-2Mi", Kind::Text(&QUANTITY)),
                Setting::of("memory", Kind::Text(&QUANTITY)),
            ]),
        ),
    ),
    Setting::of("memory-reservation-policy", Kind::Choice(&["None", "TieredReservation"])).since(36),
    Setting::of("memory-swap-behavior", Kind::Choice(&["LimitedSwap", "NoSwap", "limited-swap", "no-swap"])),
    Setting::of("memory-throttling-factor", Kind::Fraction),
    Setting::of("node-ip", Kind::Text(&IP)),
    Setting::of("node-labels", Kind::Map(&LABEL_KEY, &Kind::Text(&LABEL_VALUE))),
    Setting::of("node-taints", Kind::Map(&LABEL_KEY, &TAINTS)),
    Setting::of("pod-infra-container-image", Kind::Text(&LINE)),
    Setting::of("pod-pids-limit", Kind::Integer(i64::MIN, i64::MAX)),
    Setting::of("provider-id", Kind::Text(&URL)),
    Setting::of("registry-burst", INT),
    Setting::of("registry-qps", INT),
    Setting::of("reserved-cpus", Kind::Text(&CPU_SET)),
    Setting::of("seccomp-default", Kind::Bool),
    Setting::of("server-certificate", Kind::Text(&BASE64)),
    Setting::of("server-key", Kind::Text(&BASE64)).secret(),
    Setting::of("server-tls-bootstrap", Kind::Bool),
    Setting::of("shutdown-grace-period", TIME),
    Setting::of("shutdown-grace-period-for-critical-pods", TIME),
    Setting::of("single-process-oom-kill", Kind::Bool).since(32),
    Setting::of("standalone-mode", Kind::Bool),
    Setting::of(
        "static-pods",
        Kind::Map(
            &IDENTIFIER,
            &Kind::Table(&[
                Setting::of("enabled", Kind::Bool).required(),
                Setting::of("manifest", Kind::Text(&BASE64)),
            ]),
        ),
    ),
    Setting::of("static-pods-enabled", Kind::Bool),
    Setting::of("system-reserved", RESERVED),
    Setting::of("topology-manager-policy", Kind::Choice(&["none", "restricted", "best-effort", "single-numa-node"])),
    Setting::of(
        "topology-manager-policy-options",
        Kind::Table(&[
            Setting::of("max-allowable-numa-nodes", Kind::Integer(8, u32::MAX as i64)),
            Setting::of("prefer-closest-numa-nodes", Kind::Bool),
        ]),
    ),
    Setting::of("topology-manager-scope", Kind::Choice(&["container", "pod"])),
];
