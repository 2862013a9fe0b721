//! The limits allow at least one node, and apply to resources that Karpenter predicts.

use super::{Limit, PoolCheck, View};
use crate::finding::{CheckFindings, Effect, Finding};
use render::karpenter::instance_labels::{DEVICES, devices};
use render::karpenter::instance_type::InstanceType;
use render::karpenter::quantity::Quantity;

pub(super) const CHECK: PoolCheck = PoolCheck {
    name: "pool_limits",
    finds: "Reports limits that are lower than the smallest node that the node pool can launch, and limits on \
            resources that Karpenter cannot predict for an instance type. A limit of 0, which pauses the node pool, is \
            not reported as too low.",
    offers: true,
    reads: &[],
    effects: &[Effect::BlocksPlan, Effect::BlocksApply, Effect::Warns],
    run,
};

/// The resources other than devices that Karpenter predicts for every instance type, and the number of nodes.
const OF_EVERY_TYPE: [&str; 6] = ["cpu", "memory", "ephemeral-storage", "pods", "nodes", "vpc.amazonaws.com/pod-eni"];

fn run(view: &View<'_>, verdicts: &mut CheckFindings) {
    for limit in view.pool.limits.iter().filter(|limit| !is_predicted(&limit.resource)) {
        unpredicted(limit, verdicts);
    }
    too_low(view, verdicts);
}

fn is_predicted(resource: &str) -> bool {
    OF_EVERY_TYPE.contains(&resource) || DEVICES.contains(&resource)
}

fn unpredicted(limit: &Limit, verdicts: &mut CheckFindings) {
    let resource = &limit.resource;
    let found = format!("{resource} is not a resource that Karpenter predicts for instance types.");
    let why = "The limit applies only to what running nodes report, so a launch can exceed it. A misspelled resource \
               is never limited.";
    let fix =
        format!("Limit a resource that Karpenter predicts: {}, {}.", OF_EVERY_TYPE.join(", "), DEVICES.join(", "));
    verdicts.warning(&limit.path, Finding::new("Limit on an unknown resource", found, why, fix));
}

fn too_low(view: &View<'_>, verdicts: &mut CheckFindings) {
    let limits: Vec<(&Limit, Quantity)> =
        view.pool.limits.iter().filter_map(|limit| Some((limit, Quantity::parse(&limit.quantity)?))).collect();
    let admitted = view.admitted();
    if admitted.is_empty() || limits.iter().any(|(_, quantity)| quantity.is_zero()) {
        return;
    }
    let exceeds = |known: &InstanceType, (limit, most): &(&Limit, Quantity)| {
        amount(known, &limit.resource).is_some_and(|amount| amount > *most)
    };
    let types = || admitted.iter().map(|offer| &offer.instance_type);
    if types().any(|known| !limits.iter().any(|limit| exceeds(known, limit))) {
        return;
    }
    // Either one limit is below all types, or several limits combined are.
    let alone = limits.iter().find(|limit| types().all(|known| exceeds(known, limit)));
    let Some((limit, _)) = alone.or(limits.first()) else { return };
    let smallest = types().min_by(|left, right| amount(left, &limit.resource).cmp(&amount(right, &limit.resource)));
    let Some(smallest) = smallest else { return };
    let together = if alone.is_some() {
        ""
    } else {
        " Each limit alone allows some instance types, but all limits combined allow none."
    };
    let found = format!(
        "The limit for {} is {}. Measured by this resource, the smallest instance type of the node pool is {}, with \
         {}.{together}",
        limit.resource,
        limit.quantity,
        smallest.name,
        shown(smallest, &limit.resource)
    );
    let why = "A node pool launches nodes only within its remaining limits, so this node pool never launches a node.";
    let fix = "Raise the limit to at least the size of one node, or allow smaller instance types.";
    verdicts.blocks_plan(&limit.path, Finding::new("Limits are too low for one node", found, why, fix));
}

/// Returns the amount of a resource that a node of the type uses of the limit. `None` if the type does not determine
/// it.
fn amount(of: &InstanceType, resource: &str) -> Option<Quantity> {
    let count = |number: i64, unit: &str| Quantity::of(u64::try_from(number).unwrap_or_default(), unit);
    match resource {
        "cpu" => count(of.vcpus, ""),
        // Karpenter subtracts the memory for the host, by default 7.5%.
        "memory" => count(of.memory_mib * 9 / 10, "Mi"),
        "nodes" => count(1, ""),
        device => devices(of).into_iter().find(|(name, _)| *name == device).and_then(|(_, number)| count(number, "")),
    }
}

