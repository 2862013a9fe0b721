//! Runs many journeys of one resource, and repeats single journeys.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::generate;
use super::minimize::minimize;
use super::run::{Counts, Traveller};
use super::step::Step;
use super::subject::Subject;
use clients::aws::Aws;
use clients::aws::testing::unreachable_in;

/// The location of the objects in the fakes.
const REGION: &str = "eu-west-1";

/// The first seed and the number of journeys. Every test run uses a sample, unless `make journeys` requests more.
fn extent(sample: u64) -> (u64, u64) {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse().ok());
    (number("JOURNEYS_SEED").unwrap_or(1), number("JOURNEYS").unwrap_or(sample))
}

/// Maximum number of kinds of violations that are reported in full.
const REPORTED: usize = 6;

/// Runs journeys. The test fails if one of them has a violation, and reports the shortest journey of each kind.
pub(crate) fn campaign<S: Subject>(sample: u64) {
    let aws = block_on(unreachable_in(REGION));
    let (first, count) = extent(sample);
    let mut total = Counts::default();
    let mut violations: BTreeMap<String, (usize, u64, String)> = BTreeMap::new();
    for seed in first..first + count {
        match travel::<S>(&aws, &generate::journey(&S::new(), seed), seed) {
            Ok(counts) => total = total.with(counts),
            Err(violation) => {
                let entry = violations.entry(kind(&violation).to_owned());
                entry.or_insert((0, seed, violation)).0 += 1;
            }
        }
    }
    let name = S::new().type_name();
    eprintln!("{name}: {total:?}, kinds of violations: {}", violations.len());
    let reports = violations.values().take(REPORTED).map(|(count, seed, violation)| {
        format!("{count} journeys, such as seed {seed}: {violation}\n{}", shortest::<S>(&aws, *seed, violation))
    });
    let reports: Vec<_> = reports.collect();
    assert!(reports.is_empty(), "{name}:\n{}", reports.join("\n"));
}

fn shortest<S: Subject>(aws: &Aws, seed: u64, violation: &str) -> String {
    let steps = generate::journey(&S::new(), seed);
    let shortest =
        minimize(steps, |steps| travel::<S>(aws, steps, seed).is_err_and(|other| kind(&other) == kind(violation)));
    let violation = travel::<S>(aws, &shortest, seed).err().unwrap_or_default();
    let text = serde_json::to_string(&shortest).expect("steps are JSON");
    format!("The shortest journey: {violation}\n{text}")
}

/// Odd seeds use a client with protocol 6.11.
fn travel<S: Subject>(aws: &Aws, steps: &[Step], seed: u64) -> Result<Counts, String> {
    let mut traveller = Traveller::new(Arc::new(S::new()), aws.clone(), seed % 2 == 1);
    block_on(traveller.travel(steps)).map(|()| Counts { journeys: 1, ..traveller.counts })
}

/// Runs on paused time, so that a timeout of an hour ends immediately.
fn block_on<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build();
    runtime.expect("a runtime").block_on(future)
}

/// Returns the kind of a violation, without the step and the values.
fn kind(violation: &str) -> &str {
    let text = violation.split_once(": ").map_or(violation, |(_, text)| text);
    text.split(['[', ':']).next().unwrap_or(text)
}
