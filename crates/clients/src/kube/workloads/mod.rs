//! Reads what runs on the nodes of managed node groups, one page at a time, and keeps only what draining depends on.

mod budget;
mod node;
mod pod;
mod wire;

use std::collections::HashSet;

use serde::de::DeserializeOwned;

use super::objects::{Kind, NODE, POD, POD_DISRUPTION_BUDGET};
use super::request::Answer;
use crate::errors::ApiError;
use budget::BudgetObject;
use node::{NODE_GROUP, NodeObject};
use pod::PodObject;
use preflight::facts::Workloads;
use wire::Page;

/// Objects per page: 10,000 pods are four calls, and a page of ordinary pods has about 15 MB.
const PAGE: usize = 2500;

/// A cluster whose lists can be read.
pub(super) trait Lists: Sync {
    /// Reads a list, or a page of it.
    fn page<A: Answer + Send>(&self, path: String) -> impl Future<Output = Result<A, ApiError>> + Send;
}

/// Reads everything. The lists do not show the same moment, because budgets and pods change until the apply anyway.
pub(super) async fn read(cluster: &impl Lists) -> Result<Workloads, ApiError> {
    let mut found = Workloads::default();
    let selector = format!("&labelSelector={}", NODE_GROUP);
    each(cluster, NODE, &selector, |node: NodeObject| found.nodes.extend(node.into_node())).await?;
    if found.nodes.is_empty() {
        return Ok(found);
    }
    let nodes: HashSet<_> = found.nodes.iter().map(|node| node.name.clone()).collect();
    // Pods on other nodes are dropped page by page.
    let keep = |pod: PodObject| found.pods.extend(Some(pod).filter(|pod| nodes.contains(pod.node())).map(Into::into));
    each(cluster, POD, "", keep).await?;
    each(cluster, POD_DISRUPTION_BUDGET, "", |budget: BudgetObject| found.budgets.push(budget.into())).await?;
    Ok(found)
}

/// Lists the objects of a kind in all namespaces, and passes each to a function.
async fn each<T: DeserializeOwned + Send>(
    cluster: &impl Lists,
    kind: Kind,
    query: &str,
    mut take: impl FnMut(T) + Send,
) -> Result<(), ApiError> {
    let mut next = String::new();
    loop {
        let path = format!("{}?limit={PAGE}{query}{next}", kind.path(None));
        let page: Page<T> = cluster.page(path).await?;
        page.items.into_iter().for_each(&mut take);
        match page.metadata.next {
            Some(token) if !token.is_empty() => next = format!("&continue={token}"),
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
