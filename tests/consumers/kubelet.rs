//! What the kubelet's own code says of flags and configurations that the renderers take, and of those that they refuse.

use std::collections::BTreeSet;

use proptest::prelude::Strategy;
use proptest::sample::select;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use render::kubelet_config::{base, flags, gates, judge};
use render::node::{Family, Finding, Mode, Node, Place, check};
use serde_json::{Value as Json, json};

/// The version of the consumer.
const MINOR: u32 = 36;

/// As many generated configurations as one process reads.
const CASES: usize = 1_500;

fn ask(requests: &[Json]) -> Vec<Json> {
    crate::program::ask("kubelet", requests)
}

/// What nodeadm writes; that the machine of the tests has old groups of processes is no matter.
fn node_software() -> Json {
    let mut base = base::of(Family::AmazonLinux2023, MINOR);
    base["failCgroupV1"] = json!(false);
    base
}

/// Compares what is said of each; the number of those that start.
fn compare(cases: &[Json]) -> usize {
    let base = node_software();
    let requests: Vec<_> = cases.iter().map(|case| json!({ "base": base, "config": case })).collect();
    let mut started = 0;
    let mut differing = Vec::new();
    for (case, answer) in cases.iter().zip(ask(&requests)) {
        let members = case.as_object().expect("an object");
        let mut found = judge::over(members, &base, Some(MINOR), Mode::SelfManaged, &Place::whole());
        found.retain(Finding::is_error);
        let starts = answer.get("errors").is_none();
        if found.is_empty() != starts {
            differing.push(format!("{case}: {found:?} {answer}"));
        }
        started += usize::from(starts);
    }
    assert!(differing.is_empty(), "{}", differing.join("\n"));
    started
}

#[test]
fn flags_and_gates_are_those_of_the_kubelet() {
    let answer = ask(&[json!({ "names": true })]).remove(0);
    let names = |member: &str| -> BTreeSet<String> {
        let list = answer[member].as_array().expect("a list");
        list.iter().filter_map(|name| name.as_str().map(str::to_owned)).collect()
    };
    let has = |since: u8, until: u8| (u32::from(since)..=u32::from(until)).contains(&MINOR);
    let flags = flags::FLAGS.iter().filter(|(_, since, until)| has(*since, *until));
    assert_eq!(flags.map(|(name, ..)| (*name).to_owned()).collect::<BTreeSet<_>>(), names("flags"));
    let of_kubernetes = gates::GATES.iter().filter(|(_, since, until, _)| has(*since, *until)).map(|(name, ..)| *name);
    let all = of_kubernetes.chain(gates::OF_LIBRARIES.iter().copied()).chain(["AllAlpha", "AllBeta"]);
    assert_eq!(all.map(str::to_owned).collect::<BTreeSet<_>>(), names("gates"));
}

#[test]
fn flags_are_taken_as_the_kubelet_takes_them() {
    let given =
        ["--v=4", "--vv=4", "--container-runtime=remote", "--max-pods=5", "--fail-cgroupv1=false", "--cloud-config=a"];
    let answers = ask(&given.map(|flag| json!({ "flags": [flag] })));
    for (flag, answer) in given.iter().zip(answers) {
        let name = flag.trim_start_matches("--").split('=').next().unwrap_or_default();
        assert_eq!(flags::check(name, Some(MINOR)).is_none(), answer.get("errors").is_none(), "{flag}: {answer}");
    }
}

