//! Conversions between the arguments and the node pool as plain values.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use clients::kube::free_form;
use framework::blocks::{BlockType, Blocks, ListBlock, SingleBlock};
use framework::model::{Attr, List, Map};
use render::karpenter::controller::Controller;
use render::karpenter::form::Form;
use render::karpenter::node_pool::gpu::Gpu;
use render::karpenter::node_pool::{Budget, Disruption, NodePool as Pool, Placed, Taint, parse_requirements, plugin};
use render::karpenter::requirements::{Operator, Requirement};
use render::node::Place;

use super::model::{BudgetInput, DisruptionInput, GpuInput, NodePool, RequirementInput, TaintInput};

/// Path of the requirements in the spec.
const REQUIREMENTS: [&str; 3] = ["template", "spec", "requirements"];

/// Returns the node pool with the requirements of `additional_spec`. Unknown values are omitted.
pub(super) fn pool(model: &NodePool) -> Pool {
    let mut pool = of_arguments(model);
    let additional = free_form::known_fields(&model.additional_spec);
    let place = Place::of("additional_spec");
    let requirements = parse_requirements(&additional["template"]["spec"]["requirements"]);
    pool.requirements.extend(requirements.into_iter().map(|value| Placed { place: place.clone(), value }));
    pool
}

/// Whether `additional_spec` sets the requirements. `None` while that is unknown.
pub(super) fn has_additional_requirements(model: &NodePool) -> Option<bool> {
    free_form::sets(&model.additional_spec, &REQUIREMENTS)
}

/// Whether all requirements of `additional_spec` are known, or it has none.
pub(super) fn are_additional_requirements_known(model: &NodePool) -> bool {
    if has_additional_requirements(model) == Some(false) {
        return true;
    }
    let Some(additional) = model.additional_spec.known().and_then(free_form::to_json) else { return false };
    let requirements = &additional["template"]["spec"]["requirements"];
    // Nothing is known about a requirement with an operator that this version does not support.
    requirements.as_array().is_some_and(|all| all.len() == parse_requirements(requirements).len())
}

/// The fields of all arguments except `additional_spec`. The definition requires the list of requirements, even an empty
/// one.
pub(super) fn typed_spec(model: &NodePool) -> Json {
    let pool = of_arguments(model);
    let mut spec = pool.spec();
    if pool.requirements.is_empty()
        && has_additional_requirements(model) == Some(true)
        && let Some(inner) = spec["template"]["spec"].as_object_mut()
    {
        inner.remove("requirements");
    }
    spec
}

/// The node pool of the attributes without `additional_spec`.
pub(super) fn of_arguments(model: &NodePool) -> Pool {
    let controller = controller(model);
    let gpu = model.gpu.block().map(gpu).unwrap_or_default();
    let gpu = Gpu { efa_types: texts(&model.efa_instance_types), ..gpu };
    let of_block = model.gpu.block().map(|_| gpu.requirements(controller)).unwrap_or_default();
    // The sum of both durations can be validated only if both are known.
    let (expires, drains) = (&model.expire_after, &model.termination_grace_period);
    let lives = !expires.is_unknown() && !drains.is_unknown();
    // After the taints of the blocks, so that those have the same positions as in the object.
    let nvidia_taint = (model.nvidia_taint == Attr::Known(true))
        .then(|| Placed { place: Place::of("nvidia_taint"), value: plugin::default_taint() });
    Pool {
        controller,
        node_class_name: text(&model.node_class_name),
        labels: strings_by_key(&model.node_labels),
        annotations: strings_by_key(&model.node_annotations),
        requirements: of_block.into_iter().chain(placed("requirement", &model.requirement, requirement)).collect(),
        taints: placed("taint", &model.taint, taint).into_iter().chain(nvidia_taint).collect(),
        startup_taints: placed("startup_taint", &model.startup_taint, taint),
        expire_after: expires.text().filter(|_| lives).map(str::to_owned),
        termination_grace_period: drains.text().filter(|_| lives).map(str::to_owned),
        disruption: model.disruption.block().map(disruption),
        limits: strings_by_key(&model.limits),
        weight: model.weight.known().copied(),
        replicas: model.replicas.known().copied(),
    }
}

/// Returns the controller. Defaults to Karpenter if it is unknown.
pub(super) fn controller(model: &NodePool) -> Controller {
    model.controller.text().and_then(Controller::of).unwrap_or_default()
}

