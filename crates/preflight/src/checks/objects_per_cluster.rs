//! The quota check of objects in a cluster, such as node groups.

use crate::Subject;
use crate::derived::cluster;
use crate::facts::{Facts, QuotaCode, Skip, both};
use crate::finding::{CheckFindings, Effect, Finding};

/// The names of the objects in a cluster. `None` if the cluster does not exist.
type Names = Result<Option<Vec<String>>, Skip>;

/// A kind of object whose number in a cluster is limited.
pub(super) struct Limited {
    /// The plural noun for users.
    pub(super) plural: &'static str,
    /// The EKS quota code.
    pub(super) code: &'static str,
    /// The fix for a reached quota.
    pub(super) fix: &'static str,
    /// Returns the names of the objects in a cluster.
    pub(super) names: fn(&Facts, &str) -> Names,
}

impl Limited {
    /// Reports a reached quota.
    pub(super) fn check(&self, subject: &Subject, facts: &Facts, verdicts: &mut CheckFindings) -> Result<(), Skip> {
        if !subject.is_new() {
            return Ok(());
        }
        let Self { plural, code, fix, names } = self;
        let cluster = cluster(subject, facts)?;
        let quota = QuotaCode { service: "eks".to_owned(), code: (*code).to_owned() };
        let (names, quota) = both(names(facts, &cluster.name), facts.quota(quota))?;
        let (names, most) = (names.ok_or(Skip::Absent)?, quota.ok_or(Skip::Absent)?.value);
        if let Some(effect) = full(subject, &names, most) {
            let found = format!(
                "The number of {plural} in cluster {} is {}, and the quota {code} is {most}.",
                cluster.name,
                names.len()
            );
            let summary = format!("Quota for {plural} reached");
            let why = format!("EKS rejects new {plural} in this cluster.");
            verdicts.push(effect, &subject.cluster.path, Finding::new(summary, found, why, *fix));
        }
        Ok(())
    }
}

/// Returns the effect of the finding if objects with these names have reached the quota. An object with the planned
/// name is deleted before the new one is created. An object that is replaced under a new name might be.
fn full(subject: &Subject, names: &[String], most: f64) -> Option<Effect> {
    let name = subject.name.value.text();
    let others = names.iter().filter(|other| Some(other.as_str()) != name).count();
    let is_full = u32::try_from(others).is_ok_and(|others| f64::from(others) >= most);
    is_full.then_some(if name.is_some() { Effect::BlocksApply } else { Effect::Warns })
}
