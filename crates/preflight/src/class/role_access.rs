//! Nodes with the role are allowed to join the cluster.

use super::{BOTH, Class, ClassCheck, Input};
use crate::facts::{AccessEntry, Cluster, Facts, Family, Principal, Role, Skip};
use crate::finding::{CheckFindings, Effect, Finding};
use framework::path::Path;
use render::aws_auth::{Entry, Listing, Mapping};
use render::karpenter::controller::Controller;
use render::role_arn::without_path;

pub(super) const CHECK: ClassCheck = ClassCheck {
    name: "class_role_access",
    finds: "Reports a role that does not allow nodes to join. Karpenter nodes require an access entry of type \
            EC2_LINUX (EC2_WINDOWS for Windows) or an `aws-auth` entry. EKS Auto Mode nodes require an access entry of \
            type EC2 with the policy AmazonEKSAutoNodePolicy. If the cluster uses only access entries, an entry of a \
            type that is not for nodes is an error. Reading `aws-auth` requires `get` on the ConfigMap in the \
            cluster.",
    kinds: BOTH,
    inputs: &[Input::Cluster, Input::Role, Input::Ami],
    reads: &[
        Family::Cluster,
        Family::Role,
        Family::InstanceProfile,
        Family::AccessEntry,
        Family::AccessPolicies,
        Family::AwsAuth,
    ],
    effects: &[Effect::BlocksApply, Effect::Warns],
    run,
};

const AUTO_NODE_POLICY: &str = "AmazonEKSAutoNodePolicy";
const WHY: &str = "Instances are launched but do not join the cluster.";

/// The objects that the check compares.
struct View<'v> {
    class: &'v Class,
    cluster: &'v Cluster,
    role: &'v Role,
    path: &'v Path,
}

fn run(class: &Class, facts: &Facts, verdicts: &mut CheckFindings) -> Result<(), Skip> {
    let cluster = class.cluster(facts)?;
    let (role, path) = class.node_role(facts)?;
    let view = View { class, cluster, role, path };
    let entry = match cluster.authentication_mode.as_str() {
        "CONFIG_MAP" => None,
        _ => facts.access_entry(view.principal())?,
    };
    match (entry, class.controller) {
        (Some(entry), _) => view.of_entry(entry, facts, verdicts),
        // EKS Auto Mode nodes are authorized only through access entries.
        (None, Controller::AutoMode) => {
            view.without_entry("EKS creates it automatically only if a built-in node pool is enabled.", verdicts);
            Ok(())
        }
        (None, Controller::Karpenter) if cluster.authentication_mode == "API" => {
            view.without_entry("EKS does not create entries for nodes that Karpenter launches.", verdicts);
            Ok(())
        }
        (None, Controller::Karpenter) => view.of_config_map(facts, verdicts),
    }
}