/// Each member with what it may hold, and what it may not.
fn values() -> Vec<(&'static str, Vec<Json>)> {
    let amounts =
        || vec![json!({}), json!({"memory.available": "5%"}), json!({"memory.available": "0"}), json!({"a": "5%"})];
    let reserved = || {
        vec![
            json!({}),
            json!({"cpu": "0"}),
            json!({"cpu": "100m"}),
            json!({"memory": "-1"}),
            json!({"gpu": "1"}),
            json!({"cpu": "x"}),
        ]
    };
    vec![
        (
            "allowedUnsafeSysctls",
            vec![json!(["net.core.somaxconn"]), json!(["net.*", "kernel.shm*"]), json!(["vm.swappiness"])],
        ),
        ("cgroupsPerQOS", vec![json!(true), json!(false)]),
        ("configMapAndSecretChangeDetectionStrategy", vec![json!("Watch"), json!("Poll"), json!("")]),
        ("containerLogMaxFiles", vec![json!(1), json!(2)]),
        ("containerLogMaxSize", vec![json!("10Mi"), json!("0.5"), json!("many"), json!("-1"), json!("")]),
        ("containerLogMaxWorkers", vec![json!(0), json!(1)]),
        ("containerLogMonitorInterval", vec![json!("2s"), json!("3s"), json!("1h")]),
        ("cpuCFSQuotaPeriod", vec![json!("100ms"), json!("0.5ms"), json!("1s"), json!("2s")]),
        ("cpuManagerPolicy", vec![json!("none"), json!("static"), json!("dynamic"), json!("")]),
        (
            "cpuManagerPolicyOptions",
            vec![
                json!({}),
                json!({"full-pcpus-only": "true"}),
                json!({"full-pcpus-only": "yes"}),
                json!({"align-by-socket": "true"}),
                json!({"x": "true"}),
            ],
        ),
        (
            "crashLoopBackOff",
            vec![json!({"maxContainerRestartPeriod": "0.5s"}), json!({"maxContainerRestartPeriod": "60s"})],
        ),
        ("enableSystemLogHandler", vec![json!(true), json!(false)]),
        ("enableSystemLogQuery", vec![json!(true), json!(false)]),
        (
            "enforceNodeAllocatable",
            vec![
                json!([]),
                json!(["none"]),
                json!(["pods", "none"]),
                json!(["pods", "pods"]),
                json!(["pods", "system-reserved"]),
                json!(["kube-reserved", "kube-reserved-compressible"]),
                json!(["all"]),
            ],
        ),
        ("eventBurst", vec![json!(-1), json!(0), json!(5)]),
        ("eventRecordQPS", vec![json!(-1), json!(0)]),
        ("evictionHard", amounts()),
        (
            "evictionMinimumReclaim",
            vec![json!({"memory.available": "0"}), json!({"memory.available": "0%"}), json!({"x": "1"})],
        ),
        ("evictionSoft", amounts()),
        (
            "evictionSoftGracePeriod",
            vec![
                json!({"memory.available": "1m"}),
                json!({"memory.available": "-1m"}),
                json!({"memory.available": "x"}),
            ],
        ),
        (
            "featureGates",
            vec![
                json!({"RotateKubeletServerCertificate": false}),
                json!({"KubeletCrashLoopBackOffMax": false}),
                json!({"CPUManagerPolicyAlphaOptions": true}),
                json!({"NodeSwap": false}),
                json!({"NodeSwap": true}),
                json!({"DynamicKubeletConfig": true}),
                json!({"AllAlpha": false}),
                json!({"WatchList": true}),
            ],
        ),
        ("hairpinMode", vec![json!("none"), json!("veth"), json!("")]),
        ("healthzPort", vec![json!(0), json!(65536)]),
        ("imageGCHighThresholdPercent", vec![json!(80), json!(90), json!(101), json!(50)]),
        ("imageGCLowThresholdPercent", vec![json!(70), json!(-1), json!(85), json!(40)]),
        ("imageMaximumGCAge", vec![json!("0s"), json!("1m"), json!("2m"), json!("24h"), json!("-1s")]),
        ("imageMinimumGCAge", vec![json!("0s"), json!("1h"), json!("-1s")]),
        (
            "imagePullCredentialsVerificationPolicy",
            vec![json!("AlwaysVerify"), json!("Sometimes"), json!("NeverVerifyAllowlistedImages")],
        ),
        ("kubeAPIQPS", vec![json!(-1), json!(50)]),
        ("kubeReserved", reserved()),
        ("kubeReservedCgroup", vec![json!(""), json!("/a")]),
        (
            "logging",
            vec![
                json!({"format": "json"}),
                json!({"format": "xml"}),
                json!({"vmodule": [{"filePattern": "a", "verbosity": 1}]}),
            ],
        ),
        ("maxOpenFiles", vec![json!(-1), json!(1)]),
        ("maxParallelImagePulls", vec![json!(0), json!(1), json!(5)]),
        ("memoryManagerPolicy", vec![json!("None"), json!("Static"), json!("static")]),
        (
            "memorySwap",
            vec![json!({"swapBehavior": "LimitedSwap"}), json!({"swapBehavior": "UnlimitedSwap"}), json!({})],
        ),
        ("memoryThrottlingFactor", vec![json!(0.9), json!(0), json!(1.1)]),
        ("nodeStatusMaxImages", vec![json!(-1), json!(-2)]),
        ("oomScoreAdj", vec![json!(-1000), json!(1001)]),
        ("podLogsDir", vec![json!("/var/log/pods"), json!("/var/../log"), json!("pods"), json!("/var/log/")]),
        ("preloadedImagesVerificationAllowlist", vec![json!([]), json!(["docker.io/a"])]),
        ("qosReserved", vec![json!({"memory": "50%"}), json!({"memory": "101%"}), json!({"cpu": "1%"})]),
        (
            "registerWithTaints",
            vec![
                json!([{"key": "a", "effect": "NoSchedule"}]),
                json!([{"key": "a", "effect": "NO_SCHEDULE"}]),
                json!([{"key": "a b", "effect": "NoExecute"}]),
            ],
        ),
        ("registryPullQPS", vec![json!(-1), json!(0)]),
        ("reservedSystemCPUs", vec![json!(""), json!("0-1"), json!("1-0"), json!("a")]),
        ("runOnce", vec![json!(true), json!(false)]),
        ("serializeImagePulls", vec![json!(true), json!(false)]),
        ("shutdownGracePeriod", vec![json!("0s"), json!("10s"), json!("30s"), json!("0.5s"), json!("3m")]),
        (
            "shutdownGracePeriodByPodPriority",
            vec![json!([]), json!([{"priority": 1, "shutdownGracePeriodSeconds": 5}])],
        ),
        ("shutdownGracePeriodCriticalPods", vec![json!("0s"), json!("10s"), json!("5m")]),
        ("systemReserved", reserved()),
        ("systemReservedCgroup", vec![json!(""), json!("/a")]),
        ("tlsCipherSuites", vec![json!(["TLS_AES_128_GCM_SHA256"]), json!(["TLS_NULL"])]),
        ("tlsMinVersion", vec![json!("VersionTLS12"), json!("1.2"), json!("")]),
        ("topologyManagerPolicy", vec![json!("restricted"), json!("strict"), json!("single-numa-node")]),
        (
            "topologyManagerPolicyOptions",
            vec![
                json!({"prefer-closest-numa-nodes": "true"}),
                json!({"max-allowable-numa-nodes": "4"}),
                json!({"x": "1"}),
            ],
        ),
        ("topologyManagerScope", vec![json!("pod"), json!("node"), json!("")]),
        ("userNamespaces", vec![json!({"idsPerPod": 65536}), json!({"idsPerPod": 65537}), json!({"idsPerPod": 1})]),
    ]
}

