//! Sums up what the effect oracle of the acceptance tests has recorded.

use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::fs;
use std::path::PathBuf;

use serde_json::Value;

use crate::root;

/// Leaves that may be planned as unknown although no test sees them change: `type verb path reason`, one a line.
const JUSTIFIED: &str = "tests/acceptance/justified_noise.txt";

#[derive(Debug, Default)]
struct Sum {
    applies: usize,
    leaves: u64,
    violations: usize,
    /// Whether a leaf that was planned as unknown ever changed.
    unknown: BTreeMap<String, bool>,
}

/// Prints the sum. Fails if an apply did what its plan had not shown, or if a leaf is noise without a reason.
pub(crate) fn report() -> anyhow::Result<()> {
    let sum = read()?;
    eprintln!("effects: {} applies, {} leaves compared, {} violations", sum.applies, sum.leaves, sum.violations);
    let text = fs::read_to_string(root().join(JUSTIFIED))?;
    let justified = justified(&text)?;
    let noise: BTreeSet<_> =
        sum.unknown.iter().filter(|(_, changed)| !**changed).map(|(leaf, _)| leaf.as_str()).collect();
    for leaf in &noise {
        let reason = justified.get(*leaf).copied().unwrap_or("NO REASON");
        eprintln!("effects: noise: {leaf}: {reason}");
    }
    let unjustified: Vec<_> = noise.iter().filter(|leaf| !justified.contains_key(**leaf)).collect();
    let needless: Vec<_> = justified.keys().filter(|leaf| sum.unknown.get(*leaf) == Some(&true)).collect();
    anyhow::ensure!(sum.applies > 0, "no apply was recorded; run the acceptance tests first");
    anyhow::ensure!(sum.violations == 0, "applies did what their plans had not shown");
    anyhow::ensure!(unjustified.is_empty(), "plans show leaves as unknown that never change: {unjustified:?}");
    anyhow::ensure!(needless.is_empty(), "{JUSTIFIED} names leaves that do change: {needless:?}");
    Ok(())
}

/// Where the records of the last test run are.
fn folder() -> PathBuf {
    let target = env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from);
    target.join("tmp/effects")
}

/// Deletes the records of earlier test runs.
pub(crate) fn reset() -> anyhow::Result<()> {
    match fs::remove_dir_all(folder()) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
        _ => Ok(()),
    }
}

fn read() -> anyhow::Result<Sum> {
    let mut sum = Sum::default();
    for file in fs::read_dir(folder()).into_iter().flatten() {
        for line in fs::read_to_string(file?.path())?.lines() {
            let record: Value = serde_json::from_str(line)?;
            sum.applies += 1;
            sum.leaves += record["leaves"].as_u64().unwrap_or_default();
            sum.violations += record["violations"].as_array().map_or(0, Vec::len);
            for each in record["unknown"].as_array().into_iter().flatten() {
                let leaf = each[0].as_str().unwrap_or_default().to_owned();
                *sum.unknown.entry(leaf).or_default() |= each[1] == true;
            }
        }
    }
    Ok(sum)
}

/// Reasons by leaf.
fn justified(text: &str) -> anyhow::Result<BTreeMap<String, &str>> {
    let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    let mut reasons = BTreeMap::new();
    for line in lines {
        let mut parts = line.splitn(4, ' ');
        let leaf: Vec<_> = parts.by_ref().take(3).collect();
        let reason = parts.next().ok_or_else(|| anyhow::anyhow!("{JUSTIFIED}: {line:?} has no reason"))?;
        reasons.insert(leaf.join(" "), reason);
    }
    Ok(reasons)
}
