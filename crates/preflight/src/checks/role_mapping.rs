//! If the aws-auth ConfigMap controls node access, it maps the role to nodes.

use crate::derived::{ami_type, cluster};
use crate::facts::{Facts, Family, Skip};
use crate::finding::{CheckFindings, Effect, Finding};
use crate::{Check, Input, Kind, Subject};
use render::ami_types::OperatingSystem;
use render::aws_auth::{Entry, Listing, Mapping, Refusal};
use render::role_arn::without_path;

pub(super) const CHECK: Check = Check {
    name: "role_mapping",
    finds: "Reports an invalid `aws-auth` ConfigMap, or an entry for the role that does not grant node or Fargate \
            permissions, in clusters with the authentication mode CONFIG_MAP. EKS adds missing entries. Requires \
            `get` on the ConfigMap in the cluster and network access to its API server.",
    kinds: &[Kind::NodeGroup, Kind::FargateProfile],
    inputs: &[Input::Cluster, Input::Role, Input::AmiType],
    reads: &[Family::Cluster, Family::AwsAuth],
    effects: &[Effect::BlocksApply, Effect::Warns],
    run,
};

fn run(subject: &Subject, facts: &Facts, verdicts: &mut CheckFindings) -> Result<(), Skip> {
    let cluster = cluster(subject, facts)?;
    // In the other modes, EKS creates an access entry, which takes precedence.
    if cluster.authentication_mode != "CONFIG_MAP" {
        return Ok(());
    }
    let Some(map) = facts.aws_auth(cluster.name.as_str())? else { return Ok(()) };
    let listing = match Listing::read(&map.roles, Mapping::Roles) {
        Ok(listing) => listing,
        Err(why @ (Refusal::Unparsable { .. } | Refusal::NotAList)) => {
            let name = &cluster.name;
            let found = format!("mapRoles in the ConfigMap kube-system/aws-auth of cluster {name} is invalid: {why}.");
            let why = format!(
                "No principal in mapRoles can authenticate, including nodes. EKS adds the role of a {} to mapRoles, \
                 and rejects the invalid ConfigMap.",
                subject.kind.name()
            );
            let fix = "Correct the ConfigMap with kubectl edit configmap aws-auth --namespace kube-system.";
            let summary = "aws-auth ConfigMap is invalid";
            verdicts.blocks_apply(&subject.cluster.path, Finding::new(summary, found, why, fix));
            return Ok(());
        }
        // The result of the authenticator is unknown.
        Err(_) => return Ok(()),
    };
    let arn = subject.role_arn.need()?;
    let Ok(wanted) = wanted(subject, arn) else { return Ok(()) };
    let Some(entry) = listing.of(&wanted.arn).last() else { return Ok(()) };
    if let Some(lack) = entry.lacks(&wanted) {
        let found =
            format!("The last mapRoles entry for {} in aws-auth, at position {}, {lack}.", wanted.arn, entry.position);
        let why = "If there are several entries, the last one takes effect. EKS adds an entry only if none exists, so \
                   instances with this role are not authorized as nodes.";
        let fix = format!(
            "Set the username {:?} and the groups {} in the entry, or remove it before the {} is created.",
            wanted.username,
            wanted.groups.join(", "),
            subject.kind.name()
        );
        let summary = "aws-auth does not map the role to nodes";
        verdicts.warning(&subject.role_arn.path, Finding::new(summary, found, why, fix));
    }
    is_windows(subject).map(|_| ())
}

fn is_windows(subject: &Subject) -> Result<bool, Skip> {
    Ok(ami_type(subject)?.is_some_and(|ami_type| ami_type.system == OperatingSystem::Windows))
}

/// Returns the entry that EKS creates for the role, or an error if the ARN is not a role ARN. Unknown AMI types are
/// treated as Linux.
fn wanted(subject: &Subject, arn: &str) -> Result<Entry, ()> {
    let mut groups = vec!["system:bootstrappers", "system:nodes"];
    let username = match subject.kind {
        Kind::NodeGroup => "system:node:{{EC2PrivateDNSName}}",
        Kind::FargateProfile => {
            groups.push("system:node-proxier");
            "system:node:{{SessionName}}"
        }
    };
    if is_windows(subject) == Ok(true) {
        groups.push("eks:kube-proxy-windows");
    }
    let groups = groups.into_iter().map(str::to_owned).collect();
    Ok(Entry { arn: without_path(arn).map_err(|_| ())?, username: username.to_owned(), groups })
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::super::testing::{ROLE, World, fargate_profile, fires, is_silent, node_group};
    use super::*;
    use crate::facts::{AwsAuth, Fact, FactResult};

    fn with(world: World, mode: &str, roles: &str) -> World {
        let map = AwsAuth { roles: roles.to_owned() };
        world
            .cluster("demo", |cluster| cluster.authentication_mode = mode.to_owned())
            .with(Fact::AwsAuth("demo".to_owned(), FactResult::Known(map)))
    }

    fn entry(username: &str, groups: &str) -> String {
        format!("- rolearn: {ROLE}\n  username: {username}\n  groups: [{groups}]\n")
    }

    #[rstest]
    #[case::empty("")]
    #[case::of_others("- rolearn: arn:aws:iam::111122223333:role/other\n  username: x\n")]
    #[case::right(
        "- {rolearn: ROLE, username: \"system:node:{{EC2PrivateDNSName}}\", groups: [system:bootstrappers, system:nodes, more]}"
    )]
    #[case::two_documents("- rolearn: x\n---\n- rolearn: y\n")]
    fn map_that_works_is_no_finding(#[case] roles: &str) {
        is_silent(&CHECK, &with(node_group(), "CONFIG_MAP", &roles.replace("ROLE", ROLE)));
    }

    #[rstest]
    #[case::braces("- rolearn: x\n  username: {{SessionName}}\n", "not valid YAML")]
    #[case::map("rolearn: x\n", "not a list")]
    fn malformed_map_blocks_apply(#[case] roles: &str, #[case] words: &str) {
        for world in [node_group(), fargate_profile()] {
            fires(
                &CHECK,
                &with(world.clone(), "CONFIG_MAP", roles),
                Effect::BlocksApply,
                "cluster_name",
                &["demo", words],
            );
            is_silent(&CHECK, &with(world, "API_AND_CONFIG_MAP", roles));
        }
    }

    #[test]
    fn entry_that_is_not_one_of_nodes_is_found() {
        let nodes = |text: &str| with(node_group(), "CONFIG_MAP", text);
        let admin = nodes(&entry("admin", "system:masters"));
        fires(&CHECK, &admin, Effect::Warns, "node_role_arn", &["position 1", "username \"admin\""]);
        let name = "\"system:node:{{EC2PrivateDNSName}}\"";
        let good = entry(name, "system:nodes, system:bootstrappers");
        is_silent(&CHECK, &nodes(&(entry("admin", "") + &good)));
        let lacking = nodes(&(good.clone() + &entry(name, "system:nodes")));
        fires(
            &CHECK,
            &lacking,
            Effect::Warns,
            "node_role_arn",
            &["position 2", "lacks the group system:bootstrappers"],
        );
        let windows = nodes(&good).of_ami_type("WINDOWS_CORE_2022_x86_64");
        fires(&CHECK, &windows, Effect::Warns, "node_role_arn", &["lacks the group eks:kube-proxy-windows"]);
        let pods = with(fargate_profile(), "CONFIG_MAP", &good);
        fires(&CHECK, &pods, Effect::Warns, "pod_execution_role_arn", &["{{SessionName}}"]);
    }
}