fn shown(of: &InstanceType, resource: &str) -> String {
    match resource {
        "cpu" if of.vcpus == 1 => "1 vCPU".to_owned(),
        "cpu" => format!("{} vCPUs", of.vcpus),
        "memory" => format!("{}Mi", of.memory_mib),
        device => devices(of).get(device).copied().unwrap_or_default().to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::Pool;
    use super::super::testing::{found, found_in, healthy, only, pool};
    use super::*;
    use framework::path::Path;
    use render::karpenter::requirements::Operator;

    fn limited(limits: &[(&str, &str)]) -> Pool {
        with_limits(healthy(), limits)
    }

    fn with_limits(pool: Pool, limits: &[(&str, &str)]) -> Pool {
        let limit = |(resource, quantity): &(&str, &str)| Limit {
            resource: (*resource).to_owned(),
            quantity: (*quantity).to_owned(),
            path: Path::attribute("limits").key(*resource),
        };
        Pool { limits: limits.iter().map(limit).collect(), ..pool }
    }

    #[test]
    fn other_accelerators_count_like_gpus() {
        let of_family = |family| pool(&[("K/instance-family", Operator::In, &[family])]);
        for (family, resource, enough, less) in [
            ("trn1", "aws.amazon.com/neuron", "16", "15"),
            ("trn1", "aws.amazon.com/neuroncore", "32", "31"),
            ("g4ad", "amd.com/gpu", "1", "500m"),
        ] {
            assert_eq!(found(&CHECK, &with_limits(of_family(family), &[(resource, enough)])), [], "{resource}");
            let (verdict, text) = only(&CHECK, &with_limits(of_family(family), &[(resource, less)]));
            assert_eq!(verdict.effect, Effect::BlocksPlan, "{text}");
            assert!(text.contains(&format!(", with {enough}.")), "{text}");
        }
    }

    #[test]
    fn resource_that_no_type_has_is_a_warning() {
        for resource in ["aws.amazon.com/neurons", "gpu", "nvidia.com/mig-1g.10gb"] {
            let (verdict, text) = only(&CHECK, &limited(&[("cpu", "1000"), (resource, "0")]));
            assert_eq!((verdict.effect, &verdict.path), (Effect::Warns, &Path::attribute("limits").key(resource)));
            assert!(text.contains("aws.amazon.com/neuron, aws.amazon.com/neuroncore"), "{text}");
        }
    }

    #[test]
    fn limit_below_the_smallest_node_is_found() {
        for (resource, quantity, words) in [
            ("cpu", "3999m", "g6.xlarge, with 4 vCPUs"),
            ("memory", "14Gi", "g6.xlarge, with 16384Mi"),
            ("nvidia.com/gpu", "500m", "g6.xlarge, with 1."),
        ] {
            let (verdict, text) = only(&CHECK, &limited(&[("cpu", "1000"), (resource, quantity)]));
            assert_eq!(verdict.path, Path::attribute("limits").key(resource), "{resource}");
            assert!(text.contains(words), "{text}");
        }
    }

    #[test]
    fn limits_that_no_type_keeps_together_are_found() {
        // The big type has too many vCPUs, the small one none of the memory that is left.
        let (_, text) = only(&CHECK, &limited(&[("cpu", "2"), ("memory", "1Ti")]));
        assert!(text.contains("limit for cpu is 2"), "{text}");
        let mut offers = super::super::testing::offers();
        offers.retain(|offer| offer.instance_type.family() == "g6");
        offers[1].instance_type.memory_mib = 1 << 30;
        let found = found_in(&CHECK, &limited(&[("cpu", "4"), ("memory", "1Ti")]), &offers);
        assert!(
            found.first().is_some_and(|verdict| verdict.found.contains("all limits combined allow none")),
            "{found:?}"
        );
    }

    #[test]
    fn room_for_a_node_and_paused_pools_are_silent() {
        for limits in [
            &[("cpu", "4")][..],
            &[("memory", "16Gi"), ("cpu", "4")],
            &[("nvidia.com/gpu", "1")],
            &[("cpu", "0")],
            &[("cpu", "1"), ("nvidia.com/gpu", "0")],
            &[("amd.com/gpu", "1")],
            &[("ephemeral-storage", "1Gi")],
            &[("nodes", "1")],
        ] {
            assert_eq!(found(&CHECK, &limited(limits)), [], "{limits:?}");
        }
    }
}