#[test]
fn every_value_is_judged_as_by_the_kubelet() {
    let values = values();
    let each = values.iter().flat_map(|(name, values)| values.iter().map(|value| json!({ *name: value })));
    let cases: Vec<Json> = each.collect();
    let started = compare(&cases);
    assert!(started > 40 && started < cases.len() - 40, "{started} of {}", cases.len());
}

#[test]
fn values_are_judged_together_as_by_the_kubelet() {
    let values = values();
    let pairs: Vec<(&str, Json)> =
        values.iter().flat_map(|(name, values)| values.iter().map(|value| (*name, value.clone()))).collect();
    let strategy = proptest::collection::vec(select(pairs), 1..5);
    let strategy = strategy
        .prop_map(|pairs| Json::Object(pairs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()));
    let mut runner = TestRunner::deterministic();
    let cases: Vec<Json> = (0..CASES).map(|_| strategy.new_tree(&mut runner).expect("a case").current()).collect();
    assert!(compare(&cases) > CASES / 20);
}

#[test]
fn members_that_belong_together_are_judged_as_by_the_kubelet() {
    let cases = [
        json!({"imageGCHighThresholdPercent": 80, "imageGCLowThresholdPercent": 70}),
        json!({"serializeImagePulls": true, "maxParallelImagePulls": 2}),
        json!({"serializeImagePulls": null, "maxParallelImagePulls": 2}),
        json!({"reservedSystemCPUs": "0-1", "systemReservedCgroup": "", "kubeReservedCgroup": ""}),
        json!({"reservedSystemCPUs": "0-1", "systemReservedCgroup": null, "kubeReservedCgroup": null}),
        json!({"cpuManagerPolicy": "static", "kubeReserved": {"cpu": "0"}}),
        json!({"cpuManagerPolicy": "static", "kubeReserved": {"cpu": "0"}, "systemReserved": {"cpu": "1"}}),
        json!({"cpuManagerPolicy": "static", "kubeReserved": null}),
        json!({"cpuManagerPolicy": "static", "cpuManagerPolicyOptions": {"full-pcpus-only": "true"}}),
        json!({"cpuManagerPolicy": "static", "cpuManagerPolicyOptions": {"align-by-socket": "true"}}),
        json!({"evictionSoft": {"memory.available": "5%"}, "evictionSoftGracePeriod": {"memory.available": "1m"}}),
        json!({"evictionSoft": {"memory.available": "5%"}, "evictionSoftGracePeriod": {"nodefs.available": "1m"}}),
        json!({"shutdownGracePeriod": "10s", "shutdownGracePeriodCriticalPods": "5s"}),
        json!({"shutdownGracePeriod": "0s", "shutdownGracePeriodCriticalPods": "0s",
            "shutdownGracePeriodByPodPriority": [{"priority": 1, "shutdownGracePeriodSeconds": 5}]}),
        json!({"cgroupsPerQOS": false, "enforceNodeAllocatable": ["none"]}),
        json!({"cgroupsPerQOS": false, "enforceNodeAllocatable": []}),
        json!({"enforceNodeAllocatable": ["pods", "system-reserved"], "systemReservedCgroup": ""}),
        json!({"enableSystemLogQuery": true, "enableSystemLogHandler": false}),
        json!({"imagePullCredentialsVerificationPolicy": "NeverVerifyAllowlistedImages", "preloadedImagesVerificationAllowlist": ["docker.io/a"]}),
        json!({"systemCgroups": "/a", "cgroupRoot": ""}),
    ];
    let started = compare(&cases);
    assert!(started > 5 && started < cases.len() - 5, "{started} of {}", cases.len());
}

