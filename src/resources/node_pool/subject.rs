//! Collects the input of the preflight checks for a node pool: the plan, the instance types that EC2 offers, and the
//! node class and device plugins of the cluster.

use std::collections::BTreeSet;

use async_trait::async_trait;
use tokio_util::sync::CancellationToken;

use clients::check_runner::pool::{
    FoundClass, PoolTarget, ReadPool, check_before_write, check_during_plan, checks_skipped_before_write, left_out,
};
use clients::context::Clients;
use clients::findings::path;
use clients::kube::{Kind, KubernetesApi};
use clients::run_ledger::RunLedger;
use framework::diagnostics::Diagnostics;
use framework::model::{Attr, Model};
use framework::path::Path;
use framework::resource::{Change, Plan};
use framework::value::Value;
use preflight::check::Label;
use preflight::pool::{AmiFamily, Asked, DEVICE_PLUGIN, DaemonSet, Device, Limit, Pool};
use render::karpenter::controller::Controller;

use super::convert;
use super::model::NodePool;
use super::work::Work;

/// The attributes that the checks require. If one of them is unknown, all checks are deferred.
const LOOKED_AT: [&str; 5] = ["gpu", "requirement", "limits", "controller", "efa_instance_types"];
/// The attributes by which device plugins select nodes.
const OF_PLUGINS: [&str; 3] = ["node_labels", "taint", "nvidia_taint"];

const DAEMON_SET: Kind = Kind { group: "apps", version: "v1", kind: "DaemonSet", plural: "daemonsets" };

/// The input of the checks, and the checks to skip.
pub(super) struct PoolSubject {
    pool: Pool,
    skip: BTreeSet<String>,
}

impl PoolSubject {
    /// Whether the AMI or a check determines if the NVIDIA device plugin runs on the nodes.
    pub(super) fn knows_the_plugin(&self) -> bool {
        let is_plugin = |each: &DaemonSet| each.device() == Some(Device::NvidiaGpu);
        match self.pool.class.as_ref().and_then(|class| class.family) {
            Some(AmiFamily::Bottlerocket) => true,
            Some(AmiFamily::AmazonLinux) => self.pool.daemon_sets.iter().flatten().any(is_plugin),
            _ => false,
        }
    }
}

/// Collects the input for a create, or for an update that changes the input. Returns `None` if there is nothing to
/// check. A replacement is planned a second time as a create, and is checked then. Without a cluster, the checks that
/// require it are skipped.
pub(super) async fn look(
    clients: &Clients,
    work: Option<&Work>,
    cancellation: &CancellationToken,
    plan: &Plan<NodePool>,
) -> Option<PoolSubject> {
    if plan.is_replace() || !is_new_to_the_checks(plan.prior.as_ref(), &plan.planned) {
        return None;
    }
    let of_pool = plan.config.skip_preflight.known_elements().cloned().collect();
    let skip = left_out(clients.preflight(), &of_pool)?;
    let pool = subject(&plan.planned);
    let Some(work) = work else { return Some(PoolSubject { pool, skip }) };
    let is_looked_for = pool.controller == Controller::Karpenter
        && !skip.contains(DEVICE_PLUGIN)
        && are_known(&plan.planned, &OF_PLUGINS);
    let daemon_sets = async { if is_looked_for { daemon_sets(work.cluster()).await } else { None } };
    let asked = futures::future::join(class(work, &plan.planned, Some(work.ledger())), daemon_sets);
    let (class, daemon_sets) = cancellation.run_until_cancelled(asked).await?;
    Some(PoolSubject { pool: class.of(Pool { daemon_sets, ..pool }), skip })
}

/// Reports the findings.
pub(super) async fn check(
    clients: &Clients,
    ground: &PoolSubject,
    cancellation: &CancellationToken,
    plan: &mut Plan<NodePool>,
) {
    let region = plan.planned.region.text().unwrap_or(clients.aws().region());
    let target = PoolTarget { region, pool: &ground.pool, label: label(&plan.planned), skip: &ground.skip };
    let found = check_during_plan(clients, target, cancellation).await;
    plan.diagnostics.extend(found);
}

