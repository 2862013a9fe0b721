//! Pools and a small region for the tests of checks.

use std::collections::BTreeMap;

use super::{Asked, Class, Pool, PoolCheck};
use crate::finding::CheckFinding;
use framework::path::Path;
use render::karpenter::controller::Controller;
use render::karpenter::instance_type::{Gpu, InstanceType, Network, NetworkCard, Neuron, Offer, Zone};
use render::karpenter::requirements::{Operator, Requirement};

pub(super) fn zone(number: u8) -> Zone {
    Zone { name: format!("us-east-1{}", char::from(b'a' + number - 1)), id: format!("use1-az{number}") }
}

fn offer(name: &str, vcpus: i64, gpus: &[(&str, &str, i64, i64)], zones: &[u8]) -> Offer {
    let gpu = |(name, manufacturer, count, memory_mib): &(&str, &str, i64, i64)| Gpu {
        name: (*name).to_owned(),
        manufacturer: (*manufacturer).to_owned(),
        count: *count,
        fraction: Some(if *count == 0 { 0.125 } else { 1.0 }),
        memory_mib: *memory_mib,
    };
    let architecture = if name.starts_with("g5g") { "arm64" } else { "x86_64" };
    let classes: &[&str] = if name.starts_with("p5e") { &["capacity-block"] } else { &["on-demand", "spot"] };
    Offer {
        instance_type: InstanceType {
            name: name.to_owned(),
            architectures: vec![architecture.to_owned()],
            vcpus,
            memory_mib: vcpus * 4096,
            gpus: gpus.iter().map(gpu).collect(),
            network: network(name),
            usage_classes: classes.iter().map(|class| (*class).to_owned()).collect(),
            ..InstanceType::default()
        },
        zones: zones.iter().map(|number| zone(*number)).collect(),
    }
}

/// Two interfaces a card; the big type has two cards with an adapter each, the others have one card and none.
fn network(name: &str) -> Network {
    let cards = if name.starts_with("p5e") { 2 } else { 1 };
    let card = |index| NetworkCard { index, most_interfaces: 2 };
    let most_efa_interfaces = if cards == 2 { 2 } else { 0 };
    Network { cards: (0..cards).map(card).collect(), most_efa_interfaces, ..Network::default() }
}

/// A small region.
pub(super) fn offers() -> Vec<Offer> {
    let mut trn1 = offer("trn1.32xlarge", 128, &[], &[1]);
    trn1.instance_type.neurons = vec![Neuron { name: "Trainium".to_owned(), count: 16, cores: 2, memory_mib: 32768 }];
    vec![
        offer("g4ad.xlarge", 4, &[("Radeon Pro V520", "AMD", 1, 8192)], &[1, 2]),
        offer("g5g.xlarge", 4, &[("T4g", "NVIDIA", 1, 16384)], &[1, 2]),
        offer("g6.12xlarge", 48, &[("L4", "NVIDIA", 4, 22888)], &[1]),
        offer("g6.xlarge", 4, &[("L4", "NVIDIA", 1, 22888)], &[1, 2]),
        offer("g6f.xlarge", 4, &[("L4", "NVIDIA", 0, 2861)], &[1, 2]),
        offer("gr6.4xlarge", 16, &[("L4", "NVIDIA", 1, 22888)], &[2]),
        offer("p5e.48xlarge", 192, &[("H200", "NVIDIA", 8, 144_384)], &[2]),
        trn1,
    ]
}

/// A requirement; `K/` stands for the prefix of Karpenter.
pub(super) fn asked(key: &str, operator: Operator, values: &[&str]) -> Asked {
    let key = key.replace("K/", "karpenter.k8s.aws/");
    let path = Path::attribute("requirement").key(&key);
    Asked { requirement: Requirement::new(key, operator, values.iter().copied()), path }
}

/// A pool of Karpenter that nothing is wrong with but what its requirements are.
pub(super) fn pool(requirements: &[(&str, Operator, &[&str])]) -> Pool {
    Pool {
        name: "gpu".to_owned(),
        controller: Controller::Karpenter,
        requirements: requirements.iter().map(|(key, operator, values)| asked(key, *operator, values)).collect(),
        requirements_path: Path::attribute("gpu"),
        labels: BTreeMap::new(),
        taints: Vec::new(),
        is_for_accelerators: true,
        has_adapters: false,
        limits: Vec::new(),
        class: None,
        missing_class: None,
        daemon_sets: None,
        reservations: None,
        security_groups: None,
    }
}

/// A pool of types that do what is expected of them.
pub(super) fn healthy() -> Pool {
    pool(&[("K/instance-family", Operator::In, &["g6"])])
}

/// A class of which nothing is known but that it is there.
pub(super) fn class() -> Class {
    Class { name: "gpu".to_owned(), ..Class::default() }
}

/// What a check finds in the small region.
pub(super) fn found(check: &PoolCheck, pool: &Pool) -> Vec<CheckFinding> {
    found_in(check, pool, &offers())
}

/// What a check finds of these offers.
pub(super) fn found_in(check: &PoolCheck, pool: &Pool, offers: &[Offer]) -> Vec<CheckFinding> {
    check.judge(pool, offers)
}

/// The one thing that a check finds: its path, and all its texts.
#[track_caller]
pub(super) fn only(check: &PoolCheck, pool: &Pool) -> (CheckFinding, String) {
    let mut found = found(check, pool);
    assert_eq!(found.len(), 1, "{found:?}");
    let verdict = found.remove(0);
    let text = format!("{}\n{}", verdict.summary, verdict.detail());
    (verdict, text)
}
