//! EKS offers the AMI type for the Kubernetes version.

use crate::derived::{ami_type, kubernetes_version};
use crate::facts::{Facts, Family, Release, Skip};
use crate::finding::{CheckFindings, Effect, Finding};
use crate::{Check, Input, Kind, Subject};
use render::ami_types::OperatingSystem;
use render::kubernetes_version::parse_release;

pub(super) const CHECK: Check = Check {
    name: "ami_type_version",
    finds: "Reports AMI types that EKS does not offer for the Kubernetes version of the nodes, such as Amazon Linux 2 \
            for 1.33 and later.",
    kinds: &[Kind::NodeGroup],
    inputs: &[Input::Cluster, Input::AmiType, Input::Version],
    reads: &[Family::Cluster, Family::RecommendedRelease],
    effects: &[Effect::BlocksPlan, Effect::BlocksApply],
    run,
};

/// The first version without Amazon Linux 2 AMIs. Source: EKS user guide.
const FIRST_WITHOUT_AL2: (u32, u32) = (1, 33);

fn run(subject: &Subject, facts: &Facts, verdicts: &mut CheckFindings) -> Result<(), Skip> {
    // Existing node groups keep their version, which can differ from the cluster version.
    if !subject.is_new() && subject.version.get()?.is_none() {
        return Ok(());
    }
    let Some(ami_type) = ami_type(subject)? else { return Ok(()) };
    let version = kubernetes_version(subject, facts)?;
    let ended = ami_type.system == OperatingSystem::AmazonLinux2
        && parse_release(version).is_some_and(|version| version >= FIRST_WITHOUT_AL2);
    let release = Release { ami_type: ami_type.name.to_owned(), version: version.to_owned() };
    if ended || facts.recommended_release(release)?.is_none() {
        let found = format!("EKS does not offer AMI type {} for Kubernetes {version}.", ami_type.name);
        let why = "EKS rejects the node group.";
        let fix = match ami_type.system {
            OperatingSystem::AmazonLinux2 => format!("Set ami_type to {}.", successor(ami_type.name)),
            _ => "Set another ami_type, or remove the argument.".to_owned(),
        };
        let summary = "AMI type not offered for the Kubernetes version";
        // The version comes from the cluster, which the same run may upgrade. An upgrade does not restore Amazon Linux
        // 2 support.
        let is_of_cluster = subject.version.value.is_null() && !ended;
        let effect = if is_of_cluster { Effect::BlocksApply } else { Effect::BlocksPlan };
        verdicts.push(effect, &subject.ami_type.path, Finding::new(summary, found, why, fix));
    }
    Ok(())
}

/// The replacement for an Amazon Linux 2 AMI type.
pub(super) fn successor(name: &str) -> &'static str {
    match name {
        "AL2_ARM_64" => "AL2023_ARM_64_STANDARD",
        "AL2_x86_64_GPU" => "AL2023_x86_64_NVIDIA or AL2023_x86_64_NEURON",
        _ => "AL2023_x86_64_STANDARD",
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{fires, is_silent, node_group};
    use super::*;
    use crate::facts::{Fact, FactResult, RecommendedRelease};
    use crate::subject::Changed;
    use framework::model::Attr;

    fn release(ami_type: &str, version: &str, release: FactResult<RecommendedRelease>) -> Fact {
        Fact::RecommendedRelease(Release { ami_type: ami_type.to_owned(), version: version.to_owned() }, release)
    }

    #[test]
    fn ami_type_must_be_offered() {
        is_silent(&CHECK, &node_group());
        is_silent(&CHECK, &node_group().of_ami_type("CUSTOM"));
        is_silent(&CHECK, &node_group().of_ami_type("AL2023_x86_64_STANDARD"));
        let windows = "WINDOWS_CORE_2025_x86_64";
        let missing = node_group().of_ami_type(windows).with(release(windows, "1.33", FactResult::Missing));
        let words = &["type WINDOWS_CORE_2025_x86_64 for Kubernetes 1.33"];
        fires(&CHECK, &missing, Effect::BlocksApply, "ami_type", words);
        let configured = missing.plan(|subject| subject.version.value = Attr::from("1.33"));
        fires(&CHECK, &configured, Effect::BlocksPlan, "ami_type", words);
    }

    #[test]
    fn amazon_linux_2_ends_with_1_32() {
        let al2 = |version: &str| {
            let known = FactResult::Known(RecommendedRelease::default());
            node_group()
                .of_ami_type("AL2_x86_64")
                .cluster("demo", |cluster| version.clone_into(&mut cluster.version))
                .with(release("AL2_x86_64", version, known))
        };
        is_silent(&CHECK, &al2("1.32"));
        let words = &["Set ami_type to AL2023_x86_64_STANDARD"];
        fires(&CHECK, &al2("1.33"), Effect::BlocksPlan, "ami_type", words);
        let planned = al2("1.33").plan(|subject| subject.version.value = Attr::from("1.32"));
        is_silent(
            &CHECK,
            &planned.with(release("AL2_x86_64", "1.32", FactResult::Known(RecommendedRelease::default()))),
        );
        is_silent(&CHECK, &al2("1.33").plan(|subject| subject.changed = Changed::Only([Input::AmiType].into())));
    }
}