/// Checks a node pool right before it is created, or updated with a change of the input.
///
/// # Errors
/// Returns an error if the node class is incompatible with the node pool. Another resource of the same run could have
/// fixed it.
pub(super) async fn before_write(
    clients: &Clients,
    work: &Work,
    cancellation: &CancellationToken,
    change: &Change<NodePool>,
) -> Result<(), Diagnostics> {
    let planned = &change.planned;
    let of_pool = planned.skip_preflight.known_elements().cloned().collect();
    let skip = checks_skipped_before_write(clients.preflight(), &of_pool);
    let Some(skip) = skip.filter(|_| is_new_to_the_checks(change.prior.as_ref(), planned)) else { return Ok(()) };
    let region = planned.region.text().unwrap_or(clients.aws().region());
    let target = PoolTarget { region, pool: &LivePool { work, planned }, label: label(planned), skip: &skip };
    check_before_write(clients, target, cancellation).await
}

/// A planned node pool with the live node class. Device plugin checks do not prevent a write.
struct LivePool<'l> {
    work: &'l Work,
    planned: &'l NodePool,
}

#[async_trait]
impl ReadPool for LivePool<'_> {
    async fn read(&self) -> Pool {
        // All planned objects must exist at this point.
        class(self.work, self.planned, None).await.of(subject(self.planned))
    }
}

fn label(planned: &NodePool) -> Label {
    match (planned.cluster_name.text(), planned.name.text()) {
        (Some(cluster), Some(name)) => {
            Label { text: format!("node pool {name} of cluster {cluster}"), is_unique: true }
        }
        _ => Label { text: "another node pool".to_owned(), is_unique: false },
    }
}

/// Whether all input of the checks is known, and it changes.
fn is_new_to_the_checks(prior: Option<&NodePool>, planned: &NodePool) -> bool {
    let is_same =
        |prior: &NodePool| prior.node_class_name == planned.node_class_name && subject(prior) == subject(planned);
    are_known(planned, &LOOKED_AT) && convert::are_additional_requirements_known(planned) && !prior.is_some_and(is_same)
}

fn are_known(planned: &NodePool, names: &[&str]) -> bool {
    let planned = planned.to_value();
    names.iter().all(|name| planned.member(name).is_some_and(Value::is_wholly_known))
}

/// Returns the input of the checks, except for the data that is read from the cluster.
pub(super) fn subject(planned: &NodePool) -> Pool {
    let pool = convert::pool(planned);
    let asked = pool.requirements.into_iter();
    let limits = pool.limits.into_iter();
    Pool {
        name: planned.name.text().unwrap_or_default().to_owned(),
        controller: pool.controller,
        requirements: asked.map(|each| Asked { requirement: each.value, path: path(&each.place) }).collect(),
        requirements_path: requirements_path(planned),
        labels: pool.labels,
        taints: pool.taints.into_iter().map(|each| (each.value, path(&each.place))).collect(),
        is_for_accelerators: planned.gpu.block().is_some(),
        has_adapters: planned.gpu.block().is_some_and(|gpu| gpu.efa == Attr::Known(true)),
        limits: limits
            .map(|(resource, quantity)| {
                let path = Path::attribute("limits").key(&resource);
                Limit { resource, quantity, path }
            })
            .collect(),
        class: None,
        missing_class: None,
        daemon_sets: None,
        reservations: None,
        security_groups: None,
    }
}

/// Returns the argument that provides most of the requirements.
fn requirements_path(planned: &NodePool) -> Path {
    Path::attribute(if planned.gpu.block().is_some() {
        "gpu"
    } else if convert::has_additional_requirements(planned) == Some(true) {
        "additional_spec"
    } else {
        "requirement"
    })
}

/// Returns the DaemonSets of the cluster, if they can be listed.
async fn daemon_sets(cluster: &dyn KubernetesApi) -> Option<Vec<DaemonSet>> {
    let all = cluster.list(DAEMON_SET, None).await;
    let all = all.inspect_err(|error| tracing::info!(%error, "unable to check whether a device plugin runs"));
    Some(all.ok()?.iter().map(DaemonSet::parse).collect())
}

/// Returns the node class from the cluster or the run ledger, if it is available there.
async fn class(work: &Work, planned: &NodePool, ledger: Option<&RunLedger>) -> FoundClass {
    let Some(class) = work.node_class(planned) else { return FoundClass::default() };
    let is_planned = ledger.is_some_and(|ledger| class.is_planned(ledger));
    FoundClass::read(work.cluster(), &class, is_planned).await
}

#[cfg(test)]
#[path = "subject_tests.rs"]
mod tests;
