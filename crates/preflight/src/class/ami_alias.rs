//! The alias resolves to existing AMIs, including AMIs for GPUs.

use super::{Class, ClassCheck, Input};
use crate::facts::{Facts, Family, Skip, together};
use crate::finding::{CheckFindings, Effect, Finding};
use render::karpenter::controller::Controller;
use render::karpenter::node_class::alias;
use render::kubernetes_version::parse_release;

pub(super) const CHECK: ClassCheck = ClassCheck {
    name: "class_ami_alias",
    finds: "Reports an alias that has no AMIs for the cluster version, such as a version that was never published, or \
            an alias without GPU AMIs.",
    kinds: &[Controller::Karpenter],
    inputs: &[Input::Cluster, Input::Ami],
    reads: &[Family::Cluster, Family::PublicParameter],
    effects: &[Effect::BlocksPlan, Effect::BlocksApply, Effect::Warns],
    run,
};

/// The first Kubernetes version without AL2 AMIs.
const WITHOUT_AL2: (u32, u32) = (1, 33);
/// The first Kubernetes version with Windows Server 2025 AMIs.
const WITH_WINDOWS_2025: (u32, u32) = (1, 35);

fn run(class: &Class, facts: &Facts, verdicts: &mut CheckFindings) -> Result<(), Skip> {
    let text = class.alias.need()?;
    let Some((family, version)) = alias(text) else { return Ok(()) };
    let kubernetes = class.cluster(facts)?.version.as_str();
    let path = &class.alias.path;
    let unsupported = parse_release(kubernetes).is_some_and(|minor| match family {
        "al2" => minor >= WITHOUT_AL2,
        "windows2025" => minor < WITH_WINDOWS_2025,
        _ => false,
    });
    if unsupported {
        let found = format!("{text} has no AMIs for Kubernetes {kubernetes}, the cluster version.");
        let why = "Karpenter sets the condition AMIsReady to False with the reason UnsupportedAlias, and does not \
                   launch nodes.";
        let fix = "Use an alias with another AMI family, such as al2023@latest.";
        // A cluster upgrade does not restore AL2 support.
        let effect = if family == "al2" { Effect::BlocksPlan } else { Effect::BlocksApply };
        verdicts.push(effect, path, Finding::new("AMI alias not supported", found, why, fix));
        return Ok(());
    }
    let all = parameters(family, version, kubernetes);
    let found = together(all.iter().map(|(_, name)| facts.public_parameter(name.as_str())))?;
    let there: Vec<_> = all.iter().zip(found).filter(|(_, value)| value.is_some()).map(|(each, _)| each.0).collect();
    let has_wanted = there.contains(&Variant::Nvidia) || !class.is_for_gpus && !there.is_empty();
    if all.is_empty() || has_wanted {
        return Ok(());
    }
    let first = all.iter().map(|(_, name)| name.as_str()).next().unwrap_or_default();
    if there.is_empty() {
        let found = format!(
            "AWS Systems Manager has no AMI for alias {text} and Kubernetes {kubernetes}, in any architecture. \
             Parameters such as {first} do not exist."
        );
        let why = "Karpenter sets the condition AMIsReady to False with the reason AMINotFound, and does not launch \
                   nodes.";
        let fix = format!("Use a version that is published for Kubernetes {kubernetes}, or {family}@latest.");
        verdicts.blocks_apply(path, Finding::new("AMIs of the alias do not exist", found, why, fix));
    } else {
        let found = format!(
            "AWS Systems Manager has AMIs for alias {text} and Kubernetes {kubernetes}, but none for NVIDIA GPUs."
        );
        let why = "Karpenter ignores missing AMIs: the node class becomes ready, but instances with GPUs are not \
                   launched.";
        let fix = "Use an alias version that has GPU AMIs.";
        verdicts.warning(path, Finding::new("AMI alias has no GPU AMIs", found, why, fix));
    }
    Ok(())
}

/// The instances that an AMI is intended for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Variant {
    Standard,
    Nvidia,
    Neuron,
}

