//! Is the name free? What a plan says about node groups that exist already where a resource wants to create one, and
//! which of them an interrupted apply of the same configuration has begun.

use std::fmt::Write;

use jiff::{SignedDuration, Timestamp};

use crate::clients::creations::Claim;
use crate::clients::errors::{ApiError, ErrorKind};
use crate::framework::diagnostics::Diagnostic;
use crate::framework::model::Model;
use crate::framework::path::Path;
use crate::framework::resource::Plan;

use super::claims::{Claims, Place, twice};
use super::client::{CreateNodeGroup, NodeGroup as Live, NodeGroupClient};
use super::model::NodeGroup;
use super::{api, changes, unique};

/// How long after its creation a node group may still be what an interrupted apply has begun.
const RECENT: SignedDuration = SignedDuration::from_mins(30);

/// How long a group with a generated name that nobody knows is looked for.
const LEFT_FOR: SignedDuration = SignedDuration::from_hours(24);

/// How many of them are asked about, the newest first.
const LEFT_AT_MOST: usize = 8;

/// What planning stores with the node group it replaces, for core's second question about the successor.
const REPLACES: &str = "replaces";

/// Looks whether what is planned can have its name.
///
/// # Errors
/// When EKS cannot be reached: then nothing else can be found out either. Other errors of questions are no error here.
pub(super) async fn plan(
    client: &dyn NodeGroupClient,
    claims: &Claims,
    plan: &mut Plan<NodeGroup>,
) -> Result<(), ApiError> {
    if let Some(prior) = &plan.prior {
        let Some(place) = Place::of(prior) else { return Ok(()) };
        plan.private.set(REPLACES, &prior.id.text());
        // Who moves away lets go of the name.
        let stays = Place::of(&plan.planned).is_none_or(|planned| planned == place);
        if stays && claims.note(&place, |seen| seen.kept = true).wanted {
            plan.diagnostics.push(twice(prior.id.text().unwrap_or_default()));
        }
        return Ok(());
    }
    if plan.private.get::<String>(REPLACES).is_some() {
        return Ok(());
    }
    match (plan.planned.cluster_name.text(), plan.planned.node_group_name.text()) {
        (Some(cluster), Some(name)) => {
            let found = named(client, claims, plan, cluster, name).await?;
            plan.diagnostics.extend(found.into_iter().collect());
        }
        (Some(cluster), None) if plan.config.node_group_name.is_null() => {
            let found = left(client, claims, plan, cluster).await?;
            plan.diagnostics.extend(found.into_iter().collect());
        }
        _ => {}
    }
    Ok(())
}

/// What was stored for the plan alone does not belong into the state.
pub(super) fn tidy(private: &mut crate::framework::private::Private) {
    private.remove(REPLACES);
}

/// What there is to say about the one node group that has the name.
async fn named(
    client: &dyn NodeGroupClient,
    claims: &Claims,
    plan: &Plan<NodeGroup>,
    cluster: &str,
    name: &str,
) -> Result<Option<Diagnostic>, ApiError> {
    let id = api::id(cluster, name);
    let Some(place) = Place::of(&plan.planned) else { return Ok(None) };
    let before = claims.note(&place, |seen| seen.wanted = true);
    if before.kept || before.wanted {
        return Ok(Some(twice(&id)));
    }
    let live = match client.describe(cluster, name).await {
        Ok(live) => live,
        Err(error) if error.is_not_found() => return Ok(None),
        Err(error) if error.kind == ErrorKind::Unreachable => return Err(error),
        Err(error) => {
            tracing::debug!(%error, "not known whether the name of node group {id} is free");
            return Ok(None);
        }
    };
    // Meanwhile core may have asked about others. Who keeps a group there has then said that it is wanted twice.
    let seen = claims.seen(&place);
    if seen.kept {
        return Ok(None);
    }
    // What a state has and no resource keeps is tainted or to be destroyed: creation comes after its end.
    if seen.in_state || live.status == "DELETING" {
        return Ok(None);
    }
    let at = |diagnostic: Diagnostic| Ok(Some(diagnostic.at(Path::attribute("node_group_name"))));
    if is_recent(&live) && !plan.config.to_value().is_wholly_known() {
        return Ok(None);
    }
    if is_begun(&api::create_request(&plan.planned, name, ""), &live) {
        let detail = format!(
            "{} It has exactly the planned settings, so it is taken for what an earlier, interrupted apply began: the \
             apply takes it over instead of creating another. If it is somebody else's, choose another \
             node_group_name.",
            describe(&live)
        );
        return at(Diagnostic::warning(format!("Node group {id} is there already"), detail));
    }
    let summary = format!("Node group {id} exists already");
    let detail = format!("{} {}", describe(&live), way_out(&id));
    // An error while core applies would leave the predecessor of a replacement that creates first deposed, and the
    // next apply delete it; creation fails as well, and then core puts it back. Core asks the same of a plan and of an
    // apply; only a plan reads states, and has values that are not known yet.
    if claims.reads_states() || !plan.config.to_value().is_wholly_known() {
        return at(Diagnostic::error(summary, detail));
    }
    at(Diagnostic::warning(summary, format!("The apply will fail. {detail}")))
}

