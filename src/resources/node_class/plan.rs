//! The plan of a node class beyond its schema: defaults, the response of the cluster to the planned fields, and which
//! changes replace nodes.

use serde_json::Value as Json;

use clients::kube::fields::list_field_name;
use clients::kube::free_form;
use clients::kube::managed::{Managed, Preview, Wanted};
use clients::kube::moves::locate;
use framework::blocks::{BlockType, ListBlock};
use framework::diagnostics::Diagnostics;
use framework::model::{Attr, Model};
use framework::path::Path;
use framework::resource::Plan;
use framework::value::Value;
use render::karpenter::form::Form;
use render::karpenter::node_class::{DEFAULT_FAMILY, default_alias};

use super::api::{self, KARPENTER};
use super::model::NodeClass;
use super::rules::ami::no_default;

/// Arguments whose change replaces only the running nodes that the new value does not select.
const SELECTING: [&str; 5] = [
    "ami_selector_term",
    "default_ami_alias",
    "subnet_selector_term",
    "security_group_selector_term",
    "capacity_reservation_selector_term",
];

/// Block lists that Karpenter hashes as sets. With the AMI family `Custom`, the last block device mapping holds the images.
const SETS: [&str; 2] = ["block_device_mapping", "network_interface"];

/// Arguments whose change does not replace nodes.
const HARMLESS: [&str; 1] = ["ip_prefix_count"];

/// Arguments that select a default and are not fields.
const OTHERS: [&str; 3] = ["default_ami_alias", "default_volume", "additional_spec"];

/// Plans everything that is known before the apply.
pub(super) fn settle(form: Form, plan: &mut Plan<NodeClass>, region: Option<&str>) {
    locate(plan, region);
    alias_default(plan);
    volume_default(form, plan);
    if plan.is_create() {
        plan.planned.previous_field_managers = Attr::Null;
    }
    let planned = &mut plan.planned;
    if let (Some(cluster), Some(controller), Some(name)) =
        (planned.cluster_name.text(), planned.controller.text(), planned.name.text())
    {
        planned.id = api::id(cluster, controller, name).into();
    }
    if let Some(prior) = plan.prior.clone() {
        keep_selection(&prior, &mut plan.planned);
        changed(&prior, plan);
    }
}

/// Karpenter requires AMI selector terms.
fn alias_default(plan: &mut Plan<NodeClass>) {
    let planned = &plan.planned;
    let is_unset = planned.ami_selector_term.known().map(Vec::is_empty);
    let is_karpenter = planned.controller.text().map(|controller| controller == KARPENTER);
    let has_additional = api::is_in_additional_spec(planned, "ami_selector_term");
    plan.planned.default_ami_alias = match (is_unset, is_karpenter, has_additional) {
        (Some(false), ..) | (_, Some(false), _) | (.., Some(true)) => Attr::Null,
        (None, ..) | (_, None, _) | (.., None) => Attr::Unknown,
        _ if planned.ami_family.is_unknown() => Attr::Unknown,
        _ => {
            let family = planned.ami_family.text().unwrap_or(DEFAULT_FAMILY);
            let Some(alias) = default_alias(family) else {
                // Validation reports this for a known family. Only the apply knows the family of a reference.
                plan.diagnostics.push(no_default(family));
                return;
            };
            alias.into()
        }
    };
}

fn volume_default(form: Form, plan: &mut Plan<NodeClass>) {
    if form == Form::General {
        plan.planned.default_volume = Attr::Null;
        return;
    }
    if !plan.config.default_volume.is_null() {
        return;
    }
    let planned = &plan.planned;
    let is_karpenter = planned.controller.text().map(|controller| controller == KARPENTER);
    let is_unset = planned.block_device_mapping.known().map(Vec::is_empty);
    let has_additional = api::is_in_additional_spec(planned, "block_device_mapping");
    let is_wanted = match (is_unset, is_karpenter, has_additional) {
        (Some(false), ..) | (_, Some(false), _) | (.., Some(true)) => Some(false),
        (None, ..) | (_, None, _) | (.., None) => None,
        // An imported node class keeps the volumes of Karpenter.
        _ if plan.prior.as_ref().is_some_and(has_no_volumes) => Some(false),
        _ => api::family(planned).map(api::has_default_volumes),
    };
    plan.planned.default_volume = is_wanted.map_or(Attr::Unknown, Attr::Known);
}

