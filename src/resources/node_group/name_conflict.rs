//! Detects name conflicts at plan time: existing node groups with a planned name, and node groups that an
//! interrupted apply of the same configuration started to create.

use std::collections::BTreeSet;
use std::fmt::Write;

use jiff::{SignedDuration, Timestamp};

use clients::creation::CreateRequest;
use clients::creation_records::CreationRecord;
use clients::errors::ApiError;
use clients::run_ledger::{ObjectKey, RunLedger};
use framework::diagnostics::Diagnostic;
use framework::model::Model;
use framework::path::Path;
use framework::resource::Plan;

use super::client::{CreateNodeGroup, NodeGroup as Live, NodeGroupClient, NodeGroupStatus};
use super::model::NodeGroup;
use super::{api, changes, generated_name};

/// Maximum age of an orphaned group with a generated name.
const LEFT_FOR: SignedDuration = SignedDuration::from_hours(24);

/// Maximum number of orphan candidates that are described, newest first.
const LEFT_AT_MOST: usize = 8;

/// The kind of object in the run ledger.
const KIND: &str = "node group";

/// The other resources and existing groups that planning and creation take into account.
#[derive(Clone, Copy)]
pub(super) struct NameContext<'g> {
    pub(super) client: &'g dyn NodeGroupClient,
    pub(super) ledger: &'g RunLedger,
    /// The provider Region.
    pub(super) region: &'g str,
}

impl NameContext<'_> {
    /// Returns the key of the node group with this name in the cluster of a model.
    pub(super) fn named(&self, model: &NodeGroup, name: &str) -> ObjectKey {
        let region = model.region.text().unwrap_or(self.region);
        ObjectKey::new(KIND, region, model.cluster_name.text().unwrap_or_default(), name)
    }

    /// Returns the node group of a model, or `None` if its identity is unknown.
    pub(super) fn key(&self, model: &NodeGroup) -> Option<ObjectKey> {
        let name =
            model.node_group_name.text().filter(|_| model.cluster_name.is_known() && !model.region.is_unknown())?;
        Some(self.named(model, name))
    }

    /// Returns the creation with a generated name that an interrupted apply started with the planned arguments, if
    /// another resource of this run does not continue it.
    pub(super) fn unfinished(&self, planned: &NodeGroup) -> Option<CreationRecord> {
        let cluster = self.named(planned, "").cluster;
        self.ledger.creations().take(KIND, &cluster, |record| self.is_continued(planned, record))
    }

    fn is_continued(&self, planned: &NodeGroup, record: &CreationRecord) -> bool {
        let wanted = api::create_request(planned, record.name(), "");
        generated_name::made(generated_name::prefix(planned), record.name()).is_some()
            && !record.is_returned()
            && record.request::<CreateNodeGroup>().is_some_and(|begun| begun.is_same(&wanted))
    }
}

/// Checks whether the planned node group can use its name.
///
/// # Errors
/// Returns an error if EKS cannot be reached, because all later requests would fail as well. Other request errors are
/// ignored.
pub(super) async fn plan(ground: NameContext<'_>, plan: &mut Plan<NodeGroup>) -> Result<(), ApiError> {
    if let Some((key, _)) = ground.ledger.record_plan(plan, |model| ground.key(model)) {
        plan.diagnostics.push(twice(&api::id(&key.cluster.cluster, &key.name)));
        return Ok(());
    }
    if plan.prior.is_some() {
        return Ok(());
    }
    match (plan.planned.cluster_name.text(), plan.planned.node_group_name.text()) {
        (Some(cluster), Some(name)) => {
            let found = named(ground, plan, cluster, name).await?;
            plan.diagnostics.extend(found.into_iter().collect());
        }
        (Some(cluster), None) if plan.config.node_group_name.is_null() => {
            let found = left(ground, plan, cluster).await?;
            plan.diagnostics.extend(found.into_iter().collect());
        }
        _ => {}
    }
    Ok(())
}

