//! The launch template does not set what EKS manages.

use crate::derived::template;
use crate::facts::{Facts, Family, Skip, Template};
use crate::finding::{CheckFindings, Effect, Finding};
use crate::{Check, Input, Kind, Subject};

pub(super) const CHECK: Check = Check {
    name: "launch_template_forbidden",
    finds: "Reports launch templates with settings that EKS does not support: an instance profile, subnets, a shutdown \
            behavior, hibernation, Spot, or security groups both for the instance and for its network interfaces.",
    kinds: &[Kind::NodeGroup],
    inputs: &[Input::LaunchTemplate],
    reads: &[Family::Template],
    effects: &[Effect::BlocksApply],
    run,
};

fn run(subject: &Subject, facts: &Facts, verdicts: &mut CheckFindings) -> Result<(), Skip> {
    let Some(template) = template(subject, facts)? else { return Ok(()) };
    let forbidden = forbidden(template);
    if !forbidden.is_empty() {
        let (names, fixes): (Vec<_>, Vec<_>) = forbidden.into_iter().unzip();
        let found = format!("Version {} of {} specifies {}.", template.version, template.id, names.join(", "));
        let why = "EKS manages these settings and rejects launch templates that specify them.";
        let fix = format!("Create a launch template version without these settings. {}", fixes.join(" "));
        let summary = "Launch template contains unsupported settings";
        verdicts.blocks_apply(&subject.launch_template.path, Finding::new(summary, found, why, fix.trim()));
    }
    Ok(())
}

/// Returns the unsupported settings, each with its fix. Source: EKS user guide, launch template support.
fn forbidden(template: &Template) -> Vec<(String, &'static str)> {
    let subnets = template.interfaces.iter().filter_map(|interface| interface.subnet_id.as_deref());
    let subnets = subnets.collect::<Vec<_>>().join(" and ");
    let of_interfaces = template.interfaces.iter().any(|interface| !interface.security_groups.is_empty());
    [
        template
            .instance_profile
            .as_ref()
            .map(|profile| (format!("the instance profile {profile}"), "Set the node role in node_role_arn.")),
        (!subnets.is_empty()).then(|| (format!("a network interface in {subnets}"), "Set the subnets in subnet_ids.")),
        template.shutdown_behavior.as_ref().map(|behavior| (format!("the shutdown behavior {behavior}"), "")),
        template.hibernation.then(|| ("hibernation".to_owned(), "Hibernation is supported only in a warm pool.")),
        (template.market_type.as_deref() == Some("spot"))
            .then(|| ("the market type spot".to_owned(), "Set capacity_type to SPOT.")),
        (of_interfaces && !template.security_groups.is_empty()).then(|| {
            let groups = "security groups both for the instance and for a network interface";
            (groups.to_owned(), "Specify all security groups in the network interface.")
        }),
    ]
    .into_iter()
    .flatten()
    .collect()
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::super::testing::{CLUSTER_GROUP, IMAGE, fires, is_silent, node_group};
    use super::*;
    use crate::facts::{BlockDevice, TemplateInterface};

    fn interface() -> TemplateInterface {
        TemplateInterface {
            public_ip: Some(true),
            security_groups: vec![CLUSTER_GROUP.to_owned()],
            ..TemplateInterface::default()
        }
    }

    #[rstest]
    #[case::instance_profile(Template { instance_profile: Some("own".to_owned()), ..Template::default() }, "instance profile own")]
    #[case::subnet(
        Template {
            interfaces: vec![TemplateInterface { subnet_id: Some("subnet-a".to_owned()), ..interface() }],
            ..Template::default()
        },
        "in subnet-a"
    )]
    #[case::shutdown(Template { shutdown_behavior: Some("terminate".to_owned()), ..Template::default() }, "behavior terminate")]
    #[case::hibernation(Template { hibernation: true, ..Template::default() }, "hibernation")]
    #[case::spot(Template { market_type: Some("spot".to_owned()), ..Template::default() }, "Set capacity_type to SPOT")]
    #[case::security_groups(
        Template { interfaces: vec![interface()], security_groups: vec![CLUSTER_GROUP.to_owned()], ..Template::default() },
        "both"
    )]
    fn forbidden_content_is_found(#[case] template: Template, #[case] words: &str) {
        fires(&CHECK, &node_group().template(template), Effect::BlocksApply, "launch_template[0]", &[words]);
    }

    #[test]
    fn everything_else_is_allowed() {
        is_silent(&CHECK, &node_group());
        let template = Template {
            image_id: Some(IMAGE.to_owned()),
            key_name: Some("operator".to_owned()),
            market_type: Some("capacity-block".to_owned()),
            interfaces: vec![interface()],
            volumes: vec![BlockDevice::default()],
            user_data: Some(String::new()),
            ..Template::default()
        };
        is_silent(&CHECK, &node_group().template(template));
        let of_the_instance = Template { security_groups: vec![CLUSTER_GROUP.to_owned()], ..Template::default() };
        is_silent(&CHECK, &node_group().template(of_the_instance));
    }
}