/// Whether the nodes of a pool can have NVIDIA GPUs. `None` while an unknown argument of its model determines that.
pub(super) fn may_be_nvidia(model: &NodePool, pool: &Pool) -> Option<bool> {
    let may_be = pool.may_be_nvidia();
    // The known requirements can exclude NVIDIA GPUs, and an unknown requirement cannot include them again.
    (!may_be || is_decided(model)).then_some(may_be)
}

/// Whether all arguments that can exclude NVIDIA GPUs are known.
fn is_decided(model: &NodePool) -> bool {
    let lists = |gpu: &GpuInput| {
        [&gpu.manufacturers, &gpu.names, &gpu.instance_categories, &gpu.instance_families, &gpu.instance_types]
            .into_iter()
            .all(|list| list.to_value().is_wholly_known())
    };
    let is_gpu_known = !model.gpu.is_unknown() && model.gpu.block().is_none_or(lists);
    is_gpu_known
        && are_additional_requirements_known(model)
        && !model.controller.is_unknown()
        && model.requirement.to_value().is_wholly_known()
}

fn text(attribute: &Attr<String>) -> String {
    attribute.text().unwrap_or_default().to_owned()
}

fn texts(list: &List<String>) -> Vec<String> {
    list.known_elements().cloned().collect()
}

fn strings_by_key(map: &Map<String>) -> BTreeMap<String, String> {
    map.known_members().map(|(key, value)| (key.clone(), value.clone())).collect()
}

/// Returns the wholly known blocks with their paths.
fn placed<M, T>(input: &str, blocks: &ListBlock<M>, convert: impl Fn(&M) -> Option<T>) -> Vec<Placed<T>> {
    let place = Place::of(input);
    let elements = blocks.iter().enumerate();
    elements.filter_map(|(index, block)| Some(Placed { place: place.index(index), value: convert(block)? })).collect()
}

/// Returns `None` while an argument that determines it is unknown.
fn requirement(given: &RequirementInput) -> Option<Requirement> {
    let values = match &given.values {
        Attr::Unknown => return None,
        Attr::Null => vec![],
        Attr::Known(values) => values.iter().map(|value| value.text().map(str::to_owned)).collect::<Option<_>>()?,
    };
    if given.min_values.is_unknown() {
        return None;
    }
    Some(Requirement {
        key: given.key.text()?.to_owned(),
        operator: Operator::parse(given.operator.text()?)?,
        values,
        min_values: given.min_values.known().and_then(|least| u32::try_from(*least).ok()),
    })
}

fn taint(given: &TaintInput) -> Option<Taint> {
    if given.value.is_unknown() {
        return None;
    }
    Some(Taint {
        key: given.key.text()?.to_owned(),
        value: text(&given.value),
        effect: given.effect.text()?.to_owned(),
    })
}

pub(super) fn gpu(given: &GpuInput) -> Gpu {
    Gpu {
        architectures: texts(&given.architectures),
        capacity_types: texts(&given.capacity_types),
        instance_categories: texts(&given.instance_categories),
        instance_families: texts(&given.instance_families),
        instance_types: texts(&given.instance_types),
        efa_types: vec![],
        manufacturers: texts(&given.manufacturers),
        names: texts(&given.names),
        count: given.count.known().copied(),
        min_count: given.min_count.known().copied(),
        max_count: given.max_count.known().copied(),
        memory: given.memory.text().map(str::to_owned),
        zones: texts(&given.zones),
    }
}

fn disruption(given: &DisruptionInput) -> Disruption {
    Disruption {
        consolidation_policy: given.consolidation_policy.text().map(str::to_owned),
        consolidate_after: given.consolidate_after.text().map(str::to_owned),
        budgets: given.budget.known().filter(|budgets| !budgets.is_empty()).map(|all| all.iter().map(budget).collect()),
    }
}

/// An unknown schedule is treated as set, so that its duration is not reported as missing a schedule.
fn budget(given: &BudgetInput) -> Budget {
    let both = !given.schedule.is_unknown() && !given.duration.is_unknown();
    Budget {
        nodes: text(&given.nodes),
        schedule: given.schedule.text().filter(|_| both).map(str::to_owned),
        duration: given.duration.text().filter(|_| both).map(str::to_owned),
        reasons: texts(&given.reasons),
    }
}