/// Returns the error for two resources with the same node group.
pub(super) fn twice(id: &str) -> Diagnostic {
    Diagnostic::error(
        format!("Node group {id} is configured twice"),
        "Another resource in this configuration manages or creates a node group with the same name in the same \
         cluster. Set a unique node_group_name for each resource. If a resource was renamed, add a moved block.",
    )
    .at(Path::attribute("node_group_name"))
}

/// Returns the finding for an existing node group with the planned name.
async fn named(
    ground: NameContext<'_>,
    plan: &Plan<NodeGroup>,
    cluster: &str,
    name: &str,
) -> Result<Option<Diagnostic>, ApiError> {
    let Some(key) = ground.key(&plan.planned) else { return Ok(None) };
    let id = api::id(cluster, name);
    let live = match ground.client.describe(cluster, name).await {
        Ok(live) => live,
        Err(error) if error.is_not_found() => return Ok(None),
        Err(error) if error.is_unreachable() => return Err(error),
        Err(error) => {
            tracing::debug!(%error, "unable to check whether the name of node group {id} is free");
            return Ok(None);
        }
    };
    // A group that is in state but not kept by another resource is tainted or replaced, so it is deleted before the
    // creation.
    if ground.ledger.is_known(&key) || live.status == NodeGroupStatus::Deleting {
        return Ok(None);
    }
    let at = |diagnostic: Diagnostic| Ok(Some(diagnostic.at(Path::attribute("node_group_name"))));
    if ground.ledger.creations().unfinished(&key).is_some() {
        let detail = format!(
            "{} An interrupted apply of this configuration started to create a node group with this name. If this is \
             that node group, the apply continues its creation. If arguments have changed since then, the apply \
             deletes and recreates it.",
            describe(&live)
        );
        return at(Diagnostic::warning(format!("Node group {id} already exists"), detail));
    }
    let summary = format!("Node group {id} already exists");
    let detail = format!("{} {}", describe(&live), way_out(&id));
    // During apply, an error here would leave the previous resource of a create_before_destroy replacement deposed, and
    // the next apply would delete it. The creation fails as well, and then Terraform core restores it. Core sends the
    // same request during plan and apply; only a plan reads states and has unknown values.
    if ground.ledger.state_was_read() || !plan.config.to_value().is_wholly_known() {
        return at(Diagnostic::error(summary, detail));
    }
    at(Diagnostic::warning(summary, format!("The apply will fail. {detail}")))
}

/// Explains how to resolve a name conflict.
pub(super) fn way_out(id: &str) -> String {
    format!(
        "To manage the existing node group, import it:\n\n  import {{\n    to = ekscompute_node_group.ADDRESS\n    id \
         = \"{id}\"\n  }}\n\nIf another resource manages it and was renamed, add a moved block. Otherwise, use another \
         node_group_name, or set node_group_name_prefix."
    )
}

fn describe(live: &Live) -> String {
    let created = live.created_at.as_deref().unwrap_or("at an unknown time");
    format!("Cluster {} has a node group with this name: {}, created {created}.", live.cluster_name, live.status)
}

