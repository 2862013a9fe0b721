//! Nodes can use the instance metadata service.

use crate::derived::template;
use crate::facts::{Facts, Family, Skip};
use crate::finding::{CheckFindings, Effect, Finding};
use crate::{Check, Input, Kind, Subject};

pub(super) const CHECK: Check = Check {
    name: "launch_template_metadata",
    finds: "Reports launch templates that disable the instance metadata service.",
    kinds: &[Kind::NodeGroup],
    inputs: &[Input::LaunchTemplate],
    reads: &[Family::Template],
    effects: &[Effect::BlocksApply],
    run,
};

fn run(subject: &Subject, facts: &Facts, verdicts: &mut CheckFindings) -> Result<(), Skip> {
    let Some(template) = template(subject, facts)? else { return Ok(()) };
    if template.metadata_disabled {
        let found = format!("Version {} of {} sets HttpEndpoint to disabled.", template.version, template.id);
        let why = "Nodes read their credentials and their name from the instance metadata service, and cannot join \
                   without it.";
        let fix = "Create a launch template version with http_endpoint = \"enabled\". Setting http_tokens to \
                   \"required\" is supported.";
        let finding = Finding::new("Instance metadata service is disabled", found, why, fix);
        verdicts.blocks_apply(&subject.launch_template.path, finding);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::testing::{fires, is_silent, node_group};
    use super::*;
    use crate::facts::Template;

    #[test]
    fn metadata_service_is_needed() {
        let of = |metadata_disabled| node_group().template(Template { metadata_disabled, ..Template::default() });
        is_silent(&CHECK, &node_group());
        is_silent(&CHECK, &of(false));
        fires(&CHECK, &of(true), Effect::BlocksApply, "launch_template[0]", &["HttpEndpoint"]);
    }
}