/// Returns the arguments of a live node pool, with only its declared fields. Stored arguments that are equivalent are
/// kept, with their order, the `gpu` block, and empty values.
pub(super) fn model(form: Form, stored: &NodePool, live: &Pool) -> NodePool {
    let former = of_arguments(stored);
    let is_import = is_import(stored);
    let is_same = !is_import && same(&former.asked(), &live.asked());
    let (gpu, requirement, efa_instance_types) = match is_same {
        true => (stored.gpu.clone(), stored.requirement.clone(), stored.efa_instance_types.clone()),
        false => split_requirements(form, stored, live),
    };
    let (nvidia_taint, taint) = taints(form, stored, live);
    NodePool {
        controller: live.controller.name().into(),
        node_class_name: live.node_class_name.clone().into(),
        node_labels: by_key(&stored.node_labels, &live.labels, is_import),
        node_annotations: by_key(&stored.node_annotations, &live.annotations, false),
        requirement,
        gpu,
        efa_instance_types,
        nvidia_taint,
        taint,
        startup_taint: taint_blocks(&stored.startup_taint, &live.startup_taints),
        expire_after: live.expire_after.clone().into(),
        termination_grace_period: live.termination_grace_period.clone().into(),
        disruption: disruption_block(live.disruption.as_ref(), stored.disruption.block()),
        limits: by_key(&stored.limits, &live.limits, false),
        weight: live.weight.into(),
        replicas: live.replicas.into(),
        ..stored.clone()
    }
}

/// Whether only the identity of the node pool is stored.
pub(super) fn is_import(stored: &NodePool) -> bool {
    stored.uid.is_null()
}

/// Returns the arguments of a node pool, with one block for each requirement and taint.
pub(super) fn verbatim(live: &Pool) -> NodePool {
    model(Form::General, &NodePool::default(), live)
}

/// Whether both lists contain the same elements. Their order has no meaning to the controller.
fn same<T: Ord + Clone>(one: &[T], other: &[T]) -> bool {
    let sorted = |list: &[T]| {
        let mut list = list.to_vec();
        list.sort();
        list
    };
    sorted(one) == sorted(other)
}

type SplitRequirements = (SingleBlock<GpuInput>, ListBlock<RequirementInput>, List<String>);

/// Requirements from `requirement` blocks are kept there. The `gpu` block contains all others that it supports. The
/// instance types of `efa` are kept while they are unchanged.
fn split_requirements(form: Form, stored: &NodePool, live: &Pool) -> SplitRequirements {
    if form == Form::General {
        return (Blocks::Known(None), requirement_blocks(live.asked()), Attr::Null);
    }
    let written: Vec<_> = stored.requirement.iter().filter_map(requirement).collect();
    let (mut kept, mut others): (Vec<_>, Vec<_>) =
        live.asked().into_iter().partition(|requirement| written.contains(requirement));
    let of_efa = Gpu::of_types(&texts(&stored.efa_instance_types));
    let has_efa = stored.efa_instance_types.is_known() && others.contains(&of_efa);
    others.retain(|each| !has_efa || *each != of_efa);
    let gpu = Gpu::take(&mut others, live.controller);
    kept.extend(others);
    let efa = if has_efa { Attr::Known(true) } else { Attr::Null };
    let gpu = gpu.map(gpu_input).or_else(|| has_efa.then(GpuInput::default));
    let gpu = gpu.map(|gpu| Box::new(GpuInput { efa, ..gpu }));
    let types = if has_efa { stored.efa_instance_types.clone() } else { Attr::Null };
    (Blocks::Known(gpu), requirement_blocks(kept), types)
}

fn requirement_blocks(requirements: Vec<Requirement>) -> ListBlock<RequirementInput> {
    Blocks::Known(requirements.into_iter().map(requirement_input).collect())
}

/// An empty map is equivalent to an unset one. The stored form is kept.
fn by_key(stored: &Map<String>, live: &BTreeMap<String, String>, is_computed: bool) -> Map<String> {
    if live.is_empty() && stored.is_null() && !is_computed { Attr::Null } else { Map::of(live.clone()) }
}

