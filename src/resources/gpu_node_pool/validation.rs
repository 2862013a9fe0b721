//! What the inputs must be, one by one and together, as far as it can be told without asking anybody.

use super::convert::{self, may_be_nvidia};
use super::model::GpuNodePool;
use framework::diagnostics::{Diagnostic, Diagnostics};
use framework::path::Path;
use render::karpenter::node_pool::{plugin, rules};
use render::node::{Finding, Place, Severity, Step};

/// Everything that is wrong with the inputs together.
pub(super) fn together(config: &GpuNodePool, diagnostics: &mut Diagnostics) {
    if let Some(gpu) = config.gpu.block()
        && gpu.count.is_known()
        && (gpu.min_count.is_known() || gpu.max_count.is_known())
    {
        let text = "count is exact, so min_count and max_count say nothing beside it. Remove it, or those.";
        report([Finding::error(Place::of("gpu").then("count"), text)], diagnostics);
    }
    if let Some((least, most)) = config
        .gpu
        .block()
        .and_then(|gpu| gpu.min_count.known().zip(gpu.max_count.known()))
        .filter(|(least, most)| least > most)
    {
        let text = format!("No number of GPUs is at least {least} and at most {most}.");
        report([Finding::error(Place::of("gpu").then("min_count"), text)], diagnostics);
    }
    let asks_nothing = config.gpu.known().is_some_and(Option::is_none) && config.requirements.is_null();
    if asks_nothing {
        let text = "Nothing says which nodes are wanted, so any instance type would do. Add a block gpu (an empty one is any GPU \
                    of NVIDIA), or requirements, whose empty list is what you want if any type is.";
        report([Finding::error(Place::of("requirements"), text)], diagnostics);
    }
    report(rules::check(&convert::pool(config)), diagnostics);
}

/// What the configuration can do without, but GPUs cannot. Only where everything that it depends on is known; what the device plugin
/// needs, only if nobody `knows_plugin`.
pub(super) fn advice(planned: &GpuNodePool, knows_plugin: bool, diagnostics: &mut Diagnostics) {
    let known = [planned.labels.is_known(), planned.taints.is_known(), !planned.startup_taints.is_unknown()];
    if known.into_iter().all(|known| known) && !planned.gpu.is_unknown() {
        let pool = convert::pool(planned);
        let needs_plugin = !knows_plugin && may_be_nvidia(planned, &pool) == Some(true);
        report(plugin::check(&pool, needs_plugin), diagnostics);
    }
}

fn report(findings: impl IntoIterator<Item = Finding>, diagnostics: &mut Diagnostics) {
    for Finding { severity, place, text } in findings {
        let path = path(&place);
        diagnostics.push(match severity {
            Severity::Error => Diagnostic::error(format!("Invalid value for {place}"), text).at(path),
            Severity::Warning => Diagnostic::warning(format!("{place} may not do what is meant"), text).at(path),
        });
    }
}

pub(super) fn path(place: &Place) -> Path {
    place.0.iter().fold(Path::root(), |path, step| match step {
        Step::Name(name) => path.then(name),
        Step::Index(index) => path.index(*index),
        Step::Key(key) => path.key(key),
    })
}

#[cfg(test)]
#[path = "validation_tests.rs"]
mod tests;
