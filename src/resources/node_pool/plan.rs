//! The plan of a node pool beyond its schema: defaults that depend on other arguments, the response of the cluster to
//! the planned fields, and whether nodes are replaced.

use clients::kube::free_form;
use clients::kube::managed::{Preview, Wanted};
use clients::kube::moves::locate;
use framework::diagnostics::Diagnostics;
use framework::model::{Attr, Map, Model};
use framework::path::Path;
use framework::resource::Plan;
use framework::value::Value;
use render::karpenter::form::Form;
use render::karpenter::node_pool::{NodePool as Pool, Placed, Taint, plugin};

use super::model::NodePool;
use super::work::{self, Work};
use super::{convert, validation};

/// The attributes that the server and the controller set.
const DECIDED: [&str; 7] = ["conditions", "node_count", "resources", "uid", "id", "region", "previous_field_managers"];

/// Plans everything that is known before the apply.
pub(super) fn settle(form: Form, plan: &mut Plan<NodePool>, region: Option<&str>) {
    defaults(form, plan);
    locate(plan, region);
    if let Some(id) = work::id(&plan.planned) {
        plan.planned.id = id.into();
    }
    plan.planned.previous_field_managers = Attr::Null;
    let Some(prior) = plan.prior.clone() else { return };
    // An unknown value is treated as set: it is unlikely to be null.
    if prior.replicas.is_null() != plan.config.replicas.is_null() {
        plan.replace(Path::attribute("replicas"));
        plan.diagnostics.warning_at(
            Path::attribute("replicas"),
            "Node pool will be replaced",
            "replicas switches between a fixed and a dynamic number of nodes, which is not possible in place. \
             Terraform deletes the node pool with its nodes and recreates it.",
        );
    }
}

/// Plans the taint and the label that the NVIDIA device plugin supports by default. The general form has neither.
fn defaults(form: Form, plan: &mut Plan<NodePool>) {
    let has_labels = !plan.config.node_labels.is_null();
    if form == Form::General {
        plan.planned.nvidia_taint = Attr::Null;
        if !has_labels {
            plan.planned.node_labels = Map::of([]);
        }
        return;
    }
    let pool = convert::pool(&plan.planned);
    let is_nvidia = convert::may_be_nvidia(&plan.planned, &pool);
    if plan.config.nvidia_taint.is_null() {
        let has_taints = plan.planned.taint.known().map(|taints| !taints.is_empty());
        let has_additional = free_form::sets(&plan.planned.additional_spec, &["template", "spec", "taints"]);
        let is_wanted = match has_taints.zip(has_additional).map(|(taints, additional)| taints || additional) {
            Some(true) => Some(false),
            Some(false) => is_nvidia,
            None => None,
        };
        plan.planned.nvidia_taint = is_wanted.map_or(Attr::Unknown, Attr::Known);
    }
    if !has_labels {
        let labels = |is_nvidia| Map::of(if is_nvidia { plugin::default_labels(pool.controller) } else { [].into() });
        plan.planned.node_labels = is_nvidia.map_or(Attr::Unknown, labels);
    }
}

/// Reports errors that would make the apply fail, and settings that do not work as intended. Required settings of the
/// device plugin chart are not reported if the plugin in the cluster is known.
pub(super) async fn check(
    form: Form,
    work: Option<&Work>,
    knows_plugin: bool,
    plan: &mut Plan<NodePool>,
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
    if form == Form::Gpu
        && (is_taken_over || prior.as_ref().is_none_or(|prior| advised(prior) != advised(&plan.planned)))
    {
        validation::advice(&plan.planned, knows_plugin, &mut plan.diagnostics);
    }
    if let Some(prior) = &prior {
        warn_of_new_nodes(&convert::pool(prior), plan);
    }
    let Some(work) = work else { return Ok(()) };
    if !is_known(&plan.planned) {
        return work.managed().check_known(&fields).await;
    }
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

/// Returns the values that the advice depends on.
fn advised(model: &NodePool) -> impl PartialEq {
    let pool = convert::pool(model);
    let is_nvidia = convert::may_be_nvidia(model, &pool);
    let Pool { controller, labels, taints, startup_taints, .. } = pool;
    (controller, labels, taints, startup_taints, is_nvidia)
}

/// Whether all fields that are sent are known.
fn is_known(planned: &NodePool) -> bool {
    let Value::Object(members) = planned.to_value() else { return false };
    members.iter().filter(|(name, _)| !DECIDED.contains(&name.as_str())).all(|(_, value)| value.is_wholly_known())
}

/// Warns about changes that cause drift between running nodes and their node pool, so that the nodes are replaced.
fn warn_of_new_nodes(prior: &Pool, plan: &mut Plan<NodePool>) {
    let planned = convert::pool(&plan.planned);
    // A taint that moves between a block and an argument does not change the object, and the order has no meaning.
    let values = |placed: &[Placed<Taint>]| {
        let mut values: Vec<_> = placed.iter().map(|each| each.value.clone()).collect();
        values.sort();
        values
    };
    let changed = [
        ("node_class_name", prior.node_class_name != planned.node_class_name),
        ("node_labels", prior.labels != planned.labels),
        ("node_annotations", prior.annotations != planned.annotations),
        ("taint", values(&prior.taints) != values(&planned.taints)),
        ("startup_taint", values(&prior.startup_taints) != values(&planned.startup_taints)),
        ("expire_after", prior.expire_after != planned.expire_after),
        ("termination_grace_period", prior.termination_grace_period != planned.termination_grace_period),
    ];
    let names: Vec<_> = changed.into_iter().filter(|(_, is_changed)| *is_changed).map(|(name, _)| name).collect();
    if let Some(first) = names.first() {
        let detail = format!(
            "The controller replaces running nodes because of changes to: {}. The budgets in disruption limit how many \
             nodes are replaced at a time.",
            names.join(", ")
        );
        plan.diagnostics.warning_at(Path::attribute(*first), "Nodes of the node pool will be replaced", detail);
    }
}
