//! What preflight checks look at of a node pool: what is planned, what EC2 offers, and what is known of the node class.

use tokio_util::sync::CancellationToken;

use crate::clients::context::Clients;
use crate::clients::kube::{EC2_NODE_CLASS, KubernetesApi, NODE_CLASS, Object};
use crate::clients::pool_preflight::{left_out, report};
use crate::framework::model::Model;
use crate::framework::path::Path;
use crate::framework::resource::Plan;
use crate::framework::value::Value;
use crate::preflight::pool::{Asked, Class, Limit, Pool};
use crate::render::karpenter::provisioner::Provisioner;

use super::convert;
use super::model::GpuNodePool;
use super::validation::path;
use super::work::Work;

/// The attributes that the checks look at. What nobody knows yet of one of them makes all of them wait.
const LOOKED_AT: [&str; 5] = ["gpu", "requirements", "limits", "provisioner", "efa_instance_types"];

/// Checks a pool that is made, or what an update changes. One that is replaced is planned once more as a creation, and checked
/// then. Without a cluster to ask, what belongs to the node class is left out.
pub(super) async fn check(
    clients: &Clients,
    work: Option<&Work>,
    cancellation: &CancellationToken,
    plan: &mut Plan<GpuNodePool>,
) {
    if plan.is_replace() || !is_new_to_the_checks(plan) {
        return;
    }
    let of_pool = plan.config.skip_preflight.known_elements().cloned().collect();
    let Some(skip) = left_out(clients.preflight(), &of_pool) else { return };
    let class = match work {
        Some(work) => cancellation.run_until_cancelled(class(work.cluster(), &plan.planned)).await.flatten(),
        None => None,
    };
    let region = plan.planned.region.text().unwrap_or(clients.aws().region());
    let found = report(clients, region, &subject(&plan.planned, class), &skip, cancellation).await;
    plan.diagnostics.extend(found);
}

/// Whether all is known that the checks look at, and something of it changes.
fn is_new_to_the_checks(plan: &Plan<GpuNodePool>) -> bool {
    let planned = plan.planned.to_value();
    let known = |name: &str| planned.member(name).is_some_and(Value::is_wholly_known);
    let is_same = |prior: &GpuNodePool| {
        prior.node_class_name == plan.planned.node_class_name && subject(prior, None) == subject(&plan.planned, None)
    };
    LOOKED_AT.into_iter().all(known) && !plan.prior.as_ref().is_some_and(is_same)
}

/// The pool as the checks see it.
pub(super) fn subject(planned: &GpuNodePool, class: Option<Class>) -> Pool {
    let pool = convert::pool(planned);
    let asked = pool.requirements.into_iter();
    let limits = pool.limits.into_iter();
    Pool {
        provisioner: pool.provisioner,
        requirements: asked.map(|each| Asked { requirement: each.value, path: path(&each.place) }).collect(),
        requirements_path: Path::attribute(if planned.gpu.block().is_some() { "gpu" } else { "requirements" }),
        limits: limits
            .map(|(resource, quantity)| {
                let path = Path::attribute("limits").key(&resource);
                Limit { resource, quantity, path }
            })
            .collect(),
        class,
    }
}

/// The node class, if it is there, stays, and can be read.
async fn class(cluster: &dyn KubernetesApi, planned: &GpuNodePool) -> Option<Class> {
    let kind = match convert::provisioner(planned) {
        Provisioner::Karpenter => EC2_NODE_CLASS,
        Provisioner::AutoMode => NODE_CLASS,
    };
    let object = Object::of_cluster(kind, planned.node_class_name.text()?);
    let live = cluster.get(&object).await;
    let live = live.inspect_err(|error| tracing::debug!(%error, "{object} cannot be read while planning")).ok()?;
    live["metadata"]["deletionTimestamp"].is_null().then(|| Class::parse(&object.name, &live))
}

#[cfg(test)]
#[path = "preflight_tests.rs"]
mod tests;