/// What can be done about a name that is taken.
pub(super) fn way_out(id: &str) -> String {
    format!(
        "If it is the one you mean, import it:\n\n  import {{\n    to = ekscompute_node_group.ADDRESS\n    id = \"{id}\"\n  \
         }}\n\nIf another resource manages it and was renamed, say so with a moved block. Otherwise choose another \
         node_group_name, or node_group_name_prefix."
    )
}

fn describe(live: &Live) -> String {
    let created = live.created_at.as_deref().unwrap_or("at an unknown time");
    format!("Cluster {} has a node group of this name: {}, created {created}.", live.cluster_name, live.status)
}

/// Whether an existing group is what an interrupted apply of this very creation has begun.
pub(super) fn is_begun(request: &CreateNodeGroup, live: &Live) -> bool {
    is_recent(live) && changes::is_same(request, live)
}

fn is_recent(live: &Live) -> bool {
    let created: Option<Timestamp> = live.created_at.as_ref().and_then(|text| text.parse().ok());
    // The clocks may differ, so a group may seem to come from the future.
    live.status == "CREATING" || created.is_some_and(|created| Timestamp::now().duration_since(created) <= RECENT)
}

/// A warning about groups with a generated name, the planned settings and no resource of this configuration.
async fn left(
    client: &dyn NodeGroupClient,
    claims: &Claims,
    plan: &Plan<NodeGroup>,
    cluster: &str,
) -> Result<Option<Diagnostic>, ApiError> {
    // A prefix that is configured and not known yet may become anything.
    let unknown = plan.config.node_group_name_prefix.is_unknown() || !plan.config.to_value().is_wholly_known();
    if unknown || plan.planned.region.is_unknown() {
        return Ok(None);
    }
    let mut text = String::new();
    for live in orphans(client, claims, &plan.planned, cluster).await? {
        let id = api::id(cluster, &live.node_group_name);
        let created = live.created_at.as_deref().unwrap_or("at an unknown time");
        let _ = write!(text, "\n  - {id}: {}, created {created}", live.status);
        if is_adoptable(claims, &plan.planned, &live) {
            text.push_str("; if that is still so when it begins, the apply takes it over");
        }
    }
    Ok((!text.is_empty()).then(|| {
        let detail = format!(
            "They have exactly the settings planned here, a generated name, and no resource that has been read in this \
             run:{text}\n\nAn interrupted apply leaves such a group. If one is in no state (terraform state list, also \
             of other configurations), import it, with node_group_name in place of the prefix:\n\n  import {{\n    to = \
             ekscompute_node_group.ADDRESS\n    id = \"{cluster}:NAME\"\n  }}\n\nor delete it: aws eks delete-nodegroup \
             --cluster-name {cluster} --nodegroup-name NAME"
        );
        Diagnostic::warning(format!("Cluster {cluster} may have node groups that an apply left behind"), detail)
            .at(Path::attribute("node_group_name_prefix"))
    }))
}

/// The group that an apply in this folder was creating under a generated name when it was killed, and the right to it.
/// It is still `CREATING`: one that is ready may by now be in the state, which an apply is not shown.
pub(super) async fn abandoned<'c>(
    client: &dyn NodeGroupClient,
    claims: &'c Claims,
    planned: &NodeGroup,
    cluster: &str,
) -> Option<(Live, Claim<'c>)> {
    for live in orphans(client, claims, planned, cluster).await.unwrap_or_default() {
        let place = Place::new(planned.region.text(), cluster, &live.node_group_name);
        if is_adoptable(claims, planned, &live)
            && let Some(claim) = claims.take(place)
        {
            return Some((live, claim));
        }
    }
    None
}

fn is_adoptable(claims: &Claims, planned: &NodeGroup, live: &Live) -> bool {
    let made = unique::made(unique::prefix(planned), &live.node_group_name);
    live.status == "CREATING" && made.is_some_and(|made| made.here && made.at < claims.since())
}

/// The groups with a generated name and the planned settings that no state read in this run has, oldest first. What
/// cannot be asked is taken for nothing: that is help, and asks for permissions that nothing else needs.
async fn orphans(
    client: &dyn NodeGroupClient,
    claims: &Claims,
    planned: &NodeGroup,
    cluster: &str,
) -> Result<Vec<Live>, ApiError> {
    let names = match client.names_at_first(cluster).await {
        Ok(names) => names,
        Err(error) if error.kind == ErrorKind::Unreachable => return Err(error),
        Err(error) => {
            tracing::debug!(%error, "not known whether an earlier apply left a node group in cluster {cluster}");
            return Ok(Vec::new());
        }
    };
    let is_of_state = |name: &str| claims.seen(&Place::new(planned.region.text(), cluster, name)).in_state;
    let made = |name: &String| unique::made(unique::prefix(planned), name).map(|made| (made.at, name.clone()));
    let age = |made: Timestamp| claims.since().duration_since(made);
    let mut young: Vec<_> = names.iter().filter_map(made).collect();
    young.retain(|(made, name)| age(*made).is_positive() && age(*made) <= LEFT_FOR && !is_of_state(name));
    young.sort();
    let surplus = young.len().saturating_sub(LEFT_AT_MOST);
    let mut found = Vec::new();
    for (_, name) in young.into_iter().skip(surplus) {
        let Ok(live) = client.describe(cluster, &name).await else { continue };
        if !is_of_state(&name) && changes::is_same(&api::create_request(planned, &name, ""), &live) {
            found.push(live);
        }
    }
    Ok(found)
}

#[cfg(test)]
#[path = "occupied_tests.rs"]
mod tests;