/// Returns the argument for the NVIDIA taint and the blocks of all other taints. The general form has only blocks.
fn taints(form: Form, stored: &NodePool, live: &Pool) -> (Attr<bool>, ListBlock<TaintInput>) {
    let is_separate = form == Form::Gpu && (is_import(stored) || stored.nvidia_taint == Attr::Known(true));
    let has_nvidia = live.taints.iter().any(|taint| taint.value == plugin::default_taint());
    if !is_separate || !has_nvidia {
        let nvidia = if form == Form::Gpu { Attr::Known(false) } else { Attr::Null };
        return (nvidia, taint_blocks(&stored.taint, &live.taints));
    }
    let others: Vec<_> = live.taints.iter().filter(|taint| taint.value != plugin::default_taint()).cloned().collect();
    (Attr::Known(true), taint_blocks(&stored.taint, &others))
}

fn taint_blocks(stored: &ListBlock<TaintInput>, live: &[Placed<Taint>]) -> ListBlock<TaintInput> {
    let live: Vec<_> = live.iter().map(|placed| placed.value.clone()).collect();
    let former: Vec<_> = stored.iter().filter_map(taint).collect();
    if same(&former, &live) && stored.known().is_some_and(|stored| stored.len() == live.len()) {
        return stored.clone();
    }
    Blocks::Known(live.into_iter().map(taint_input).collect())
}

fn list(values: Vec<String>) -> List<String> {
    if values.is_empty() { Attr::Null } else { List::of(values) }
}

fn requirement_input(given: Requirement) -> RequirementInput {
    RequirementInput {
        key: given.key.into(),
        operator: given.operator.name().into(),
        values: list(given.values),
        min_values: given.min_values.map(i64::from).into(),
    }
}

pub(super) fn taint_input(given: Taint) -> TaintInput {
    let value = Some(given.value).filter(|value| !value.is_empty());
    TaintInput { key: given.key.into(), value: value.into(), effect: given.effect.into() }
}

fn gpu_input(given: Gpu) -> GpuInput {
    GpuInput {
        manufacturers: list(given.manufacturers),
        names: list(given.names),
        count: given.count.into(),
        min_count: given.min_count.into(),
        max_count: given.max_count.into(),
        memory: given.memory.into(),
        architectures: list(given.architectures),
        instance_families: list(given.instance_families),
        instance_categories: list(given.instance_categories),
        instance_types: list(given.instance_types),
        efa: Attr::Null,
        capacity_types: list(given.capacity_types),
        zones: list(given.zones),
    }
}

fn disruption_block(live: Option<&Disruption>, stored: Option<&DisruptionInput>) -> SingleBlock<DisruptionInput> {
    Blocks::Known(live.map(|live| Box::new(disruption_input(live, stored))))
}

fn disruption_input(live: &Disruption, stored: Option<&DisruptionInput>) -> DisruptionInput {
    let budgets = match live.budgets.as_deref() {
        None => vec![],
        // Without budgets, Karpenter disrupts any number of nodes. Blocks cannot express an empty list.
        Some([]) => vec![BudgetInput { nodes: "100%".into(), ..BudgetInput::default() }],
        Some(budgets) => budgets.iter().map(budget_input).collect(),
    };
    // The order of reasons has no meaning.
    let former = stored.map(disruption);
    let is_same = |live: &[Budget], former: &[Budget]| {
        live.len() == former.len()
            && live.iter().zip(former).all(|(live, former)| {
                same(&live.reasons, &former.reasons)
                    && Budget { reasons: vec![], ..live.clone() } == Budget { reasons: vec![], ..former.clone() }
            })
    };
    let kept = stored.filter(|_| {
        let former = former.as_ref().and_then(|former| former.budgets.as_deref());
        live.budgets.as_deref().zip(former).is_some_and(|(live, former)| is_same(live, former))
    });
    DisruptionInput {
        consolidation_policy: live.consolidation_policy.clone().into(),
        consolidate_after: live.consolidate_after.clone().into(),
        budget: kept.map_or(Blocks::Known(budgets), |kept| kept.budget.clone()),
    }
}

fn budget_input(live: &Budget) -> BudgetInput {
    BudgetInput {
        nodes: live.nodes.clone().into(),
        schedule: live.schedule.clone().into(),
        duration: live.duration.clone().into(),
        reasons: list(live.reasons.clone()),
    }
}

#[cfg(test)]
#[path = "convert_tests.rs"]
mod tests;
