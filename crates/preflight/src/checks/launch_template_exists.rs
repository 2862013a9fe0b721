//! The launch template and its version exist.

use crate::derived::template_version;
use crate::facts::{Facts, Family, Skip, TemplateName};
use crate::finding::{CheckFindings, Effect, Finding};
use crate::{Check, Input, Kind, Subject};

pub(super) const CHECK: Check = Check {
    name: "launch_template_exists",
    finds: "Reports a launch template, or launch template version, that does not exist in the Region.",
    kinds: &[Kind::NodeGroup],
    inputs: &[Input::LaunchTemplate],
    reads: &[Family::Template],
    effects: &[Effect::BlocksApply],
    run,
};

fn run(subject: &Subject, facts: &Facts, verdicts: &mut CheckFindings) -> Result<(), Skip> {
    let Some(wanted) = template_version(subject)? else { return Ok(()) };
    if facts.template(wanted.clone())?.is_none() {
        let (TemplateName::Id(name) | TemplateName::Name(name)) = &wanted.template;
        let found = format!("Version {} of launch template {name} not found in {}.", wanted.version, subject.region);
        let why = "EKS rejects the node group.";
        let fix = "Correct the launch template or its version. If this configuration creates the launch template, \
                   reference its attributes id and latest_version.";
        let finding = Finding::new("Launch template does not exist", found, why, fix);
        verdicts.blocks_apply(&subject.launch_template.path, finding);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::testing::{fires, is_silent, node_group, template_version};
    use super::*;
    use crate::facts::{Fact, FactResult, Template, TemplateVersion};
    use framework::model::Attr;

    #[test]
    fn template_must_exist() {
        is_silent(&CHECK, &node_group());
        let world = node_group().template(Template::default());
        is_silent(&CHECK, &world);
        let gone = world.with(Fact::Template(template_version(), FactResult::Missing));
        fires(
            &CHECK,
            &gone,
            Effect::BlocksApply,
            "launch_template[0]",
            &["Version 1 of launch template lt-1 not found in us-east-1."],
        );
        let by_name = gone.plan(|subject| {
            let Attr::Known(template) = &mut subject.launch_template.value else { panic!("no template") };
            (template.id.value, template.name.value) = (Attr::Null, Attr::from("workers"));
            template.version.value = Attr::from("$Latest");
        });
        let ask = TemplateVersion { template: TemplateName::Name("workers".to_owned()), version: "$Latest".to_owned() };
        let by_name = by_name.with(Fact::Template(ask, FactResult::Missing));
        fires(&CHECK, &by_name, Effect::BlocksApply, "launch_template[0]", &["workers", "$Latest"]);
    }
}