fn has_no_volumes(prior: &NodeClass) -> bool {
    // If the family has no default volumes, `false` does not mean that they were disabled.
    let could_have = api::family(prior).is_some_and(api::has_default_volumes);
    could_have
        && prior.default_volume != Attr::Known(true)
        && prior.block_device_mapping.known().is_some_and(Vec::is_empty)
}

/// The order of selector terms has no meaning: Karpenter hashes them as sets, and reports the same selection.
fn keep_selection(prior: &NodeClass, planned: &mut NodeClass) {
    if prior.previous_field_managers.is_known() {
        return;
    }
    if same_selection(prior, planned, "ami_selector_term", |class| &class.ami_selector_term)
        && prior.ami_family == planned.ami_family
    {
        planned.resolved_amis = prior.resolved_amis.clone();
    }
    if same_selection(prior, planned, "subnet_selector_term", |class| &class.subnet_selector_term) {
        planned.resolved_subnets = prior.resolved_subnets.clone();
    }
    if same_selection(prior, planned, "security_group_selector_term", |class| &class.security_group_selector_term) {
        planned.resolved_security_groups = prior.resolved_security_groups.clone();
    }
    if same_selection(prior, planned, "capacity_reservation_selector_term", |class| {
        &class.capacity_reservation_selector_term
    }) {
        planned.resolved_capacity_reservations = prior.resolved_capacity_reservations.clone();
    }
}

/// Returns whether both select the same objects with these blocks or with their field in `additional_spec`. A selector that
/// no argument supports yet can affect every selection.
fn same_selection<M: Model>(
    prior: &NodeClass,
    planned: &NodeClass,
    block: &str,
    terms: fn(&NodeClass) -> &ListBlock<M>,
) -> bool {
    let is_other =
        |name: &str| name.contains("Selector") && !SELECTING.iter().any(|block| list_field_name(block) == name);
    let selectors = |class: &NodeClass| -> Json {
        let spec = free_form::known_fields(&class.additional_spec);
        let members = spec.as_object().into_iter().flatten();
        let selectors = members.filter(|(name, _)| **name == list_field_name(block) || is_other(name));
        selectors.map(|(name, member)| (name.clone(), member.clone())).collect()
    };
    same_terms(terms(prior), terms(planned))
        && planned.additional_spec.to_value().is_wholly_known()
        && selectors(prior) == selectors(planned)
}

/// Whether both lists contain the same terms in any order.
fn same_terms<M: Model>(prior: &ListBlock<M>, planned: &ListBlock<M>) -> bool {
    let (prior, planned) = (prior.to_value(), planned.to_value());
    !prior.is_unknown() && !planned.is_unknown() && same_in_any_order(&prior, &planned)
}

/// Whether both values are equal, or lists of the same elements.
fn same_in_any_order(one: &Value, other: &Value) -> bool {
    let (Value::List(one), Value::List(other)) = (one, other) else { return one == other };
    let (mut one, mut other) = (one.clone(), other.clone());
    one.sort();
    other.sort();
    one == other
}

