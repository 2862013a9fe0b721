//! The access entry belongs to the current role.

use super::role_access_entry::entry;
use crate::derived::cluster;
use crate::facts::{Facts, Family, Skip};
use crate::finding::{CheckFindings, Effect, Finding};
use crate::{Check, Input, Kind, Subject};

pub(super) const CHECK: Check = Check {
    name: "role_recreated",
    finds: "Reports an access entry that is older than its role: the role was deleted and recreated, and the entry \
            still references the deleted role.",
    kinds: &[Kind::NodeGroup, Kind::FargateProfile],
    inputs: &[Input::Cluster, Input::Role],
    reads: &[Family::Cluster, Family::Role, Family::AccessEntry],
    effects: &[Effect::Warns],
    run,
};

fn run(subject: &Subject, facts: &Facts, verdicts: &mut CheckFindings) -> Result<(), Skip> {
    let (arn, cluster) = (subject.role_arn.need()?, cluster(subject, facts)?);
    let role = facts.role(arn.as_str())?.ok_or(Skip::Absent)?;
    let Some(entry) = entry(facts, cluster, arn)? else { return Ok(()) };
    if entry.created_at < role.created_at {
        let found = format!("The access entry for {arn} in cluster {} is older than the role.", cluster.name);
        let why = "An access entry references the unique ID of its role. The role was deleted and recreated with the \
                   same name, so the new role has no access.";
        let fix = format!(
            "Delete the entry so that EKS creates a new one: aws eks delete-access-entry --cluster-name {} \
             --principal-arn {arn}.",
            cluster.name
        );
        let summary = "Access entry belongs to a deleted role";
        verdicts.warning(&subject.role_arn.path, Finding::new(summary, found, why, fix));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::testing::{ROLE, fires, is_silent, node_group};
    use super::*;
    use crate::facts::{AccessEntry, Fact, FactResult, Principal};

    #[test]
    fn entry_must_not_be_older_than_the_role() {
        is_silent(&CHECK, &node_group());
        let entry = |created_at| {
            let entry = AccessEntry { kind: "EC2_LINUX".to_owned(), created_at, ..AccessEntry::default() };
            let principal = Principal { cluster: "demo".to_owned(), arn: ROLE.to_owned() };
            node_group().with(Fact::AccessEntry(principal, FactResult::Known(entry)))
        };
        is_silent(&CHECK, &entry(1_000));
        let stale = entry(999);
        fires(&CHECK, &stale, Effect::Warns, "node_role_arn", &["older than the role", "delete-access-entry"]);
        is_silent(&CHECK, &stale.cluster("demo", |cluster| cluster.authentication_mode = "CONFIG_MAP".to_owned()));
    }
}