/// Returns a warning about groups with a generated name that no resource of this configuration manages: groups that an
/// interrupted apply started to create, and groups with the planned settings.
async fn left(ground: NameContext<'_>, plan: &Plan<NodeGroup>, cluster: &str) -> Result<Option<Diagnostic>, ApiError> {
    // An unknown prefix can become any prefix.
    let unknown = plan.config.node_group_name_prefix.is_unknown() || !plan.config.to_value().is_wholly_known();
    if unknown || plan.planned.region.is_unknown() {
        return Ok(None);
    }
    let begun = begun(ground, &plan.planned, cluster).await;
    let alike = orphans(ground, &plan.planned, cluster).await?.into_iter().map(|live| (live, false));
    let mut text = String::new();
    let mut listed = BTreeSet::new();
    for (live, is_continued) in begun.into_iter().chain(alike) {
        if !listed.insert(live.node_group_name.clone()) {
            continue;
        }
        let id = api::id(cluster, &live.node_group_name);
        let created = live.created_at.as_deref().unwrap_or("at an unknown time");
        let _ = write!(text, "\n  - {id}: {}, created {created}", live.status);
        if is_continued {
            text.push_str("; created by an interrupted apply of this configuration, continued by this apply");
        }
    }
    Ok((!text.is_empty()).then(|| {
        let detail = format!(
            "The following node groups have generated names, and no resource that was read in this run manages them. \
             They have either the planned settings or a record of their creation by this configuration:{text}\n\nAn \
             interrupted apply can leave such a node group behind. If a node group is not in any state (run terraform \
             state list, including in other configurations), import it, with node_group_name instead of the \
             prefix:\n\n  import {{\n    to = ekscompute_node_group.ADDRESS\n    id = \"{cluster}:NAME\"\n  }}\n\nor \
             delete it: aws eks delete-nodegroup --cluster-name {cluster} --nodegroup-name NAME"
        );
        Diagnostic::warning(format!("Cluster {cluster} may have orphaned node groups"), detail)
            .at(Path::attribute("node_group_name_prefix"))
    }))
}

/// Returns the node groups with a generated name that an interrupted apply of this configuration started to create, and
/// whether this apply continues their creation.
async fn begun(ground: NameContext<'_>, planned: &NodeGroup, cluster: &str) -> Vec<(Live, bool)> {
    let creations = ground.ledger.creations();
    let place = ground.named(planned, "").cluster;
    // The records are released before any request.
    let names: Vec<_> = creations
        .of_kind(KIND, &place, |name| generated_name::made(generated_name::prefix(planned), name).is_some())
        .iter()
        .map(|record| (record.name().to_owned(), ground.is_continued(planned, record)))
        .collect();
    let mut found = Vec::new();
    for (name, is_continued) in names {
        let key = ground.named(planned, &name);
        match ground.client.describe(cluster, &name).await {
            Ok(live) if !ground.ledger.is_known(&key) => found.push((live, is_continued)),
            Err(error) if error.is_not_found() => creations.forget(&key),
            _ => {}
        }
    }
    found
}

/// Returns the groups with a generated name and the planned settings that are not in any state read in this run, oldest
/// first. Failed requests are ignored: this check is optional and requires permissions that nothing else uses.
async fn orphans(ground: NameContext<'_>, planned: &NodeGroup, cluster: &str) -> Result<Vec<Live>, ApiError> {
    let names = match ground.client.names_at_first(cluster).await {
        Ok(names) => names,
        Err(error) if error.is_unreachable() => return Err(error),
        Err(error) => {
            tracing::debug!(%error, "unable to check for node groups from an earlier apply in cluster {cluster}");
            return Ok(Vec::new());
        }
    };
    let is_of_run = |name: &str| {
        let key = ground.named(planned, name);
        ground.ledger.is_known(&key) || ground.ledger.is_created(&key)
    };
    let made =
        |name: &String| generated_name::made(generated_name::prefix(planned), name).map(|made| (made, name.clone()));
    let age = |made: Timestamp| Timestamp::now().duration_since(made);
    let mut young: Vec<_> = names.iter().filter_map(made).collect();
    young.retain(|(made, name)| age(*made).is_positive() && age(*made) <= LEFT_FOR && !is_of_run(name));
    young.sort();
    let surplus = young.len().saturating_sub(LEFT_AT_MOST);
    let mut found = Vec::new();
    for (_, name) in young.into_iter().skip(surplus) {
        let Ok(live) = ground.client.describe(cluster, &name).await else { continue };
        if !is_of_run(&name) && changes::is_same(&api::create_request(planned, &name, ""), &live) {
            found.push(live);
        }
    }
    Ok(found)
}

#[cfg(test)]
#[path = "name_conflict_tests.rs"]
mod tests;