impl View<'_> {
    fn principal(&self) -> Principal {
        Principal { cluster: self.cluster.name.clone(), arn: self.role.arn.clone() }
    }

    /// Returns the access entry type that authorizes a role for nodes.
    fn wanted(&self) -> Result<&'static str, Skip> {
        Ok(match self.class.controller {
            Controller::AutoMode => "EC2",
            Controller::Karpenter if self.is_windows()? => "EC2_WINDOWS",
            Controller::Karpenter => "EC2_LINUX",
        })
    }

    fn is_windows(&self) -> Result<bool, Skip> {
        let family = self.class.family.get()?.is_some_and(|family| family.starts_with("Windows"));
        Ok(family || self.class.alias.get()?.is_some_and(|alias| alias.starts_with("windows")))
    }

    fn of_entry(&self, entry: &AccessEntry, facts: &Facts, verdicts: &mut CheckFindings) -> Result<(), Skip> {
        let Self { cluster, role, path, .. } = self;
        let wanted = self.wanted()?;
        if entry.kind == wanted {
            return if wanted == "EC2" { self.policies(facts, verdicts) } else { Ok(()) };
        }
        // An entry for Windows also allows Linux nodes to join.
        if (wanted, entry.kind.as_str()) == ("EC2_LINUX", "EC2_WINDOWS") {
            return Ok(());
        }
        let decides = cluster.authentication_mode == "API" && !entry.kind.starts_with("EC2");
        let effect = if decides { Effect::BlocksApply } else { Effect::Warns };
        let found = format!("Cluster {} has an access entry of type {} for {}.", cluster.name, entry.kind, role.arn);
        let why = format!("{} nodes require an entry of type {wanted}. {WHY}", self.class.controller());
        let fix = format!(
            "Use a separate node role, or recreate the entry with type {wanted}. The type of an existing entry cannot \
             be changed."
        );
        let summary = "Access entry has the wrong type";
        verdicts.push(effect, path, Finding::new(summary, found, why, fix));
        Ok(())
    }

    fn without_entry(&self, reason: &str, verdicts: &mut CheckFindings) {
        // An unknown family is most likely a Linux family.
        let wanted = self.wanted().unwrap_or("EC2_LINUX");
        let found = format!("Cluster {} has no access entry for {}. {reason}", self.cluster.name, self.role.arn);
        let policy = match self.class.controller {
            Controller::AutoMode => format!(" with the access policy {AUTO_NODE_POLICY}"),
            Controller::Karpenter => String::new(),
        };
        let fix = format!(
            "Create an access entry of type {wanted}{policy}, for example with ekscompute_access_entry. If the same \
             apply creates it, ignore this warning."
        );
        verdicts.warning(self.path, Finding::new("Role has no access entry", found, WHY, fix));
    }

    fn policies(&self, facts: &Facts, verdicts: &mut CheckFindings) -> Result<(), Skip> {
        let policies = facts.access_policies(self.principal())?.ok_or(Skip::Absent)?;
        let is_there = |arn: &String| arn.rsplit('/').next() == Some(AUTO_NODE_POLICY);
        if !policies.iter().any(is_there) {
            let found = format!("The access entry for {} lacks the access policy {AUTO_NODE_POLICY}.", self.role.arn);
            let fix = format!(
                "Associate {AUTO_NODE_POLICY} with the entry, with the entire cluster as its scope. If the same apply \
                 does this, ignore this warning."
            );
            verdicts.warning(self.path, Finding::new("Access entry lacks the node policy", found, WHY, fix));
        }
        Ok(())
    }

    fn of_config_map(&self, facts: &Facts, verdicts: &mut CheckFindings) -> Result<(), Skip> {
        let Self { cluster, role, path, .. } = self;
        let map = facts.aws_auth(cluster.name.as_str())?.map(|map| map.roles.as_str()).unwrap_or_default();
        // The entries of an unreadable list are unknown.
        let (Ok(listing), Ok(arn)) = (Listing::read(map, Mapping::Roles), without_path(&role.arn)) else {
            return Ok(());
        };
        let wanted = self.entry(arn);
        let lack = match listing.of(&wanted.arn).last() {
            None => format!("mapRoles in aws-auth has no entry for {}", wanted.arn),
            Some(entry) => match entry.lacks(&wanted) {
                Some(lack) => format!("The last mapRoles entry for {} in aws-auth {lack}", wanted.arn),
                None => return Ok(()),
            },
        };
        let found = match cluster.authentication_mode.as_str() {
            "CONFIG_MAP" => format!("{lack}."),
            _ => format!("{lack}, and cluster {} has no access entry for {}.", cluster.name, role.arn),
        };
        let fix = format!(
            "Map the role to the username {:?} and the groups {}, for example with ekscompute_aws_auth_map_role. If \
             the same apply does this, ignore this warning.",
            wanted.username,
            wanted.groups.join(", ")
        );
        verdicts.warning(path, Finding::new("aws-auth does not map the role to nodes", found, WHY, fix));
        Ok(())
    }

    /// Returns the entry for nodes. Unknown families are treated as Linux.
    fn entry(&self, arn: String) -> Entry {
        let groups = ["system:bootstrappers", "system:nodes"].into_iter();
        let more = (self.is_windows() == Ok(true)).then_some("eks:kube-proxy-windows");
        let groups = groups.chain(more).map(str::to_owned).collect();
        Entry { arn, username: "system:node:{{EC2PrivateDNSName}}".to_owned(), groups }
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::super::testing::{ROLE, ROLE_ARN, World, auto_mode, fires, is_silent, karpenter};
    use super::*;
    use crate::facts::{AwsAuth, Fact, FactResult};
    use crate::subject::ConfiguredInput;

    fn with(world: World, mode: &str, kind: Option<&str>) -> World {
        let entry = kind.map(|kind| AccessEntry { kind: kind.to_owned(), ..AccessEntry::default() });
        let principal = Principal { cluster: "demo".to_owned(), arn: ROLE_ARN.to_owned() };
        world
            .cluster(|cluster| cluster.authentication_mode = mode.to_owned())
            .with(Fact::AccessEntry(principal, entry.map_or(FactResult::Missing, FactResult::Known)))
    }

    fn mapped(world: World, roles: &str) -> World {
        let map = AwsAuth { roles: roles.replace("ROLE", "arn:aws:iam::111122223333:role/nodes") };
        world.with(Fact::AwsAuth("demo".to_owned(), FactResult::Known(map)))
    }

    #[rstest]
    #[case::nodes("API", "EC2_LINUX", None)]
    #[case::windows("API", "EC2_WINDOWS", None)]
    #[case::auto_mode("API", "EC2", Some(Effect::Warns))]
    #[case::standard("API", "STANDARD", Some(Effect::BlocksApply))]
    #[case::fargate("API", "FARGATE_LINUX", Some(Effect::BlocksApply))]
    #[case::beside_the_config_map("API_AND_CONFIG_MAP", "STANDARD", Some(Effect::Warns))]
    fn karpenter_access_entry_type_is_checked(
        #[case] mode: &str,
        #[case] kind: &str,
        #[case] severity: Option<Effect>,
    ) {
        let world = with(karpenter(), mode, Some(kind));
        match severity {
            None => is_silent(&CHECK, &world),
            Some(severity) => {
                let words = &[ROLE_ARN, kind, "of type EC2_LINUX"];
                fires(&CHECK, &world, severity, "role", words);
                fires(&CHECK, &world.with_profile(Some(ROLE)), severity, "instance_profile", words);
            }
        }
    }

    #[test]
    fn windows_has_its_own_type() {
        let windows =
            |world: World| world.plan(|class| class.family = ConfiguredInput::known("ami_family", "Windows2022"));
        let world = windows(with(karpenter(), "API", Some("EC2_LINUX")));
        fires(&CHECK, &world, Effect::Warns, "role", &["of type EC2_WINDOWS"]);
        is_silent(&CHECK, &windows(with(karpenter(), "API", Some("EC2_WINDOWS"))));
        let map = "- {rolearn: ROLE, username: \"system:node:{{EC2PrivateDNSName}}\", groups: [system:bootstrappers, system:nodes]}";
        let alias = |world: World| world.plan(|class| class.alias = ConfiguredInput::known("a", "windows2022@latest"));
        let world = alias(mapped(with(karpenter(), "CONFIG_MAP", None), map));
        fires(&CHECK, &world, Effect::Warns, "role", &["lacks the group eks:kube-proxy-windows"]);
    }

    #[test]
    fn without_an_entry_the_config_map_may_decide() {
        let words = &["has no access entry for", ROLE_ARN, "ekscompute_access_entry"];
        fires(&CHECK, &with(karpenter(), "API", None), Effect::Warns, "role", words);
        for mode in ["CONFIG_MAP", "API_AND_CONFIG_MAP"] {
            let world = with(karpenter(), mode, None);
            fires(&CHECK, &world, Effect::Warns, "role", &["mapRoles in aws-auth has no entry for"]);
            let good = "- {rolearn: ROLE, username: \"system:node:{{EC2PrivateDNSName}}\", groups: [system:bootstrappers, system:nodes]}";
            is_silent(&CHECK, &mapped(world.clone(), good));
            let admin = mapped(world.clone(), "- {rolearn: ROLE, username: admin, groups: [system:masters]}");
            fires(&CHECK, &admin, Effect::Warns, "role", &["has the username \"admin\""]);
            is_silent(&CHECK, &mapped(world, "not: a list"));
        }
    }

    #[test]
    fn auto_mode_has_its_own_type_and_policy() {
        let entry = |kind| with(auto_mode(), "API", kind);
        fires(
            &CHECK,
            &entry(None),
            Effect::Warns,
            "role",
            &["of type EC2 with the access policy AmazonEKSAutoNodePolicy"],
        );
        fires(&CHECK, &entry(Some("STANDARD")), Effect::BlocksApply, "role", &["nodes require an entry of type EC2."]);
        fires(
            &CHECK,
            &entry(Some("EC2_LINUX")),
            Effect::Warns,
            "role",
            &["EC2_LINUX", "nodes require an entry of type EC2."],
        );
        is_silent(&CHECK, &entry(Some("EC2")));
        let bare = entry(Some("EC2")).policies(&[]);
        fires(&CHECK, &bare, Effect::Warns, "role", &["lacks the access policy AmazonEKSAutoNodePolicy"]);
    }

    #[test]
    fn roles_and_clusters_not_yet_created_are_skipped() {
        let world = with(karpenter(), "API", None);
        is_silent(&CHECK, &world.clone().without_cluster());
        is_silent(&CHECK, &world.clone().with(Fact::Role(ROLE.to_owned(), FactResult::Missing)));
        is_silent(&CHECK, &world.with_profile(None));
    }
}