/// Flags with values, some of which the kubelet cannot read, or does not start with.
fn flag_values() -> Vec<&'static str> {
    vec![
        "--kube-reserved=memory=lots",
        "--kube-reserved=cpu=500m,memory=1Gi",
        "--kube-reserved=cpu",
        "--system-reserved=cpu=100m",
        "--system-reserved=gpu=1",
        "--eviction-hard=memory.available<five",
        "--eviction-hard=memory.available<5%,nodefs.available<10%",
        "--eviction-hard=memory.available=5%",
        "--eviction-soft=memory.available<10%",
        "--eviction-soft-grace-period=memory.available=1m",
        "--eviction-soft-grace-period=memory.available=soon",
        "--eviction-minimum-reclaim=memory.available=0",
        "--feature-gates=NodeSwap=false",
        "--feature-gates=NodeSwap=yes",
        "--feature-gates=PodSecurity=true",
        "--feature-gates=CPUManagerPolicyAlphaOptions=true",
        "--reserved-cpus=0-1",
        "--reserved-cpus=1-0",
        "--system-reserved-cgroup=",
        "--kube-reserved-cgroup=",
        "--cpu-manager-policy=static",
        "--cpu-manager-policy=dynamic",
        "--cpu-manager-policy-options=full-pcpus-only=true",
        "--cpu-manager-policy-options=align-by-socket=true",
        "--cpu-manager-policy-options=full-pcpus-only",
        "--topology-manager-policy=restricted",
        "--topology-manager-policy=strict",
        "--topology-manager-scope=pod",
        "--topology-manager-policy-options=max-allowable-numa-nodes=4",
        "--registry-qps=-1",
        "--registry-qps=0x10",
        "--registry-qps=3000000000",
        "--registry-burst=1_0",
        "--registry-burst=+5",
        "--image-gc-high-threshold=80",
        "--image-gc-low-threshold=85",
        "--image-gc-low-threshold=70",
        "--container-log-max-files=1",
        "--container-log-max-size=10Mi",
        "--container-log-max-size=many",
        "--enforce-node-allocatable=pods,system-reserved",
        "--enforce-node-allocatable=",
        "--cgroups-per-qos=false",
        "--protect-kernel-defaults",
        "--serialize-image-pulls=maybe",
        "--sync-frequency=5",
        "--sync-frequency=1m",
        "--tls-cipher-suites=TLS_AES_128_GCM_SHA256",
        "--tls-cipher-suites=TLS_NULL",
        "--tls-min-version=VersionTLS13",
        "--allowed-unsafe-sysctls=vm.swappiness",
        "--allowed-unsafe-sysctls=net.core.somaxconn",
        "--oom-score-adj=1001",
        "--address=10.0.0.300",
        "--healthz-port=65536",
        "--read-only-port=10255",
        "--reserved-memory=0:memory=lots",
        "--reserved-memory=memory=1Gi",
        "--maximum-dead-containers=many",
        "--qos-reserved=memory=101%",
        "--hairpin-mode=veth",
        "--v=4",
        "--v=four",
        "--seccomp-default=true",
    ]
}

