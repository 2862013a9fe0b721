//! The constraints on combinations of arguments that do not require a cluster.

use super::convert::{self, may_be_nvidia};
use super::model::NodePool;
use super::{state, work};
use clients::findings::path;
use clients::kube::free_form;
use framework::diagnostics::{Diagnostic, Diagnostics};
use framework::path::Path;
use render::karpenter::controller::Controller;
use render::karpenter::form::Form;
use render::karpenter::node_pool::{plugin, rules};
use render::node::{Finding, Place, Severity};

/// Validates the arguments together.
pub(super) fn together(form: Form, config: &NodePool, diagnostics: &mut Diagnostics) {
    if let Some(gpu) = config.gpu.block()
        && gpu.count.is_known()
        && (gpu.min_count.is_known() || gpu.max_count.is_known())
    {
        let text = "count is an exact number and conflicts with min_count and max_count. Remove count, or the other \
                    two.";
        report([Finding::error(Place::of("gpu").then("count"), text)], diagnostics);
    }
    if let Some((least, most)) = config
        .gpu
        .block()
        .and_then(|gpu| gpu.min_count.known().zip(gpu.max_count.known()))
        .filter(|(least, most)| least > most)
    {
        let text = format!("min_count must not be greater than max_count, got: {least} and {most}.");
        report([Finding::error(Place::of("gpu").then("min_count"), text)], diagnostics);
    }
    let has_requirements = config.requirement.known().is_none_or(|blocks| !blocks.is_empty())
        || convert::has_additional_requirements(config) != Some(false);
    if form == Form::Gpu && config.gpu.known().is_some_and(Option::is_none) && !has_requirements {
        let text = "Without requirements, the node pool matches any instance type. Add a gpu block (an empty block \
                    matches all NVIDIA GPUs) or requirement blocks. For a node pool of any instance type, use \
                    ekscompute_node_pool.";
        report([Finding::error(Place::of("gpu"), text)], diagnostics);
    }
    if config.nvidia_taint.known() == Some(&true) {
        duplicate_taint(config, diagnostics);
    }
    additional(config, diagnostics);
    report(combinations(config), diagnostics);
}

/// Validates the node pool. While the controller is unknown, only errors that apply to both controllers are reported.
fn combinations(config: &NodePool) -> Vec<Finding> {
    if !config.controller.is_unknown() {
        return rules::check(&convert::pool(config));
    }
    let with = |controller: Controller| {
        let config = NodePool { controller: controller.name().into(), ..config.clone() };
        rules::check(&convert::pool(&config))
    };
    let of_karpenter = with(Controller::Karpenter);
    with(Controller::AutoMode).into_iter().filter(|finding| of_karpenter.contains(finding)).collect()
}

/// The fields of a node pool that have arguments.
const FIELDS: &[&str] = &[
    "annotations",
    "budgets",
    "consolidateAfter",
    "consolidationPolicy",
    "disruption",
    "expireAfter",
    "labels",
    "limits",
    "metadata",
    "nodeClassRef",
    "replicas",
    "requirements",
    "spec",
    "startupTaints",
    "taints",
    "template",
    "terminationGracePeriod",
    "weight",
];

fn duplicate_taint(config: &NodePool, diagnostics: &mut Diagnostics) {
    let default = plugin::default_taint();
    for (index, taint) in config.taint.iter().enumerate() {
        if taint.key.text() == Some(&default.key) && taint.effect.text() == Some(&default.effect) {
            let text = "nvidia_taint = true already adds a taint with this key and effect. Remove the block, or set \
                        nvidia_taint = false.";
            report([Finding::error(Place::of("taint").index(index), text)], diagnostics);
        }
    }
}

fn additional(config: &NodePool, diagnostics: &mut Diagnostics) {
    let Some(given) = config.additional_spec.known().map(free_form::known_part) else { return };
    let at = Path::attribute("additional_spec");
    if !given.is_object() {
        let detail = "additional_spec must be an object, such as { template = { spec = { newField = true } } }.";
        diagnostics.error_at(at, "Invalid value for additional_spec", detail);
        return;
    }
    for (name, near) in free_form::misspelled(&given, FIELDS) {
        let detail = format!("{name:?} is not a field of the node pool. Did you mean {near:?}?");
        diagnostics.warning_at(at.clone(), "Possibly misspelled field", detail);
    }
    for field in free_form::overlaps(&given, &convert::typed_spec(config), state::retyped) {
        let argument = work::attribute_of(&format!("spec.{field}"));
        let detail =
            format!("The argument {argument} sets the field spec.{field}. Remove the field from additional_spec.");
        diagnostics.error_at(at.clone(), "Field has a dedicated argument", detail);
    }
}

/// Warnings about missing settings that GPUs require, if all arguments they depend on are known. Settings of the device
/// plugin are included unless a check reads the plugin itself (`knows_plugin`).
pub(super) fn advice(planned: &NodePool, knows_plugin: bool, diagnostics: &mut Diagnostics) {
    let known = [
        planned.node_labels.is_known(),
        !planned.nvidia_taint.is_unknown(),
        !planned.taint.is_unknown(),
        !planned.startup_taint.is_unknown(),
    ];
    if known.into_iter().all(|known| known) && !planned.gpu.is_unknown() {
        let pool = convert::pool(planned);
        let needs_plugin = !knows_plugin && may_be_nvidia(planned, &pool) == Some(true);
        report(plugin::check(&pool, needs_plugin), diagnostics);
    }
}

fn report(findings: impl IntoIterator<Item = Finding>, diagnostics: &mut Diagnostics) {
    for Finding { severity, place, text, .. } in findings {
        let path = path(&place);
        diagnostics.push(match severity {
            Severity::Error => Diagnostic::error(format!("Invalid value for {place}"), text).at(path),
            Severity::Warning => Diagnostic::warning(format!("Check the value of {place}"), text).at(path),
        });
    }
}

#[cfg(test)]
#[path = "validation_tests.rs"]
mod tests;