/// Returns the arguments whose change affects the spec. A different order of selector terms is not a change.
fn changed_arguments(prior: &NodeClass, planned: &NodeClass) -> Vec<&'static str> {
    let is_other_family = api::family(prior) != api::family(planned);
    let has_sets =
        |name: &str| SELECTING.contains(&name) || SETS.contains(&name) && api::family(planned) != Some("Custom");
    let (prior, planned) = (api::effective(prior), api::effective(planned));
    let is_changed = |name: &&str| match (prior.member(name), planned.member(name)) {
        // If ami_family is unset, the alias determines the family.
        _ if *name == "ami_family" => is_other_family,
        // With `false` and with null, only the blocks define volumes.
        (Some(prior), Some(planned)) if *name == "default_volume" => {
            (*prior == Value::Bool(true)) != (*planned == Value::Bool(true))
        }
        (Some(prior), Some(planned)) if has_sets(name) => !same_in_any_order(prior, planned),
        (prior, planned) => prior != planned,
    };
    [api::spec_arguments().as_slice(), &OTHERS].concat().into_iter().filter(is_changed).collect()
}

/// Reports the effect of the change on nodes.
fn changed(prior: &NodeClass, plan: &mut Plan<NodeClass>) {
    let is_moved = prior.previous_field_managers.is_known();
    // A change that results in the same fields, such as the same alias in a block, has no effect.
    let is_same = api::fields(&plan.planned).is_some_and(|planned| Some(planned) == api::fields(prior));
    let changed = if is_same { Vec::new() } else { changed_arguments(prior, &plan.planned) };
    if changed.is_empty() && !is_moved || plan.is_replace() {
        return;
    }
    plan.planned.previous_field_managers = Attr::Null;
    warn_of_new_nodes(&changed, plan);
}

fn warn_of_new_nodes(changed: &[&str], plan: &mut Plan<NodeClass>) {
    let rolling: Vec<_> = changed.iter().copied().filter(|name| !HARMLESS.contains(name)).collect();
    let (selecting, certain): (Vec<_>, Vec<_>) = rolling.into_iter().partition(|name| SELECTING.contains(name));
    let controller = if plan.planned.controller.text() == Some(KARPENTER) { "Karpenter" } else { "EKS Auto Mode" };
    let name = plan.planned.name.text().unwrap_or_default();
    let pace = "The disruption budgets of the node pools limit how many nodes are replaced at a time.";
    let (summary, detail) = match (certain.first(), selecting.first()) {
        (Some(_), _) => (
            format!("Nodes of node class {name} will be replaced"),
            format!("{controller} replaces running nodes because of changes to: {}. {pace}", certain.join(", ")),
        ),
        (None, Some(_)) => (
            format!("Nodes of node class {name} may be replaced"),
            format!(
                "{controller} replaces running nodes that no longer match the changed arguments: {}. {pace}",
                selecting.join(", ")
            ),
        ),
        (None, None) => return,
    };
    let at = certain.first().or(selecting.first()).map(|name| Path::attribute(*name)).unwrap_or_default();
    plan.diagnostics.warning_at(at, summary, detail);
}

/// Sends the planned fields to the cluster as a dry run, if the cluster exists.
pub(super) async fn preview(managed: &Managed<'_>, plan: &mut Plan<NodeClass>) -> Result<(), Diagnostics> {
    if plan.is_replace() {
        return Ok(());
    }
    let Some(fields) = api::fields(&plan.planned) else {
        return managed.check_known(&api::known_fields(&plan.planned)).await;
    };
    let force = plan.planned.force_conflicts == Attr::Known(true);
    let preview = match &plan.prior {
        None => managed.preview_create(&fields, force).await,
        Some(prior) => {
            let before = api::fields(prior).unwrap_or(Json::Null);
            let predecessors: Vec<_> = prior.previous_field_managers.known_elements().cloned().collect();
            if before == fields && predecessors.is_empty() {
                return Ok(());
            }
            let wanted = Wanted { fields: &fields, prior: &before, force, predecessors: &predecessors };
            managed.preview_update(prior.uid.text().unwrap_or_default(), wanted).await
        }
    };
    match preview {
        Preview::Refused(found) if found.has_error() => Err(found),
        Preview::Refused(found) => {
            plan.diagnostics.extend(found);
            Ok(())
        }
        Preview::Unknowable | Preview::Possible(_) => Ok(()),
    }
}
