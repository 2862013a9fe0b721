//! Nodes with an Elastic Fabric Adapter (EFA). No instance label describes EFA support, so the plan queries EC2 for the
//! instance types, and the node pool requires them.

use clients::context::Clients;
use clients::facts::accelerated::AcceleratedTypes;
use framework::diagnostics::{Diagnostic, Diagnostics};
use framework::model::{Attr, List, Model};
use framework::path::Path;
use framework::resource::Plan;
use framework::value::Value;
use preflight::pool::{Pool, some_of, startable};
use render::karpenter::instance_type::Offer;

use super::model::NodePool;
use super::subject::subject;

/// The arguments that determine the instance types.
const DECIDES: [&str; 4] = ["gpu", "requirement", "controller", "region"];

/// Plans the instance types if EFA is configured. While the arguments that determine them are unchanged, the stored
/// types are kept, so that a new EC2 instance type does not change the node pool.
///
/// # Errors
/// Returns an error if no instance type matches or EC2 cannot be queried.
pub(super) async fn settle(clients: Option<&Clients>, plan: &mut Plan<NodePool>) -> Result<(), Diagnostics> {
    let is_wanted = match plan.planned.gpu.known() {
        None => Attr::Unknown,
        Some(gpu) => gpu.as_ref().map_or(Attr::Null, |gpu| gpu.efa),
    };
    plan.planned.efa_instance_types = match is_wanted {
        Attr::Unknown => Attr::Unknown,
        Attr::Known(true) => match kept(plan) {
            Some(kept) => kept,
            None => resolved(clients, plan).await?,
        },
        Attr::Null | Attr::Known(false) => Attr::Null,
    };
    Ok(())
}

fn kept(plan: &Plan<NodePool>) -> Option<List<String>> {
    let (prior, planned) = (plan.prior.as_ref()?, &plan.planned);
    let is_same = prior.gpu == planned.gpu
        && prior.requirement == planned.requirement
        && prior.controller == planned.controller
        && prior.region == planned.region;
    (is_same && prior.efa_instance_types.is_known()).then(|| prior.efa_instance_types.clone())
}

async fn resolved(clients: Option<&Clients>, plan: &Plan<NodePool>) -> Result<List<String>, Diagnostics> {
    let config = plan.config.to_value();
    let is_known = DECIDES.into_iter().all(|name| config.member(name).is_some_and(Value::is_wholly_known));
    let Some(clients) = clients.filter(|_| is_known) else { return Ok(Attr::Unknown) };
    let at = Path::attribute("gpu").then("efa");
    let offers = AcceleratedTypes::shared(clients, plan.config.region.text()).offers().await;
    let offers = offers.map_err(|error| {
        let advice = "No instance label describes EFA support, so the provider queries EC2 for the instance types. \
                      Grant ec2:DescribeAvailabilityZones, ec2:DescribeInstanceTypeOfferings, and \
                      ec2:DescribeInstanceTypes to the caller, or set instance_types instead of efa.";
        error.into_diagnostic("Unable to list the instance types with EFA", advice).at(at.clone())
    })?;
    let pool = subject(&NodePool { efa_instance_types: Attr::Null, ..plan.planned.clone() });
    let types = with_adapter(&pool, &offers);
    if types.is_empty() {
        return Err(none_fits(&pool, &offers).at(at).into());
    }
    Ok(List::of(types))
}

/// Returns the names of the instance types with EFA that the node pool can launch, sorted.
fn with_adapter(pool: &Pool, offers: &[Offer]) -> Vec<String> {
    let mut names: Vec<_> = startable(pool, offers)
        .into_iter()
        .filter(|offer| has_adapter(offer))
        .map(|offer| name(offer).to_owned())
        .collect();
    names.sort();
    names
}

fn has_adapter(offer: &Offer) -> bool {
    offer.instance_type.network.most_efa_interfaces > 0
}

fn name(offer: &Offer) -> &str {
    &offer.instance_type.name
}

fn none_fits(pool: &Pool, offers: &[Offer]) -> Diagnostic {
    let without: Vec<_> = startable(pool, offers).into_iter().map(name).collect();
    let found = match without.as_slice() {
        [] => "No instance type in this Region matches the other requirements, with or without EFA.".to_owned(),
        some => format!("The instance types that match the other requirements do not support EFA: {}.", some_of(some)),
    };
    let families: std::collections::BTreeSet<_> = without.iter().map(|name| family(name)).collect();
    let larger: Vec<_> =
        offers.iter().filter(|offer| has_adapter(offer) && families.contains(family(name(offer)))).map(name).collect();
    let fix = match larger.as_slice() {
        [] => "Select other instance types (see ekscompute_gpu_instance_types), or remove efa.".to_owned(),
        some => {
            format!("To use EFA, allow these instance types of the same families: {}.", some_of(some))
        }
    };
    Diagnostic::error("No matching instance type supports EFA", format!("{found} {fix}"))
}

