//! Arguments that repeat information of other arguments. Terraform before 1.14 generates them from state without
//! calling the provider, so they are accepted if they are consistent.

use framework::model::Attr;
use framework::path::Path;
use framework::resource::Plan;
use render::ami_types::CUSTOM;

use super::client::{NodeGroupClient, TemplateName};
use super::model::NodeGroup;

/// Reports arguments that conflict with each other. Without a client, launch template names are not checked.
pub(super) async fn check(client: Option<&dyn NodeGroupClient>, plan: &mut Plan<NodeGroup>) {
    template(client, plan).await;
    versions(plan);
}

/// Checks that ID and name identify the same launch template.
async fn template(client: Option<&dyn NodeGroupClient>, plan: &mut Plan<NodeGroup>) {
    let Some(config) = plan.config.launch_template.first() else { return };
    let (Some(id), Some(name)) = (config.id.text(), config.name.text()) else { return };
    let stored = plan.prior.as_ref().and_then(|prior| prior.launch_template.first());
    let (Some(client), false) =
        (client, stored.is_some_and(|stored| (&stored.id, &stored.name) == (&config.id, &config.name)))
    else {
        return;
    };
    let version = config.version.text().unwrap_or("$Default");
    let found = match client.launch_template_id(&TemplateName::Name(name.to_owned()), version).await {
        Ok(found) if found == id => return,
        Ok(found) => format!("The ID of launch template {name} is {found}, not {id}."),
        Err(error) => format!("Unable to confirm that the ID of launch template {name} is {id}: {error}"),
    };
    let path = Path::attribute("launch_template").index(0).then("name");
    plan.diagnostics.error_at(
        path.clone(),
        format!("{path} conflicts with id"),
        format!("{found} Remove one of them."),
    );
}

/// Rejects versions in combination with a custom AMI, which determines them.
fn versions(plan: &mut Plan<NodeGroup>) {
    if plan.planned.ami_type.text() != Some(CUSTOM) {
        return;
    }
    let of = |group: &NodeGroup| [group.version.clone(), group.release_version.clone()];
    let stored = plan.prior.as_ref().map(of).unwrap_or_default();
    for ((name, configured), stored) in ["version", "release_version"].into_iter().zip(of(&plan.config)).zip(stored) {
        if matches!(configured, Attr::Known(_)) && configured != stored {
            plan.diagnostics.error_at(
                Path::attribute(name),
                format!("{name} conflicts with ami_type CUSTOM"),
                format!("The custom AMI of the launch template determines the Kubernetes version. Remove {name}."),
            );
        }
    }
}

#[cfg(test)]
#[path = "overlaps_tests.rs"]
mod tests;
