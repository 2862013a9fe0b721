//! The Kubernetes version is in standard support.

use crate::derived::kubernetes_version;
use crate::facts::{Facts, Family, Skip};
use crate::finding::{CheckFindings, Effect, Finding};
use crate::{Check, Input, Kind, Subject};

pub(super) const CHECK: Check = Check {
    name: "version_supported",
    finds: "Reports a Kubernetes version that is in extended support or no longer supported. If version is not set, \
            the cluster version is checked.",
    kinds: &[Kind::NodeGroup, Kind::FargateProfile],
    inputs: &[Input::Cluster, Input::Version],
    reads: &[Family::Cluster, Family::ClusterVersions],
    effects: &[Effect::Warns],
    run,
};

fn run(subject: &Subject, facts: &Facts, verdicts: &mut CheckFindings) -> Result<(), Skip> {
    let version = kubernetes_version(subject, facts)?;
    let versions = facts.cluster_versions(())?.ok_or(Skip::Absent)?;
    let Some(known) = versions.get(version) else { return Ok(()) };
    let path = if subject.version.value.is_null() { &subject.cluster.path } else { &subject.version.path };
    let day = |moment: &Option<String>| {
        moment.as_deref().and_then(|moment| moment.get(..10)).map_or_else(String::new, |day| format!(" on {day}"))
    };
    let standard = day(&known.end_of_standard_support);
    let extended = day(&known.end_of_extended_support);
    let fix = "Upgrade the cluster, then its nodes.";
    match known.status.as_str() {
        "EXTENDED_SUPPORT" => {
            let found = format!("Standard support for Kubernetes {version} ended{standard}.");
            let why = format!(
                "EKS charges a higher hourly rate for clusters in extended support, which ends{extended}. EKS then \
                 automatically upgrades the control plane."
            );
            verdicts.warning(path, Finding::new("Kubernetes version is in extended support", found, why, fix));
        }
        "UNSUPPORTED" => {
            let found = format!("Extended support for Kubernetes {version} ended{extended}.");
            let why = "EKS can automatically upgrade the control plane at any time, and no longer publishes AMIs for \
                       the version.";
            verdicts.warning(path, Finding::new("Kubernetes version no longer supported", found, why, fix));
        }
        _ => {}
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::testing::{World, fargate_profile, fires, is_silent, node_group};
    use super::*;
    use crate::facts::{ClusterVersion, Fact, FactResult};
    use framework::model::Attr;

    fn of(world: World, status: &str) -> World {
        let version = ClusterVersion {
            status: status.to_owned(),
            end_of_standard_support: Some("2026-07-29T00:00:00Z".to_owned()),
            end_of_extended_support: Some("2027-07-29T00:00:00Z".to_owned()),
        };
        world.with(Fact::ClusterVersions((), FactResult::Known([("1.33".to_owned(), version)].into())))
    }

    #[test]
    fn support_must_not_be_over() {
        is_silent(&CHECK, &node_group());
        is_silent(&CHECK, &of(node_group(), "STANDARD_SUPPORT"));
        let words = &["1.33 ended on 2026-07-29", "which ends on 2027-07-29"];
        fires(&CHECK, &of(node_group(), "EXTENDED_SUPPORT"), Effect::Warns, "cluster_name", words);
        fires(&CHECK, &of(fargate_profile(), "EXTENDED_SUPPORT"), Effect::Warns, "cluster_name", words);
        let over = of(node_group(), "UNSUPPORTED");
        fires(&CHECK, &over, Effect::Warns, "cluster_name", &["1.33 ended on 2027-07-29"]);
        let given = over.plan(|subject| subject.version.value = Attr::from("1.33"));
        fires(&CHECK, &given, Effect::Warns, "version", &[]);
        is_silent(&CHECK, &given.plan(|subject| subject.version.value = Attr::from("1.99")));
    }
}
