//! The instances support the Elastic Fabric Adapters of the launch template, which can communicate with each other.

use crate::derived::{instance_types, template};
use crate::facts::{Facts, Family, Skip, both, together};
use crate::finding::{CheckFindings, Effect, Finding};
use crate::{Check, Input, Kind, Subject, efa};

pub(super) const CHECK: Check = Check {
    name: "elastic_fabric_adapter",
    finds: "Reports launch templates with Elastic Fabric Adapters for instance types that do not support them, or with \
            security groups that do not allow all traffic from and to themselves.",
    kinds: &[Kind::NodeGroup],
    inputs: &[Input::InstanceTypes, Input::LaunchTemplate],
    reads: &[Family::Template, Family::InstanceType, Family::SecurityGroup],
    effects: &[Effect::BlocksApply, Effect::Warns],
    run,
};

fn run(subject: &Subject, facts: &Facts, verdicts: &mut CheckFindings) -> Result<(), Skip> {
    let Some(template) = template(subject, facts)? else { return Ok(()) };
    let adapters: Vec<_> = template.interfaces.iter().filter(|interface| interface.efa).collect();
    if adapters.is_empty() {
        return Ok(());
    }
    let path = &subject.launch_template.path;
    let place = format!("Version {} of {}", template.version, template.id);
    let groups = adapters.iter().flat_map(|adapter| &adapter.security_groups);
    let groups = together(groups.map(|id| facts.security_group(id.as_str())));
    let ((types, _), groups) = both(instance_types(subject, facts), groups)?;
    let without: Vec<_> = types.iter().filter(|found| !found.efa).map(|found| found.name.as_str()).collect();
    if !without.is_empty() {
        let found = format!(
            "{place} has Elastic Fabric Adapters, which these instance types do not support: {}.",
            without.join(", ")
        );
        let why = "EC2 does not launch instances of these types with this launch template.";
        let fix = "Use instance types that support EFA, or create a launch template version with standard network \
                   interfaces.";
        verdicts.blocks_apply(path, Finding::new("Instance types do not support EFA", found, why, fix));
    }
    let groups: Vec<_> = groups.into_iter().flatten().collect();
    if let Some(finding) = efa::closed(&groups).filter(|_| !groups.is_empty()) {
        verdicts.warning(path, finding);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::testing::{CLUSTER_GROUP, World, fires, is_silent, node_group};
    use super::*;
    use crate::facts::{RuleSource, Template, TemplateInterface};

    fn adapter(efa: bool) -> World {
        let security_groups = vec![CLUSTER_GROUP.to_owned()];
        let interfaces = vec![TemplateInterface { efa: true, security_groups, ..TemplateInterface::default() }];
        node_group()
            .template(Template { interfaces, ..Template::default() })
            .instance_type("m5.large", |found| found.efa = efa)
    }

    #[test]
    fn types_have_the_adapter() {
        is_silent(&CHECK, &node_group());
        is_silent(&CHECK, &node_group().template(Template::default()));
        is_silent(&CHECK, &adapter(true));
        fires(&CHECK, &adapter(false), Effect::BlocksApply, "launch_template[0]", &["do not support: m5.large"]);
    }

    #[test]
    fn adapters_require_rules_for_their_group() {
        let narrow =
            adapter(true).security_group(CLUSTER_GROUP, |group| "tcp".clone_into(&mut group.ingress[0].protocol));
        fires(&CHECK, &narrow, Effect::Warns, "launch_template[0]", &[CLUSTER_GROUP]);
        let of_others = adapter(true).security_group(CLUSTER_GROUP, |group| {
            group.ingress[0].peers = vec![RuleSource::Group("sg-other".to_owned())];
        });
        fires(&CHECK, &of_others, Effect::Warns, "launch_template[0]", &["all inbound traffic from itself"]);
        let to_anywhere = adapter(true).security_group(CLUSTER_GROUP, |group| {
            group.egress.retain(|rule| matches!(rule.peers[0], RuleSource::Cidr(_)));
        });
        fires(&CHECK, &to_anywhere, Effect::Warns, "launch_template[0]", &["all outbound traffic to itself"]);
    }
}
