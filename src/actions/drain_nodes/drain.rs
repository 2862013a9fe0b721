//! Drains the selected nodes.

use clients::drain::{Drain, DrainError, DrainSettings, selected, still_cordoned};
use clients::kube::nodes::{NodesApi, of_node_group};
use clients::wait::Limits;
use framework::diagnostics::{Diagnostic, Diagnostics};
use framework::model::Attr;
use preflight::facts::Node;
use preflight::finding::counted;

use super::DrainNodes;

/// Drains the nodes. On failure, uncordons them if configured.
pub(super) async fn drain(
    cluster: &dyn NodesApi,
    limits: &Limits,
    config: &DrainNodes,
    report: &(dyn Fn(String) + Send + Sync),
) -> Result<(), Diagnostics> {
    let nodes = nodes(cluster, limits, config).await?;
    let cluster_name = config.cluster_name.text().unwrap_or_default();
    if nodes.is_empty() {
        report(format!("No nodes of cluster {cluster_name} match, so there is nothing to drain"));
        return Ok(());
    }
    report(format!("Draining {} of cluster {cluster_name}", counted(nodes.len(), "node")));
    let DrainNodes { max_unavailable, drain_timeout, grace_period_seconds, force, .. } = config;
    let settings = DrainSettings::configured(max_unavailable, drain_timeout, grace_period_seconds, force);
    let drain = Drain { cluster, settings: &settings, limits, report };
    match drain.run(&nodes).await {
        Ok(()) => drain.keep(&nodes).await.map_err(|error| error.into_diagnostic("All nodes are drained.").into()),
        Err(error) => {
            let after = after_failure(&drain, config, &nodes).await;
            Err(error.into_diagnostic(&after).into())
        }
    }
}

/// Ends a failed drain, and returns in what state the nodes are.
async fn after_failure(drain: &Drain<'_>, config: &DrainNodes, nodes: &[Node]) -> String {
    if config.uncordon_on_failure.known() == Some(&false) {
        // The mark would make a later drain uncordon them.
        if let Err(error) = drain.keep(nodes).await {
            tracing::debug!(%error, "unable to remove the mark of the drain");
        }
        return "The nodes remain cordoned, because uncordon_on_failure is false.".to_owned();
    }
    let failed = drain.undo(nodes).await;
    if failed.is_empty() {
        return "The nodes that this drain cordoned are uncordoned. The evicted pods are not moved back.".to_owned();
    }
    still_cordoned(&failed)
}

async fn nodes(cluster: &dyn NodesApi, limits: &Limits, config: &DrainNodes) -> Result<Vec<Node>, Diagnostics> {
    let read = |error: DrainError| error.into_diagnostic("");
    if let Some(name) = config.node_group_name.text() {
        return Ok(selected(cluster, limits, &of_node_group(name)).await.map_err(read)?);
    }
    if let Some(selector) = config.label_selector.text() {
        return Ok(selected(cluster, limits, selector).await.map_err(read)?);
    }
    let mut names: Vec<_> =
        config.node_names.known().map(|names| names.0.iter().filter_map(Attr::text).collect()).unwrap_or_default();
    let mut found = selected(cluster, limits, "").await.map_err(read)?;
    found.retain(|node| names.contains(&node.name.as_str()));
    names.retain(|name| !found.iter().any(|node| node.name == *name));
    if names.is_empty() {
        return Ok(found);
    }
    let detail = format!(
        "Cluster {} does not have these nodes: {}. No node was drained. Correct node_names.",
        config.cluster_name.text().unwrap_or_default(),
        names.join(", ")
    );
    Err(Diagnostic::error("Unable to find the nodes to drain", detail).into())
}
