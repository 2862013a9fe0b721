//! Waits for the nodes of a deleted node pool, and reports what blocks their deletion.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::Value as Json;

use clients::errors::{ApiError, ErrorKind};
use clients::kube::managed::{Managed, finalizers};
use clients::kube::{Kind, KubernetesApi, NO_SUCH_KIND, NODE_CLAIM};
use clients::partial_read::is_cluster_deleting;
use clients::wait::{Limits, Progress, Waiter};
use framework::diagnostics::Diagnostics;

const POD: Kind = Kind { group: "", version: "v1", kind: "Pod", plural: "pods" };
const PDB: Kind = Kind { group: "policy", version: "v1", kind: "PodDisruptionBudget", plural: "poddisruptionbudgets" };

/// Maximum number of names that are listed.
const SHOWN: usize = 10;

/// Whether the claim belongs to the node pool with this UID.
pub(super) fn is_of(claim: &Json, pool_uid: &str) -> bool {
    let owners = claim["metadata"]["ownerReferences"].as_array().into_iter().flatten();
    owners.into_iter().any(|owner| owner["uid"] == pool_uid)
}

/// Waits until the node pool that is being deleted has no nodes and is deleted.
///
/// # Errors
/// Returns an error if the deletion times out. The message lists the nodes and the objects that are known to block it.
pub(super) async fn gone(pool: &Managed<'_>, limits: &Limits, pool_uid: &str) -> Result<(), Diagnostics> {
    let waiter = Waiter::new(format!("the nodes of {pool} to be deleted"));
    let waiter = waiter.interval(Duration::from_millis(500), Duration::from_secs(5));
    let waited = waiter.until(limits, || async {
        let claims = match pool.cluster.list(NODE_CLAIM, None).await {
            // If the kind does not exist, there are no claims. Without the permission to list them, only the pool is
            // polled.
            Err(error)
                if error.code.as_deref() == Some(NO_SUCH_KIND)
                    || error.is_not_found()
                    || error.kind == ErrorKind::Denied
                    || is_cluster_deleting(&error) =>
            {
                vec![]
            }
            answer => answer?,
        };
        let left: Vec<_> = claims.iter().filter(|claim| is_of(claim, pool_uid)).collect();
        if !left.is_empty() {
            return Ok(Progress::Pending(described(&left)));
        }
        Ok(match pool.remains(pool_uid).await? {
            None => Progress::Done(()),
            Some(live) => Progress::Pending(format!("no NodeClaims remain; node pool {}", finalizers(&live))),
        })
    });
    let Err(error) = waited.await else { return Ok(()) };
    Err(held_back(pool, pool_uid, error).await)
}

fn described(claims: &[&Json]) -> String {
    let each: Vec<_> = claims.iter().take(SHOWN).map(|claim| one(claim)).collect();
    let more = claims.len().saturating_sub(SHOWN);
    let rest = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("remaining NodeClaims: {}{rest}", each.join("; "))
}

/// Describes a claim with its node and progress.
fn one(claim: &Json) -> String {
    let name = claim["metadata"]["name"].as_str().unwrap_or_default();
    let node = claim["status"]["nodeName"].as_str().map(|node| format!(" (node {node})")).unwrap_or_default();
    if claim["metadata"]["deletionTimestamp"].is_null() {
        return format!("{name}{node} is not marked for deletion");
    }
    let conditions = claim["status"]["conditions"].as_array().into_iter().flatten();
    let waits = |condition: &&Json| {
        condition["status"] != "True"
            && ["Drained", "VolumesDetached", "InstanceTerminating"].iter().any(|kind| condition["type"] == *kind)
    };
    let state: Vec<_> = conditions
        .filter(waits)
        .map(|condition| {
            let text = |name: &str| condition[name].as_str().unwrap_or_default();
            format!("{} is {} ({})", text("type"), text("status"), text("message"))
        })
        .collect();
    let finalizers: Vec<_> =
        claim["metadata"]["finalizers"].as_array().into_iter().flatten().filter_map(Json::as_str).collect();
    let held = match finalizers.as_slice() {
        [] => String::new(),
        [name] => format!(" has finalizer {name}"),
        names => format!(" has finalizers {}", names.join(", ")),
    };
    let state = if state.is_empty() { String::new() } else { format!(": {}", state.join(", ")) };
    format!("{name}{node}{held}{state}")
}

