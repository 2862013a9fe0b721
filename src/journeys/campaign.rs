//! Many journeys of one resource, and single ones again.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::generate;
use super::minimize::minimize;
use super::run::{Counts, Traveller};
use super::step::Step;
use super::subject::Subject;
use clients::aws::Aws;
use clients::aws::testing::unreachable_in;

/// Where the objects of the stand-ins are.
const REGION: &str = "eu-west-1";

/// The first seed, and how many journeys are run: the sample that every test run makes, unless `make journeys` asks for
/// more.
fn extent(sample: u64) -> (u64, u64) {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse().ok());
    (number("JOURNEYS_SEED").unwrap_or(1), number("JOURNEYS").unwrap_or(sample))
}

/// How many kinds of violations are reported in full.
const REPORTED: usize = 6;

/// Runs journeys. The test fails if one has a violation, with the shortest journey for each kind.
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

/// Waits on paused time: a timeout of an hour is over at once.
fn block_on<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build();
    runtime.expect("a runtime").block_on(future)
}

/// What a violation is about, without the step and the values.
fn kind(violation: &str) -> &str {
    let text = violation.split_once(": ").map_or(violation, |(_, text)| text);
    text.split(['[', ':']).next().unwrap_or(text)
}