/// Differences between the provider and the kubelet that are meant, each by a part of the provider's message and its reason.
const MEANT: [(&str, &str); 3] = [
    ("has no place in kubelet_config", "another input sets the member, and two would contradict each other"),
    ("also sets", "a setting in two places works, and one of them has no effect"),
    ("is set twice", "the last value of a repeated flag counts, and the others have no effect"),
];

#[test]
fn flags_over_members_are_judged_as_by_the_kubelet() {
    let members = values();
    let members: Vec<(&str, Json)> =
        members.iter().flat_map(|(name, values)| values.iter().map(|value| (*name, value.clone()))).collect();
    let strategy =
        (proptest::collection::vec(select(flag_values()), 1..4), proptest::collection::vec(select(members), 0..3));
    let cases = std::env::var("CONSUMER_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(CASES);
    let mut runner = TestRunner::deterministic();
    let alone = flag_values().into_iter().map(|flag| (vec![flag], Vec::new()));
    let together = (0..cases).map(|_| strategy.new_tree(&mut runner).expect("a case").current());
    let cases: Vec<(Vec<&str>, Json)> = alone
        .chain(together.collect::<Vec<_>>())
        .map(|(flags, members)| {
            (flags, Json::Object(members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()))
        })
        .collect();
    let base = node_software();
    let requests: Vec<_> =
        cases.iter().map(|(flags, config)| json!({ "base": base, "config": config, "flags": flags })).collect();
    let (mut started, mut meant) = (0, 0);
    let mut differing = Vec::new();
    for ((flags, config), answer) in cases.iter().zip(ask(&requests)) {
        let found = verdict(flags, config);
        let starts = answer.get("errors").is_none();
        started += usize::from(starts);
        match (found.is_empty(), starts) {
            (true, true) | (false, false) => {}
            (false, true) if found.iter().all(|text| MEANT.iter().any(|(part, _)| text.contains(part))) => meant += 1,
            _ => differing.push(format!("{flags:?} {config}: {found:?} {answer}")),
        }
    }
    println!("{} cases, {started} start, {meant} differ as meant, {} differ", cases.len(), differing.len());
    assert!(differing.is_empty(), "{}", differing.join("\n"));
    assert!(started > cases.len() / 20, "{started} of {}", cases.len());
}

/// The errors that the provider reports.
fn verdict(flags: &[&str], config: &Json) -> Vec<String> {
    let node = Node {
        kubelet_config: config.clone(),
        kubelet_flags: flags.iter().map(|flag| (*flag).to_owned()).collect(),
        kubernetes_version: Some((1, MINOR)),
        ..Node::new(Family::AmazonLinux2023, Mode::SelfManaged)
    };
    check(&node).into_iter().filter(Finding::is_error).map(|finding| finding.text).collect()
}
