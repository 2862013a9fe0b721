//! Differential tests against the kubelet of each minor version: it starts with exactly those flags and configurations that
//! the provider accepts.

mod values;

use std::collections::BTreeSet;

use proptest::prelude::Strategy;
use proptest::sample::select;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use render::kubelet_config::{self, base, flags, gates, startup};
use render::node::{Family, Finding, Mode, Node, Place, check};
use serde_json::{Value as Json, json};

/// The minor versions that `make consumers` builds: the oldest, and the newest that Amazon EKS offers. `make kubelets` builds
/// all, and lists them in `CONSUMER_KUBELETS`.
const BUILT: [u32; 2] = [31, 36];

/// Number of generated configurations for each minor version.
const CASES: usize = 1_500;

fn minors() -> Vec<u32> {
    match std::env::var("CONSUMER_KUBELETS") {
        Ok(list) => list.split_whitespace().map(|minor| minor.parse().expect("a minor version")).collect(),
        Err(_) => BUILT.to_vec(),
    }
}

fn cases() -> usize {
    std::env::var("CONSUMER_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(CASES)
}

fn ask(minor: u32, requests: &[Json]) -> Vec<Json> {
    crate::program::ask(&format!("kubelet-1.{minor}"), requests)
}

/// The configuration that nodeadm writes. `failCgroupV1` is off because the machine of the tests may have cgroup v1.
fn node_software(minor: u32) -> Json {
    let mut base = base::of(Family::AmazonLinux2023, minor);
    base["failCgroupV1"] = json!(false);
    base
}

/// Compares the verdicts on each configuration for every minor version. Each verdict must occur often.
#[allow(clippy::print_stdout, reason = "the counts of a campaign")]
fn compare(cases: &[Json], least: usize) {
    for minor in minors() {
        let base = node_software(minor);
        let requests: Vec<_> = cases.iter().map(|case| json!({ "base": base, "config": case })).collect();
        let mut started = 0;
        let mut differing = Vec::new();
        for (case, answer) in cases.iter().zip(ask(minor, &requests)) {
            let found = errors(case, &base, minor);
            let starts = answer.get("errors").is_none();
            let is_intended = !found.is_empty() && found.iter().all(|finding| intended(&finding.text));
            if found.is_empty() != starts && !is_intended {
                differing.push(format!("1.{minor} {case}: {found:?} {answer}"));
            }
            started += usize::from(starts);
        }
        println!("1.{minor}: {} configurations, {started} start, {} differ", cases.len(), differing.len());
        assert!(differing.is_empty(), "{}", differing.join("\n"));
        assert!(started > least && started < cases.len() - least, "1.{minor}: {started} of {}", cases.len());
    }
}

/// The errors of the provider for members over a configuration.
fn errors(case: &Json, base: &Json, minor: u32) -> Vec<Finding> {
    let members = case.as_object().expect("an object");
    let mut found = Vec::new();
    kubelet_config::check(members, Some(minor), &Place::whole(), &mut found);
    if !found.iter().any(Finding::is_error) {
        found.extend(startup::over(members, base, Some(minor), Mode::SelfManaged, &Place::whole()));
    }
    found.retain(Finding::is_error);
    found
}

#[test]
fn tables_list_the_flags_and_gates_of_the_kubelet() {
    for minor in minors() {
        let answer = ask(minor, &[json!({ "names": true })]).remove(0);
        let names = |member: &str| -> BTreeSet<String> {
            let list = answer[member].as_array().expect("a list");
            list.iter().filter_map(|name| name.as_str().map(str::to_owned)).collect()
        };
        let has = |since: u8, until: u8| (u32::from(since)..=u32::from(until)).contains(&minor);
        let flags = flags::FLAGS.iter().filter(|(_, since, until)| has(*since, *until));
        assert_eq!(flags.map(|(name, ..)| (*name).to_owned()).collect::<BTreeSet<_>>(), names("flags"), "1.{minor}");
        let gates = gates::GATES.iter().chain(gates::LIBRARY_GATES).filter(|(_, since, until, _)| has(*since, *until));
        let gates: BTreeSet<_> =
            gates.map(|(name, ..)| *name).chain(["AllAlpha", "AllBeta"]).map(str::to_owned).collect();
        assert_eq!(gates, names("gates"), "1.{minor}");
    }
}

#[test]
fn flag_names_are_accepted_as_by_the_kubelet() {
    let given =
        ["--v=4", "--vv=4", "--container-runtime=remote", "--max-pods=5", "--fail-cgroupv1=false", "--cloud-config=a"];
    for minor in minors() {
        let answers = ask(minor, &given.map(|flag| json!({ "flags": [flag] })));
        for (flag, answer) in given.iter().zip(answers) {
            let name = flag.trim_start_matches("--").split('=').next().unwrap_or_default();
            let is_accepted = flags::check(name, Some(minor)).is_none();
            assert_eq!(is_accepted, answer.get("errors").is_none(), "1.{minor} {flag}: {answer}");
        }
    }
}

#[test]
fn single_values_start_as_with_the_kubelet() {
    let values = values::members();
    let each = values.iter().flat_map(|(name, values)| values.iter().map(|value| json!({ *name: value })));
    compare(&each.collect::<Vec<_>>(), 40);
}

#[test]
fn combined_values_start_as_with_the_kubelet() {
    let values = values::members();
    let pairs: Vec<(&str, Json)> =
        values.iter().flat_map(|(name, values)| values.iter().map(|value| (*name, value.clone()))).collect();
    let strategy = proptest::collection::vec(select(pairs), 1..5);
    let strategy = strategy
        .prop_map(|pairs| Json::Object(pairs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()));
    let mut runner = TestRunner::deterministic();
    let cases: Vec<Json> = (0..cases()).map(|_| strategy.new_tree(&mut runner).expect("a case").current()).collect();
    compare(&cases, cases.len() / 20);
}

#[test]
fn dependent_members_start_as_with_the_kubelet() {
    compare(&values::dependent_members(), 5);
}

/// Intended differences between the provider and the kubelet: a part of the provider's message, and the reason.
const INTENDED: [(&str, &str); 4] = [
    (
        "with runOnce",
        "Kubernetes 1.31 starts with runOnce, runs the pods of a directory, and ends without joining the cluster",
    ),
    ("is not supported in kubelet_config", "another input sets the member, and two would contradict each other"),
    ("also sets", "a setting in two places works, and one of them has no effect"),
    ("is set twice", "the last value of a repeated flag counts, and the others have no effect"),
];

fn intended(text: &str) -> bool {
    INTENDED.iter().any(|(part, _)| text.contains(part))
}

#[test]
fn flags_over_members_start_as_with_the_kubelet() {
    let members = values::members();
    let members: Vec<(&str, Json)> =
        members.iter().flat_map(|(name, values)| values.iter().map(|value| (*name, value.clone()))).collect();
    let strategy =
        (proptest::collection::vec(select(values::flags()), 1..4), proptest::collection::vec(select(members), 0..3));
    let mut runner = TestRunner::deterministic();
    let alone = values::flags().into_iter().map(|flag| (vec![flag], Vec::new()));
    let together = (0..cases()).map(|_| strategy.new_tree(&mut runner).expect("a case").current());
    let cases: Vec<(Vec<&str>, Json)> = alone
        .chain(together.collect::<Vec<_>>())
        .map(|(flags, members)| {
            (flags, Json::Object(members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()))
        })
        .collect();
    for minor in minors() {
        let base = node_software(minor);
        let requests: Vec<_> =
            cases.iter().map(|(flags, config)| json!({ "base": base, "config": config, "flags": flags })).collect();
        let (mut started, mut differences) = (0, 0);
        let mut differing = Vec::new();
        for ((flags, config), answer) in cases.iter().zip(ask(minor, &requests)) {
            let found = verdict(flags, config, minor);
            let starts = answer.get("errors").is_none();
            started += usize::from(starts);
            match (found.is_empty(), starts) {
                (true, true) | (false, false) => {}
                (false, true) if found.iter().all(|text| intended(text)) => differences += 1,
                _ => differing.push(format!("1.{minor} {flags:?} {config}: {found:?} {answer}")),
            }
        }
        println!(
            "1.{minor}: {} cases, {started} start, {differences} intended differences, {} differ",
            cases.len(),
            differing.len()
        );
        assert!(differing.is_empty(), "{}", differing.join("\n"));
        assert!(started > cases.len() / 20, "1.{minor}: {started} of {}", cases.len());
    }
}

/// The errors that the provider reports.
fn verdict(flags: &[&str], config: &Json, minor: u32) -> Vec<String> {
    let node = Node {
        kubelet_config: config.clone(),
        kubelet_flags: flags.iter().map(|flag| (*flag).to_owned()).collect(),
        kubernetes_version: Some((1, minor)),
        ..Node::new(Family::AmazonLinux2023, Mode::SelfManaged)
    };
    check(&node).into_iter().filter(Finding::is_error).map(|finding| finding.text).collect()
}
