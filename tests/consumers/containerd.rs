//! Runs containerd's own loader on configurations and base runtime specifications that our checks accept or reject.

use proptest::prelude::Strategy;
use proptest::sample::{select, subsequence};
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use render::node::{Family, Finding, Place};
use render::{containerd, runtime_spec};
use serde_json::{Map, Value as Json, json};

/// As many generated cases as one process reads.
const CASES: usize = 600;

/// Differences that are meant, each by a part of the provider's message and its reason.
const MEANT: [(&str, &str); 8] = [
    ("has no member", "containerd ignores it, and it is a known name with a typo"),
    ("is a plugin name of schema version 1", "containerd ignores the table"),
    ("Use only one version", "containerd ignores one of the tables"),
    ("is false", "the kubelet uses the systemd driver, which containerd does not know"),
    ("is not one of RLIMIT", "runc rejects it when a container starts"),
    ("is set twice", "runc rejects it when a container starts"),
    ("above the hard limit", "the kernel rejects it when a container starts"),
    ("null must be", "containerd reads an empty value, which is not what was written"),
];

/// Compares the verdicts on each case, and returns the counts.
fn compare(cases: &[Json], errors: impl Fn(&Json) -> Vec<String>) -> String {
    let (mut accepted, mut meant) = (0, 0);
    let mut differing = Vec::new();
    for (case, answer) in cases.iter().zip(crate::program::ask("containerd", cases)) {
        let found = errors(case);
        let is_read = answer.get("error").is_none();
        accepted += usize::from(is_read);
        match (found.is_empty(), is_read) {
            (true, true) | (false, false) => {}
            (false, true) if found.iter().all(|text| MEANT.iter().any(|(part, _)| text.contains(part))) => meant += 1,
            _ => differing.push(format!("{case}: {found:?} {answer}")),
        }
    }
    assert!(differing.is_empty(), "{}", differing.join("\n"));
    assert!(accepted > cases.len() / 20 && accepted < cases.len(), "{accepted} of {}", cases.len());
    format!("{} cases, {accepted} are read, {meant} differ as meant", cases.len())
}

fn texts(found: Vec<Finding>) -> Vec<String> {
    found.into_iter().filter(Finding::is_error).map(|finding| finding.text).collect()
}

fn cases() -> usize {
    std::env::var("CONSUMER_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(CASES)
}

/// Tables of a configuration, some of which containerd cannot read.
fn tables() -> Vec<&'static str> {
    vec![
        "[grpc]\nuid = 0\nmax_recv_message_size = 16777216\n",
        "[grpc]\nuid = \"0\"\n",
        "[grpc]\ngid = 1.5\n",
        "[metrics]\naddress = \"127.0.0.1:1338\"\ngrpc_histogram = true\n",
        "[metrics]\naddress = 1338\n",
        "[metrics]\ngrpc_histogram = \"yes\"\n",
        "[debug]\nlevel = \"info\"\n",
        "[debug]\nlevel = true\n",
        "[cgroup]\npath = \"/containerd\"\n",
        "[cgroups]\npath = \"/containerd\"\n",
        "[timeouts]\n\"io.containerd.timeout.shim.load\" = \"5s\"\n",
        "[timeouts]\nshim = 5\n",
        "[proxy_plugins.soci]\ntype = \"snapshot\"\naddress = \"/run/soci.sock\"\n",
        "[proxy_plugins.soci]\ntype = 1\n",
        "[proxy_plugins.soci.exports]\nroot = \"/var/lib/soci\"\n",
        "[stream_processors.gzip]\naccepts = [\"a\"]\nargs = [1]\n",
        "[hologram]\na = 1\n",
        "[plugins.\"io.containerd.cri.v1.images\"]\nmax_concurrent_downloads = 8\n",
        "[plugins.\"io.containerd.grpc.v1.cri\"]\nsandbox_image = \"a\"\n",
        "[plugins.\"io.containerd.cri.v1.runtime\".containerd.runtimes.runc.options]\nSystemdCgroup = false\n",
        "[plugins.cri]\nsandbox_image = \"a\"\n",
        "[ttrpc]\nuid = [0]\n",
    ]
}