/// Returns the parameters that Karpenter looks up for an alias, or an empty list for families whose parameters are
/// unknown.
fn parameters(family: &str, version: &str, kubernetes: &str) -> Vec<(Variant, String)> {
    use Variant::{Neuron, Nvidia, Standard};
    match family {
        "al2023" => {
            let variants = [
                ("x86_64", "nvidia", Nvidia),
                ("arm64", "nvidia", Nvidia),
                ("x86_64", "standard", Standard),
                ("arm64", "standard", Standard),
                ("x86_64", "neuron", Neuron),
            ];
            let parameter = |(architecture, name, variant): (&str, &str, Variant)| {
                let folder = if version == "latest" {
                    "recommended".to_owned()
                } else {
                    format!("amazon-eks-node-al2023-{architecture}-{name}-{kubernetes}-{version}")
                };
                let path = format!("{kubernetes}/amazon-linux-2023/{architecture}/{name}/{folder}");
                (variant, format!("/aws/service/eks/optimized-ami/{path}/image_id"))
            };
            variants.map(parameter).into()
        }
        "bottlerocket" => {
            let variants = [
                ("x86_64", "-nvidia", Nvidia),
                ("arm64", "-nvidia", Nvidia),
                ("x86_64", "", Standard),
                ("arm64", "", Standard),
            ];
            let version = version.strip_prefix('v').unwrap_or(version);
            let parameter = |(architecture, name, variant): (&str, &str, Variant)| {
                let path = format!("aws-k8s-{kubernetes}{name}/{architecture}/{version}");
                (variant, format!("/aws/service/bottlerocket/{path}/image_id"))
            };
            variants.map(parameter).into()
        }
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::super::testing::{World, fires, is_silent, karpenter};
    use super::*;
    use crate::facts::{Fact, FactResult};

    const OPTIMIZED: &str = "/aws/service/eks/optimized-ami/1.33/amazon-linux-2023";
    const BOTTLEROCKET: &str = "/aws/service/bottlerocket";

    /// The class with this alias, where only these parameters exist.
    fn of(alias: &str, there: &[String]) -> World {
        let (family, version) = alias.split_once('@').unwrap();
        let all = parameters(family, version, "1.33").into_iter();
        all.fold(
            karpenter().plan(|class| class.alias = super::super::ConfiguredInput::known("a", alias)),
            |world, (_, name)| {
                let value =
                    if there.contains(&name) { FactResult::Known("ami-1".to_owned()) } else { FactResult::Missing };
                world.with(Fact::PublicParameter(name, value))
            },
        )
    }

    #[rstest]
    #[case("al2023@latest", &format!("{OPTIMIZED}/x86_64/nvidia/recommended/image_id"))]
    #[case("al2023@latest", &format!("{OPTIMIZED}/arm64/nvidia/recommended/image_id"))]
    #[case(
        "al2023@v20260801",
        &format!("{OPTIMIZED}/x86_64/nvidia/amazon-eks-node-al2023-x86_64-nvidia-1.33-v20260801/image_id")
    )]
    #[case("bottlerocket@latest", &format!("{BOTTLEROCKET}/aws-k8s-1.33-nvidia/x86_64/latest/image_id"))]
    #[case("bottlerocket@v1.47.0", &format!("{BOTTLEROCKET}/aws-k8s-1.33-nvidia/arm64/1.47.0/image_id"))]
    fn an_ami_for_gpus_on_one_architecture_is_enough(#[case] alias: &str, #[case] there: &str) {
        is_silent(&CHECK, &of(alias, &[there.to_owned()]));
        fires(&CHECK, &of(alias, &[]), Effect::BlocksApply, "a", &[alias, "AMINotFound", "Kubernetes 1.33"]);
    }

    #[test]
    fn amis_without_gpus_are_warned_of() {
        for there in ["x86_64/standard", "x86_64/neuron"] {
            let there = format!("{OPTIMIZED}/{there}/recommended/image_id");
            fires(&CHECK, &of("al2023@latest", &[there]), Effect::Warns, "a", &["none for NVIDIA GPUs"]);
        }
    }

    #[test]
    fn families_end_and_begin() {
        let on =
            |alias: &str, version: &str| of(alias, &[]).cluster(|cluster| version.clone_into(&mut cluster.version));
        fires(&CHECK, &on("al2@latest", "1.33"), Effect::BlocksPlan, "a", &["al2@latest", "1.33", "UnsupportedAlias"]);
        is_silent(&CHECK, &on("al2@latest", "1.32"));
        fires(&CHECK, &on("windows2025@latest", "1.34"), Effect::BlocksApply, "a", &["windows2025"]);
        is_silent(&CHECK, &on("windows2025@latest", "1.35"));
        is_silent(&CHECK, &on("windows2022@latest", "1.33"));
    }

    #[test]
    fn without_an_alias_or_a_cluster_nothing_is_looked_up() {
        is_silent(&CHECK, &karpenter().plan(|class| class.alias = super::super::ConfiguredInput::default()));
        is_silent(&CHECK, &of("al2023@v20990101", &[]).without_cluster());
    }
}
