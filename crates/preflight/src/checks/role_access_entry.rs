//! The access entry of the role has the type for nodes or for Fargate.

use crate::derived::{ami_type, cluster};
use crate::facts::{AccessEntry, Cluster, Facts, Family, Principal, Skip};
use crate::finding::{CheckFindings, Effect, Finding};
use crate::{Check, Input, Kind, Subject};
use render::ami_types::OperatingSystem;

pub(super) const CHECK: Check = Check {
    name: "role_access_entry",
    finds: "Reports an access entry for the role whose type does not match the nodes or Fargate, if the cluster uses \
            access entries. If the entry does not exist, EKS creates it with the correct type.",
    kinds: &[Kind::NodeGroup, Kind::FargateProfile],
    inputs: &[Input::Cluster, Input::Role, Input::AmiType],
    reads: &[Family::Cluster, Family::AccessEntry],
    effects: &[Effect::BlocksApply, Effect::Warns],
    run,
};

fn run(subject: &Subject, facts: &Facts, verdicts: &mut CheckFindings) -> Result<(), Skip> {
    let (arn, cluster) = (subject.role_arn.need()?, cluster(subject, facts)?);
    let Some(entry) = entry(facts, cluster, arn)? else { return Ok(()) };
    let is_windows = || Ok(ami_type(subject)?.is_some_and(|ami_type| ami_type.system == OperatingSystem::Windows));
    let wanted = match (subject.kind, entry.kind.as_str()) {
        (Kind::FargateProfile, "FARGATE_LINUX") | (Kind::NodeGroup, "EC2_WINDOWS") => return Ok(()),
        (Kind::FargateProfile, _) => "FARGATE_LINUX",
        (Kind::NodeGroup, "EC2_LINUX") if !is_windows()? => return Ok(()),
        (Kind::NodeGroup, "EC2_LINUX") => "EC2_WINDOWS",
        (Kind::NodeGroup, _) => "EC2_LINUX",
    };
    // In addition to an entry, the ConfigMap can grant access. EKS Auto Mode nodes have almost the same permissions as
    // other nodes.
    let decides = cluster.authentication_mode == "API" && !["EC2", "EC2_LINUX"].contains(&entry.kind.as_str());
    let effect = if decides { Effect::BlocksApply } else { Effect::Warns };
    let found = format!("Cluster {} has an access entry of type {} for {arn}.", cluster.name, entry.kind);
    let why = match (subject.kind, entry.kind.as_str()) {
        (Kind::NodeGroup, "EC2_LINUX") => "The entry does not grant kube-proxy its permissions on Windows nodes.",
        (Kind::NodeGroup, _) => "The entry does not grant node permissions, and nodes with this role cannot join.",
        (Kind::FargateProfile, "EC2_LINUX" | "EC2_WINDOWS") => {
            "The role is used for nodes. EKS rejects it for Fargate, and pods that use it cannot start."
        }
        (Kind::FargateProfile, _) => "The entry does not grant Fargate node permissions, and pods cannot start.",
    };
    let fix = format!("Use a separate role, or delete the entry, so that EKS creates one of type {wanted}.");
    verdicts.push(effect, &subject.role_arn.path, Finding::new("Access entry has the wrong type", found, why, fix));
    Ok(())
}

/// Returns the access entry of the role if the cluster uses access entries.
pub(super) fn entry<'f>(facts: &'f Facts, cluster: &Cluster, arn: &str) -> Result<Option<&'f AccessEntry>, Skip> {
    if !["API", "API_AND_CONFIG_MAP"].contains(&cluster.authentication_mode.as_str()) {
        return Ok(None);
    }
    facts.access_entry(Principal { cluster: cluster.name.clone(), arn: arn.to_owned() })
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::super::testing::{ROLE, World, fargate_profile, fires, is_silent, node_group};
    use super::*;
    use crate::facts::{Fact, FactResult};

    fn with(world: World, mode: &str, kind: &str) -> World {
        let entry = AccessEntry { kind: kind.to_owned(), created_at: 2_000, ..AccessEntry::default() };
        let principal = Principal { cluster: "demo".to_owned(), arn: ROLE.to_owned() };
        world
            .cluster("demo", |cluster| cluster.authentication_mode = mode.to_owned())
            .with(Fact::AccessEntry(principal, FactResult::Known(entry)))
    }

    #[rstest]
    #[case::standard("API", "STANDARD", Some(Effect::BlocksApply))]
    #[case::beside_the_config_map("API_AND_CONFIG_MAP", "STANDARD", Some(Effect::Warns))]
    #[case::fargate("API", "FARGATE_LINUX", Some(Effect::BlocksApply))]
    #[case::auto_mode("API", "EC2", Some(Effect::Warns))]
    #[case::nodes("API", "EC2_LINUX", None)]
    #[case::windows("API", "EC2_WINDOWS", None)]
    #[case::no_entries("CONFIG_MAP", "STANDARD", None)]
    fn entry_of_a_node_role(#[case] mode: &str, #[case] kind: &str, #[case] effect: Option<Effect>) {
        let world = with(node_group(), mode, kind);
        match effect {
            Some(effect) => fires(&CHECK, &world, effect, "node_role_arn", &[ROLE, kind, "type EC2_LINUX"]),
            None => is_silent(&CHECK, &world),
        }
    }

    #[test]
    fn windows_nodes_need_their_own_type() {
        let world = with(node_group(), "API", "EC2_LINUX").of_ami_type("WINDOWS_CORE_2022_x86_64");
        fires(&CHECK, &world, Effect::Warns, "node_role_arn", &["kube-proxy", "EC2_WINDOWS"]);
    }

    #[test]
    fn fargate_needs_its_own_type() {
        let path = "pod_execution_role_arn";
        is_silent(&CHECK, &with(fargate_profile(), "API", "FARGATE_LINUX"));
        is_silent(&CHECK, &fargate_profile());
        fires(&CHECK, &with(fargate_profile(), "API", "STANDARD"), Effect::BlocksApply, path, &["FARGATE_LINUX"]);
        fires(&CHECK, &with(fargate_profile(), "API", "EC2_LINUX"), Effect::Warns, path, &["used for nodes"]);
    }
}
