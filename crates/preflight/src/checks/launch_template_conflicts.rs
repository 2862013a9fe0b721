//! The arguments do not conflict with the launch template.

use crate::derived::template;
use crate::facts::{Facts, Family, Skip};
use crate::finding::{CheckFindings, Effect, Finding};
use crate::{Check, Input, Kind, Subject};
use render::ami_types::CUSTOM;

pub(super) const CHECK: Check = Check {
    name: "launch_template_conflicts",
    finds: "Reports arguments that conflict with the launch template: instance types if the template specifies an \
            instance type, and an AMI type, version, release, or warm pool if it specifies an AMI. Also reports the \
            AMI type CUSTOM if the template does not specify an AMI.",
    kinds: &[Kind::NodeGroup],
    inputs: &[
        Input::LaunchTemplate,
        Input::InstanceTypes,
        Input::AmiType,
        Input::Version,
        Input::ReleaseVersion,
        Input::WarmPool,
    ],
    reads: &[Family::Template],
    effects: &[Effect::BlocksApply, Effect::Warns],
    run,
};

const WHY: &str = "EKS rejects the node group.";

fn run(subject: &Subject, facts: &Facts, verdicts: &mut CheckFindings) -> Result<(), Skip> {
    let Some(template) = template(subject, facts)? else { return Ok(()) };
    let place = format!("version {} of {}", template.version, template.id);
    let given = &subject.instance_types;
    if let (Some(own), Some(types)) = (
        &template.instance_type,
        given.value.known().filter(|types| !types.is_empty() && subject.changes(Input::InstanceTypes)),
    ) {
        let found = format!("instance_types is set to {}, but {place} also specifies {own}.", types.join(", "));
        let fix = "Specify the instance types only once: remove instance_types, or create a launch template version \
                   without an instance type.";
        verdicts.blocks_apply(&given.path, Finding::new("Instance types specified twice", found, WHY, fix));
    }
    if let Some(image) = &template.image_id {
        let named = format!("{place} specifies AMI {image}");
        let own_ami = |name: &str| format!("Remove {name}, or create a launch template version without an AMI.");
        let mut conflict = |path, name: &str, value: &str| {
            let found = format!("{name} is {value}, but {named}.");
            verdicts.blocks_apply(
                path,
                Finding::new(format!("Launch template AMI conflicts with {name}"), found, WHY, own_ami(name)),
            );
        };
        if let Some(ami_type) = subject.ami_type.value.text().filter(|ami_type| *ami_type != CUSTOM) {
            conflict(&subject.ami_type.path, "ami_type", ami_type);
        }
        // For an existing node group, EKS reports a version, and the AMI ID as its release.
        if let Some(version) = subject.version.value.text().filter(|_| subject.changes(Input::Version)) {
            conflict(&subject.version.path, "version", version);
        }
        let release = subject.release_version.value.text().filter(|release| !release.starts_with("ami-"));
        if let Some(release) = release.filter(|_| subject.changes(Input::ReleaseVersion)) {
            conflict(&subject.release_version.path, "release_version", release);
        }
        if subject.warm_pool.value.is_known() {
            let found = format!("A warm pool is configured, but {named}.");
            let finding = Finding::new(
                "Launch template AMI conflicts with the warm pool",
                found,
                WHY,
                own_ami("warm_pool_config"),
            );
            verdicts.blocks_apply(&subject.warm_pool.path, finding);
        }
    } else if subject.ami_type.value.text() == Some(CUSTOM) {
        let found = format!("ami_type is CUSTOM, but {place} does not specify an AMI.");
        let fix = "Specify the AMI in the launch template, or use another ami_type.";
        verdicts
            .warning(&subject.ami_type.path, Finding::new("Launch template does not specify an AMI", found, WHY, fix));
    }
    subject.instance_types.get()?;
    subject.ami_type.get()?;
    subject.version.get()?;
    subject.release_version.get()?;
    subject.warm_pool.get().map(|_| ())
}

#[cfg(test)]
mod tests {
    use super::super::testing::{IMAGE, World, fires, is_silent, node_group};
    use super::*;
    use crate::facts::Template;
    use crate::subject::Changed;
    use framework::model::Attr;

    fn of_own_ami() -> World {
        node_group().template(Template {
            id: "lt-1".to_owned(),
            version: 1,
            image_id: Some(IMAGE.to_owned()),
            ..Template::default()
        })
    }

    #[test]
    fn instance_types_conflict_with_launch_template() {
        is_silent(&CHECK, &node_group());
        is_silent(&CHECK, &node_group().template(Template::default()));
        let template = Template {
            id: "lt-1".to_owned(),
            version: 1,
            instance_type: Some("t3.medium".to_owned()),
            ..Template::default()
        };
        let of_template = node_group().template(template);
        is_silent(&CHECK, &of_template);
        let words = &["instance_types is set to m5.large, but version 1 of lt-1 also specifies t3.medium."];
        fires(&CHECK, &of_template.of_types(&["m5.large"]), Effect::BlocksApply, "instance_types", words);
    }

    #[test]
    fn own_ami_excludes_what_eks_would_choose() {
        is_silent(&CHECK, &of_own_ami());
        is_silent(&CHECK, &of_own_ami().of_ami_type("CUSTOM"));
        let words = &["ami_type is AL2023_x86_64_STANDARD, but version 1 of lt-1 specifies AMI ami-1."];
        fires(&CHECK, &of_own_ami().of_ami_type("AL2023_x86_64_STANDARD"), Effect::BlocksApply, "ami_type", words);
        let version = of_own_ami().plan(|subject| subject.version.value = Attr::from("1.33"));
        fires(&CHECK, &version, Effect::BlocksApply, "version", &["version is 1.33"]);
        let release = of_own_ami().plan(|subject| subject.release_version.value = Attr::from("1.33.4-20250904"));
        fires(&CHECK, &release, Effect::BlocksApply, "release_version", &["release_version is 1.33.4-20250904"]);
        fires(&CHECK, &of_own_ami().warm_pool("STOPPED"), Effect::BlocksApply, "warm_pool_config[0]", &["warm pool"]);
    }

    #[test]
    fn values_computed_by_eks_do_not_conflict() {
        let update = of_own_ami().of_ami_type("CUSTOM").of_types(&["m5.large"]).plan(|subject| {
            subject.version.value = Attr::from("1.33");
            subject.release_version.value = Attr::from("ami-2");
            subject.changed = Changed::Only([Input::LaunchTemplate, Input::ReleaseVersion].into());
        });
        is_silent(&CHECK, &update);
        let with_version = update.plan(|subject| {
            subject.changed = Changed::Only([Input::LaunchTemplate, Input::Version].into());
        });
        fires(&CHECK, &with_version, Effect::BlocksApply, "version", &["version is 1.33"]);
    }

    #[test]
    fn custom_needs_an_ami() {
        let world = node_group().template(Template::default()).of_ami_type("CUSTOM");
        fires(&CHECK, &world, Effect::Warns, "ami_type", &["does not specify an AMI"]);
    }
}