async fn held_back(pool: &Managed<'_>, pool_uid: &str, error: ApiError) -> Diagnostics {
    let cluster = pool.cluster;
    let summary = format!("Deletion of {pool} is not complete");
    if error.kind != ErrorKind::Timeout {
        let advice = "The node pool remains in state and is deleted after its nodes are drained. To wait for the deletion, \
             destroy it again.";
        return error.into_diagnostic(summary, advice).into();
    }
    let mut advice = String::from(
        "The node pool is marked for deletion and does not launch nodes. It is deleted after its nodes, and remains in \
         state. Check for PodDisruptionBudgets, and for pods with karpenter.sh/do-not-disrupt on these nodes. Also \
         check that the controller that removes the finalizer is running. If termination_grace_period is set, the \
         nodes are deleted when it ends. Destroy the node pool again, or increase timeouts { delete }.",
    );
    let nodes = nodes(cluster, pool_uid).await;
    for found in [do_not_disrupt_pods(cluster, &nodes).await, tight_budgets(cluster).await].into_iter().flatten() {
        advice.push_str("\n\n");
        advice.push_str(&found);
    }
    error.into_diagnostic(summary, &advice).into()
}

/// Returns the remaining nodes.
async fn nodes(cluster: &dyn KubernetesApi, pool_uid: &str) -> BTreeSet<String> {
    let claims = cluster.list(NODE_CLAIM, None).await.unwrap_or_default();
    let names =
        claims.iter().filter(|claim| is_of(claim, pool_uid)).filter_map(|claim| claim["status"]["nodeName"].as_str());
    names.map(str::to_owned).collect()
}

/// Returns the pods of the nodes that opt out of disruption, if they can be listed.
async fn do_not_disrupt_pods(cluster: &dyn KubernetesApi, nodes: &BTreeSet<String>) -> Option<String> {
    let pods = seen(cluster, POD).await?;
    let is_stubborn = |pod: &&Json| {
        pod["metadata"]["annotations"]["karpenter.sh/do-not-disrupt"] == "true"
            && pod["spec"]["nodeName"].as_str().is_some_and(|node| nodes.contains(node))
    };
    listed("Pods with karpenter.sh/do-not-disrupt on these nodes", pods.iter().filter(is_stubborn))
}

/// Returns the budgets that currently do not allow disruptions, if they can be listed.
async fn tight_budgets(cluster: &dyn KubernetesApi) -> Option<String> {
    let budgets = seen(cluster, PDB).await?;
    let is_tight = |budget: &&Json| {
        budget["status"]["disruptionsAllowed"] == 0 && budget["status"]["expectedPods"].as_i64().unwrap_or_default() > 0
    };
    listed("PodDisruptionBudgets that currently do not allow disruptions", budgets.iter().filter(is_tight))
}

async fn seen(cluster: &dyn KubernetesApi, kind: Kind) -> Option<Vec<Json>> {
    let found = cluster.list(kind, None).await;
    found.inspect_err(|error| tracing::debug!(%error, "unable to list {}", kind.plural)).ok()
}

fn listed<'o>(what: &str, objects: impl Iterator<Item = &'o Json>) -> Option<String> {
    let name = |object: &Json| {
        let text = |name: &str| object["metadata"][name].as_str().unwrap_or_default().to_owned();
        format!("{}/{}", text("namespace"), text("name"))
    };
    let names: Vec<_> = objects.take(SHOWN).map(name).collect();
    (!names.is_empty()).then(|| format!("{what}: {}.", names.join(", ")))
}
