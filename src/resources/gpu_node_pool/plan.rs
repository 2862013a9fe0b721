//! What a plan of a node pool needs beyond its schema: defaults that depend on other inputs, what the cluster says to it,
//! and whether nodes will be replaced.

use clients::kube::managed::{Preview, Wanted};
use clients::kube::moves::locate;
use framework::diagnostics::Diagnostics;
use framework::model::{Attr, List, Map, Model};
use framework::path::Path;
use framework::resource::Plan;
use framework::value::Value;
use render::karpenter::node_pool::{NodePool, plugin};

use super::model::GpuNodePool;
use super::work::{self, Work};
use super::{convert, validation};

/// What the server and the controller decide.
const DECIDED: [&str; 7] = ["conditions", "node_count", "resources", "uid", "id", "region", "previous_field_managers"];

/// Fills in what is known before the apply.
pub(super) fn settle(plan: &mut Plan<GpuNodePool>, region: Option<&str>) {
    defaults(plan);
    locate(plan, region);
    if let Some(id) = work::id(&plan.planned) {
        plan.planned.id = id.into();
    }
    plan.planned.previous_field_managers = Attr::Null;
    let Some(prior) = plan.prior.clone() else { return };
    // What the apply will say is hardly going to be nothing.
    if prior.replicas.is_null() != plan.config.replicas.is_null() {
        plan.replace(Path::attribute("replicas"));
        plan.diagnostics.warning_at(
            Path::attribute("replicas"),
            "Another node pool takes the place of this one",
            "A node pool has either a fixed number of nodes or as many as pods need, and the one cannot become the other. It \
             is deleted with its nodes, and made anew.",
        );
    }
}

/// Taint and label that let the NVIDIA device plugin run, where the configuration has none of its own.
fn defaults(plan: &mut Plan<GpuNodePool>) {
    let pool = convert::pool(&plan.planned);
    let is_nvidia = convert::may_be_nvidia(&plan.planned, &pool);
    if plan.config.taints.is_null() {
        let taint = |is_nvidia: bool| List::of(is_nvidia.then(|| convert::taint_input(plugin::default_taint())));
        plan.planned.taints = is_nvidia.map_or(Attr::Unknown, taint);
    }
    if plan.config.labels.is_null() {
        let labels = |is_nvidia| Map::of(if is_nvidia { plugin::default_labels(pool.controller) } else { [].into() });
        plan.planned.labels = is_nvidia.map_or(Attr::Unknown, labels);
    }
}

/// Says what the apply would be refused for, as far as it can be known, and what would not do what is meant. What the NVIDIA
/// device plugin needs in its chart's own settings is not said where it is known what the cluster has.
pub(super) async fn check(
    work: Option<&Work>,
    knows_plugin: bool,
    plan: &mut Plan<GpuNodePool>,
) -> Result<(), Diagnostics> {
    let is_new = plan.is_create() || plan.is_replace();
    let fields = work::fields(&plan.planned);
    let prior = plan.prior.as_ref().filter(|_| !is_new).cloned();
    let prior_fields = prior.as_ref().map(work::fields);
    let predecessors: Vec<_> =
        prior.iter().flat_map(|prior| prior.previous_field_managers.known_elements().cloned()).collect();
    if prior_fields.as_ref() == Some(&fields) && predecessors.is_empty() && is_known(&plan.planned) {
        return Ok(());
    }
    let is_taken_over = !predecessors.is_empty();
    if is_taken_over || prior.as_ref().is_none_or(|prior| advised(prior) != advised(&plan.planned)) {
        validation::advice(&plan.planned, knows_plugin, &mut plan.diagnostics);
    }
    if let Some(prior) = &prior {
        warn_of_new_nodes(&convert::pool(prior), plan);
    }
    let Some(work) = work.filter(|_| is_known(&plan.planned)) else { return Ok(()) };
    let force = plan.planned.force_conflicts == Attr::Known(true);
    let managed = work.managed();
    let preview = match (&prior, prior_fields) {
        (Some(prior), Some(before)) => {
            let wanted = Wanted { fields: &fields, prior: &before, force, predecessors: &predecessors };
            managed.preview_update(prior.uid.text().unwrap_or_default(), wanted).await
        }
        _ => managed.preview_create(&fields, force).await,
    };
    match preview {
        Preview::Refused(found) if found.has_error() => Err(found),
        Preview::Refused(found) => {
            plan.diagnostics.extend(found);
            Ok(())
        }
        Preview::Possible(_) | Preview::Unknowable => Ok(()),
    }
}

/// What advice depends on.
fn advised(model: &GpuNodePool) -> impl PartialEq {
    let pool = convert::pool(model);
    let is_nvidia = convert::may_be_nvidia(model, &pool);
    let NodePool { controller, labels, taints, startup_taints, .. } = pool;
    (controller, labels, taints, startup_taints, is_nvidia)
}

/// Whether everything that is sent is known.
fn is_known(planned: &GpuNodePool) -> bool {
    let Value::Object(members) = planned.to_value() else { return false };
    members.iter().filter(|(name, _)| !DECIDED.contains(&name.as_str())).all(|(_, value)| value.is_wholly_known())
}

/// Which changes make running nodes differ from their pool, so that they are replaced.
fn warn_of_new_nodes(prior: &NodePool, plan: &mut Plan<GpuNodePool>) {
    let planned = convert::pool(&plan.planned);
    let changed = [
        ("node_class_name", prior.node_class_name != planned.node_class_name),
        ("labels", prior.labels != planned.labels),
        ("annotations", prior.annotations != planned.annotations),
        ("taints", prior.taints != planned.taints),
        ("startup_taints", prior.startup_taints != planned.startup_taints),
        ("expire_after", prior.expire_after != planned.expire_after),
        ("termination_grace_period", prior.termination_grace_period != planned.termination_grace_period),
    ];
    let names: Vec<_> = changed.into_iter().filter(|(_, is_changed)| *is_changed).map(|(name, _)| name).collect();
    if let Some(first) = names.first() {
        let detail = format!(
            "Nodes are made by {}: those that run already differ from the node pool after this change, and are replaced as fast \
             as the budgets of disruption allow.",
            names.join(", ")
        );
        plan.diagnostics.warning_at(Path::attribute(*first), "The nodes of the pool will be replaced", detail);
    }
}