fn family(name: &str) -> &str {
    name.split('.').next().unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use framework::blocks::Blocks;
    use render::karpenter::instance_type::{Gpu, InstanceType, Network, Zone};

    use super::super::model::GpuInput;

    fn offers() -> Vec<Offer> {
        let offer = |(name, most_efa_interfaces): (&str, i64)| Offer {
            instance_type: InstanceType {
                name: name.to_owned(),
                architectures: vec!["x86_64".to_owned()],
                gpus: vec![Gpu {
                    name: "L4".to_owned(),
                    manufacturer: "NVIDIA".to_owned(),
                    count: 1,
                    ..Gpu::default()
                }],
                network: Network { most_efa_interfaces, ..Network::default() },
                usage_classes: vec!["on-demand".to_owned()],
                ..InstanceType::default()
            },
            zones: vec![Zone { name: "us-east-1a".to_owned(), id: "use1-az1".to_owned() }],
        };
        [("p5.48xlarge", 32), ("g6.8xlarge", 1), ("g6.xlarge", 0), ("g5.8xlarge", 1), ("g5g.xlarge", 0)]
            .map(offer)
            .into()
    }

    fn wanting(families: &[&str], types: &[&str]) -> NodePool {
        let list = |values: &[&str]| match values {
            [] => Attr::Null,
            some => List::of(some.iter().map(|value| (*value).to_owned())),
        };
        let gpu = GpuInput {
            efa: Attr::Known(true),
            instance_families: list(families),
            instance_types: list(types),
            ..GpuInput::default()
        };
        NodePool { controller: "karpenter".into(), gpu: Blocks::Known(Some(Box::new(gpu))), ..NodePool::default() }
    }

    #[test]
    fn types_have_an_adapter_and_fulfil_the_rest() {
        let of = |families: &[&str], types: &[&str]| with_adapter(&subject(&wanting(families, types)), &offers());
        assert_eq!(of(&[], &[]), ["g5.8xlarge", "g6.8xlarge", "p5.48xlarge"]);
        assert_eq!(of(&["g6", "p5"], &[]), ["g6.8xlarge", "p5.48xlarge"]);
        assert_eq!(of(&[], &["g6.8xlarge", "g6.xlarge"]), ["g6.8xlarge"]);
    }

    #[test]
    fn nearest_types_are_named_when_none_fits() {
        let detail =
            |families: &[&str], types: &[&str]| none_fits(&subject(&wanting(families, types)), &offers()).detail;
        let small = detail(&[], &["g6.xlarge"]);
        assert!(
            small.contains("do not support EFA: g6.xlarge.") && small.contains("of the same families: g6.8xlarge."),
            "{small}"
        );
        assert!(detail(&["g5g"], &[]).contains("g5g.xlarge. Select other instance types"));
        assert!(detail(&["abacus"], &[]).contains("with or without EFA"));
    }

    fn plan(prior: Option<NodePool>, planned: NodePool) -> Plan<NodePool> {
        Plan::new(planned.clone(), prior, planned)
    }

    async fn settled(prior: Option<NodePool>, planned: NodePool) -> List<String> {
        let mut plan = plan(prior, planned);
        settle(None, &mut plan).await.unwrap();
        plan.planned.efa_instance_types
    }

    #[tokio::test]
    async fn types_of_the_state_stay_until_something_about_the_nodes_changes() {
        let types = List::of(["g6.8xlarge".to_owned()]);
        let prior = NodePool { efa_instance_types: types.clone(), ..wanting(&["g6"], &[]) };
        let planned = NodePool { efa_instance_types: Attr::Unknown, weight: Attr::Known(3), ..prior.clone() };
        assert_eq!(settled(Some(prior.clone()), planned).await, types);
        assert_eq!(settled(Some(prior.clone()), wanting(&["g5"], &[])).await, Attr::Unknown);
        assert_eq!(settled(None, wanting(&["g6"], &[])).await, Attr::Unknown, "EC2 cannot be queried");
        let without = NodePool { gpu: Blocks::Known(Some(Box::default())), ..prior.clone() };
        assert_eq!(settled(Some(prior), without).await, Attr::Null);
    }
}