#[test]
fn configurations_are_read_as_by_containerd() {
    let heads = vec![
        "",
        "oom_score = -999\n",
        "oom_score = \"low\"\n",
        "root = 1\n",
        "imports = [\"/etc/none/*.toml\"]\n",
        "disabled_plugins = [1]\n",
    ];
    let strategy = (select(heads), subsequence(tables(), 1..4));
    let mut runner = TestRunner::deterministic();
    let configurations: Vec<String> = (0..cases())
        .map(|_| strategy.new_tree(&mut runner).expect("a case").current())
        .map(|(head, tables)| format!("version = 3\n{head}{}", tables.concat()))
        // Two tables of one name are no TOML, of which there is one case below.
        .chain(tables().iter().map(|table| (*table).to_owned()))
        .chain(["[grpc]\nuid = 0\n[grpc]\ngid = 0\n".to_owned(), "[grpc\n".to_owned()])
        .collect();
    let cases: Vec<Json> = configurations.iter().map(|config| json!({ "config": config })).collect();
    let counts = compare(&cases, |case| {
        let mut found = Vec::new();
        let config = case["config"].as_str().expect("text");
        containerd::check(config, Family::AmazonLinux2023, &Place::of("containerd_config"), "", &mut found);
        texts(found)
    });
    println!("{counts}");
}

/// Members of a specification with values of several types.
fn members() -> Vec<(&'static str, Json)> {
    let values = || {
        [
            json!(1),
            json!(-1),
            json!(1.5),
            json!("a"),
            json!(true),
            json!(["a"]),
            json!({"a": "b"}),
            Json::Null,
            json!(4_294_967_296_u64),
        ]
    };
    let paths = [
        "process/terminal",
        "process/cwd",
        "process/args",
        "process/oomScoreAdj",
        "process/noNewPrivileges",
        "process/user/uid",
        "process/user/additionalGids",
        "process/capabilities/bounding",
        "process/rlimits",
        "hostname",
        "annotations",
        "mounts",
        "hooks/createRuntime",
        "linux/sysctl",
        "linux/maskedPaths",
        "linux/rootfsPropagation",
        "linux/resources/memory/limit",
        "linux/resources/cpu/shares",
        "linux/resources/cpu/quota",
        "linux/resources/pids/limit",
        "linux/resources/unified",
        "linux/seccomp/defaultAction",
        "linux/devices",
    ];
    let of_types = paths.into_iter().flat_map(|path| values().into_iter().map(move |value| (path, value)));
    let limits = [
        json!([{"type": "RLIMIT_NOFILE", "soft": 1, "hard": 2}]),
        json!([{"type": "NOFILE", "soft": 1, "hard": 2}]),
        json!([{"type": "RLIMIT_NOFILE", "soft": 3, "hard": 2}]),
        json!([{"type": "RLIMIT_NOFILE", "soft": "1"}]),
        json!([{"type": 7}]),
    ];
    of_types.chain(limits.map(|value| ("process/rlimits", value))).collect()
}

#[test]
fn specifications_are_read_as_by_containerd() {
    let strategy = proptest::collection::vec(select(members()), 1..4);
    let mut runner = TestRunner::deterministic();
    let alone = members().into_iter().map(|member| vec![member]);
    let together: Vec<_> = (0..cases()).map(|_| strategy.new_tree(&mut runner).expect("a case").current()).collect();
    let cases: Vec<Json> = alone.chain(together).map(|members| json!({ "spec": spec(&members) })).collect();
    let counts = compare(&cases, |case| {
        let mut found = Vec::new();
        runtime_spec::check(case["spec"].as_object().expect("an object"), &Place::of("spec"), &mut found);
        texts(found)
    });
    println!("{counts}");
}

fn spec(members: &[(&str, Json)]) -> Json {
    let mut spec = Json::Object(Map::new());
    for (path, value) in members {
        let mut inside = &mut spec;
        for name in path.split('/') {
            if !inside.is_object() {
                *inside = Json::Object(Map::new());
            }
            inside = &mut inside[name];
        }
        *inside = value.clone();
    }
    spec
}
