//! The instance types support the CPU architecture of the AMI.

use crate::derived::{ami_type, effect_of, instance_types, template};
use crate::facts::{Facts, Family, InstanceType, Skip};
use crate::finding::{CheckFindings, Effect, Finding};
use crate::{Check, Input, Kind, Subject};

pub(super) const CHECK: Check = Check {
    name: "instance_types_architecture",
    finds: "Reports instance types whose CPU architecture differs from the AMI type or the launch template AMI, and \
            instance types of more than one architecture.",
    kinds: &[Kind::NodeGroup],
    inputs: &[Input::AmiType, Input::InstanceTypes, Input::LaunchTemplate],
    reads: &[Family::Template, Family::InstanceType, Family::Image],
    effects: &[Effect::BlocksPlan, Effect::BlocksApply],
    run,
};

fn run(subject: &Subject, facts: &Facts, verdicts: &mut CheckFindings) -> Result<(), Skip> {
    let (types, path) = instance_types(subject, facts)?;
    let listed = |types: &[&InstanceType]| {
        let listed = types.iter().map(|found| format!("{} supports {}", found.name, found.architectures.join(" and ")));
        listed.collect::<Vec<_>>().join(", ")
    };
    let Some((ami, architecture)) = ami(subject, facts)? else {
        let common = ["x86_64", "arm64"].iter().any(|one| types.iter().all(|found| runs(found, one)));
        if !common && types.len() > 1 {
            let found = format!("{}.", listed(&types));
            let why = "All nodes of a node group use the same AMI, and EKS rejects mixed architectures.";
            let fix = "Create one node group for each architecture.";
            verdicts.push(
                effect_of(subject, &path),
                &path,
                Finding::new("Instance types have different architectures", found, why, fix),
            );
        }
        return Ok(());
    };
    let wrong: Vec<_> = types.into_iter().filter(|found| !runs(found, &architecture)).collect();
    if !wrong.is_empty() {
        let found = format!("{ami} is for {architecture}, but {}.", listed(&wrong));
        let why = "An AMI runs only on instances with the same architecture, so EKS rejects the node group.";
        let fix = format!("Use {architecture} instance types, or an AMI for the architecture of these instance types.");
        // The AMI can also come from the launch template.
        let effect = if subject.ami_type.value.is_null() { Effect::BlocksApply } else { effect_of(subject, &path) };
        verdicts.push(effect, &path, Finding::new("Instance types are not compatible with the AMI", found, why, fix));
    }
    Ok(())
}

fn runs(found: &InstanceType, architecture: &str) -> bool {
    found.architectures.iter().any(|own| own == architecture)
}

/// Returns the AMI type or the AMI of the launch template, and its architecture.
fn ami(subject: &Subject, facts: &Facts) -> Result<Option<(String, String)>, Skip> {
    if let Some(ami_type) = ami_type(subject)? {
        return Ok(Some((format!("AMI type {}", ami_type.name), ami_type.architecture.name().to_owned())));
    }
    let Some(id) = template(subject, facts)?.and_then(|template| template.image_id.as_deref()) else { return Ok(None) };
    if !id.starts_with("ami-") {
        return Err(Skip::Absent);
    }
    let image = facts.image(id)?.ok_or(Skip::Absent)?;
    Ok(Some((format!("AMI {id} of the launch template"), image.architecture.clone())))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{IMAGE, fires, is_silent, node_group};
    use super::*;
    use crate::facts::Template;

    #[test]
    fn types_run_the_ami_type() {
        is_silent(&CHECK, &node_group().of_ami_type("AL2023_x86_64_STANDARD"));
        is_silent(&CHECK, &node_group().of_ami_type("AL2023_ARM_64_STANDARD").of_types(&["m6g.large"]));
        let arm = node_group().of_ami_type("AL2023_ARM_64_STANDARD");
        let words = &["AL2023_ARM_64_STANDARD is for arm64, but m5.large supports x86_64."];
        fires(&CHECK, &arm, Effect::BlocksPlan, "instance_types", words);
    }

    #[test]
    fn types_have_one_architecture() {
        is_silent(&CHECK, &node_group());
        let mixed = node_group().of_types(&["m5.large", "m6g.large"]);
        fires(
            &CHECK,
            &mixed,
            Effect::BlocksPlan,
            "instance_types",
            &["m5.large supports x86_64, m6g.large supports arm64"],
        );
    }

    #[test]
    fn types_run_the_ami_of_the_template() {
        let of = |id: &str| node_group().template(Template { image_id: Some(id.to_owned()), ..Template::default() });
        is_silent(&CHECK, &of(IMAGE));
        let arm = of(IMAGE).image(IMAGE, |image| image.architecture = "arm64".to_owned());
        fires(&CHECK, &arm, Effect::BlocksApply, "instance_types", &["AMI ami-1 of the launch template is for arm64"]);
        is_silent(&CHECK, &of("resolve:ssm:/own/ami"));
    }
}
