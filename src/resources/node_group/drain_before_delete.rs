//! Drains the nodes of a node group before it is deleted.

use clients::drain::{Drain, DrainError, DrainSettings, Refusal, selected, still_cordoned};
use clients::kube::nodes::{NodesApi, of_node_group};
use clients::partial_read::is_cluster_deleting;
use clients::wait::Limits;
use framework::diagnostics::{Diagnostic, Diagnostics};
use framework::model::Attr;
use preflight::facts::Node;
use preflight::subject;

use super::api;
use super::model::{DrainBeforeDelete, NodeGroup};

fn settings(block: &DrainBeforeDelete) -> DrainSettings {
    DrainSettings::configured(&block.max_unavailable, &block.drain_timeout, &Attr::Null, &block.force)
}

/// Returns how a plan that deletes the node group drains its nodes, for the checks.
pub(super) fn planned(prior: &NodeGroup) -> Option<subject::DrainBeforeDelete> {
    let settings = settings(prior.drain_before_delete.first()?);
    let minutes = i64::try_from(settings.drain_timeout.as_secs().div_ceil(60)).unwrap_or(i64::MAX / 60);
    Some(subject::DrainBeforeDelete { minutes, force: settings.force })
}

/// The nodes that are drained for a deletion.
pub(super) struct Drained<'d> {
    cluster: &'d dyn NodesApi,
    limits: &'d Limits,
    settings: DrainSettings,
    nodes: Vec<Node>,
    /// Whether pods remain, because no other node accepts them.
    pub(super) is_incomplete: bool,
}

impl<'d> Drained<'d> {
    /// Drains the nodes if the state contains the block. On failure, uncordons them. If no other node accepts pods, such as
    /// when everything is destroyed, leaves the drain to EKS.
    pub(super) async fn before_delete(
        cluster: &'d dyn NodesApi,
        limits: &'d Limits,
        stored: &NodeGroup,
    ) -> Result<Option<Self>, Diagnostics> {
        let Some(block) = stored.drain_before_delete.first() else { return Ok(None) };
        let name = stored.node_group_name.text().unwrap_or_default();
        let id = api::id(stored.cluster_name.text().unwrap_or_default(), name);
        let nodes = match selected(cluster, limits, &of_node_group(name)).await {
            Ok(nodes) => nodes,
            // Without a cluster, nothing runs on the nodes.
            Err(DrainError::Api { error, .. }) if error.is_not_found() || is_cluster_deleting(&error) => {
                return Ok(None);
            }
            Err(error) => return Err(kept(error, &id, "")),
        };
        let mut drained = Self { cluster, limits, settings: settings(block), nodes, is_incomplete: false };
        match drained.ended().await {
            Ok(is_complete) => {
                drained.is_incomplete = !is_complete;
                Ok(Some(drained))
            }
            Err(error) => {
                let state = drained.undo().await;
                Err(kept(error, &id, &state))
            }
        }
    }

    /// Drains the nodes. Returns `false` if the pods cannot run anywhere else.
    async fn ended(&self) -> Result<bool, DrainError> {
        let drain = self.drain();
        let ended = tokio::select! {
            biased;
            ended = drain.run(&self.nodes) => ended,
            () = drain.lacks_destination(&self.nodes) => return Ok(false),
        };
        match ended {
            // The time for a node can be shorter than the time after which the search for other nodes ends.
            Err(DrainError::Refused { reason: Refusal::DrainTimeout, .. })
                if !drain.has_destination(&self.nodes).await =>
            {
                Ok(false)
            }
            ended => ended.map(|()| true),
        }
    }

    /// Uncordons the nodes of a node group that is not deleted after all, and returns in what state they are.
    pub(super) async fn undo(&self) -> String {
        let failed = self.drain().undo(&self.nodes).await;
        if failed.is_empty() {
            return " Its nodes are uncordoned.".to_owned();
        }
        format!(" {}", still_cordoned(&failed))
    }

    fn drain(&self) -> Drain<'_> {
        let report = &|line: String| tracing::info!("{line}");
        Drain { cluster: self.cluster, settings: &self.settings, limits: self.limits, report }
    }
}

/// Returns the warning of a deletion that did not wait for all pods.
pub(super) fn without_drain(id: &str) -> Diagnostic {
    Diagnostic::warning(
        format!("Node group {id} was deleted without a drain"),
        "No other node of the cluster accepts pods, so drain_before_delete could not move the pods. EKS evicts them, and \
         terminates the nodes after at most 5 minutes.",
    )
}

fn kept(error: DrainError, id: &str, state: &str) -> Diagnostics {
    let told = error.into_diagnostic(&format!(
        "Node group {id} was not deleted, because drain_before_delete is set.{state} To delete it without a drain, remove \
         drain_before_delete, apply, and delete it then. If it is no longer part of the configuration, delete it with aws \
         eks delete-nodegroup."
    ));
    Diagnostics::from(Diagnostic { summary: format!("Unable to delete node group {id}: {}", told.summary), ..told })
}
