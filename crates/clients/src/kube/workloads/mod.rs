//! Reads nodes, pods, and PodDisruptionBudgets, one page at a time, and keeps only what draining depends on.

mod budget;
mod node;
mod pod;
mod wire;

use std::collections::HashSet;

use kube::api::{ListParams, Request};
use serde::de::DeserializeOwned;

use super::objects::{Kind, NODE, POD, POD_DISRUPTION_BUDGET};
use super::request::{Answer, unreadable};
use crate::errors::ApiError;
use budget::BudgetObject;
pub use node::DRAIN_MARK;
use node::NodeObject;
pub(super) use node::{NODE_GROUP, ROLL_MARK};
use pod::PodObject;
use preflight::facts::{DisruptionBudget, Node, Pod, Workloads};
use wire::Page;

/// Objects per page: 10,000 pods are four calls, and a page of ordinary pods has about 15 MB.
const PAGE: u32 = 2500;

/// The operation in errors.
const LIST: &str = "LIST";

/// A cluster whose lists can be read.
pub(super) trait Lists: Sync {
    /// Reads a list, or a page of it.
    fn page<A: Answer + Send>(&self, path: String) -> impl Future<Output = Result<A, ApiError>> + Send;
}

/// Reads everything. The lists do not show the same moment, because budgets and pods change until the apply anyway.
pub(super) async fn read(cluster: &impl Lists) -> Result<Workloads, ApiError> {
    let nodes = nodes(cluster, NODE_GROUP).await?;
    if nodes.is_empty() {
        return Ok(Workloads::default());
    }
    let names: HashSet<_> = nodes.iter().map(|node| node.name.as_str()).collect();
    let mut pods = Vec::new();
    // Pods on other nodes are dropped page by page.
    let keep = |pod: PodObject| pods.extend(Some(pod).filter(|pod| names.contains(pod.node())).map(Into::into));
    each(cluster, POD, ListParams::default(), keep).await?;
    let budgets = budgets(cluster).await?;
    Ok(Workloads { nodes, pods, budgets })
}

/// Reads the nodes that a label selector selects, in the syntax of `kubectl --selector`.
pub(super) async fn nodes(cluster: &impl Lists, selector: &str) -> Result<Vec<Node>, ApiError> {
    let mut found = Vec::new();
    let selected = ListParams::default().labels(selector);
    each(cluster, NODE, selected, |node: NodeObject| found.push(node.into())).await?;
    Ok(found)
}

/// Reads the pods on a node.
pub(super) async fn pods_on(cluster: &impl Lists, node: &str) -> Result<Vec<Pod>, ApiError> {
    let mut found = Vec::new();
    let on_node = ListParams::default().fields(&format!("spec.nodeName={node}"));
    each(cluster, POD, on_node, |pod: PodObject| found.push(pod.into())).await?;
    Ok(found)
}

/// Reads the PodDisruptionBudgets of all namespaces.
pub(super) async fn budgets(cluster: &impl Lists) -> Result<Vec<DisruptionBudget>, ApiError> {
    let mut found = Vec::new();
    let everything = ListParams::default();
    each(cluster, POD_DISRUPTION_BUDGET, everything, |budget: BudgetObject| found.push(budget.into())).await?;
    Ok(found)
}

/// Lists the selected objects of a kind in all namespaces, and passes each to a function.
async fn each<T: DeserializeOwned + Send>(
    cluster: &impl Lists,
    kind: Kind,
    selected: ListParams,
    mut take: impl FnMut(T) + Send,
) -> Result<(), ApiError> {
    let mut selected = selected.limit(PAGE);
    loop {
        let request = Request::new(kind.path(None)).list(&selected);
        let path = request.map_err(|error| unreadable(LIST, &error.to_string()))?.uri().to_string();
        let page: Page<T> = cluster.page(path).await?;
        page.items.into_iter().for_each(&mut take);
        match page.metadata.next {
            Some(token) if !token.is_empty() => selected = selected.continue_token(&token),
            _ => return Ok(()),
        }
    }
}

impl<T: DeserializeOwned> Answer for Page<T> {
    fn decode(body: &[u8]) -> Option<Self> {
        serde_json::from_slice(body).ok()
    }
}

#[cfg(test)]
mod tests;
