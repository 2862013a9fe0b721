//! What the node groups of one run know of each other. Core calls each by itself and tells no addresses, so this is the
//! only place where two resources for one node group meet. One for each configuration of the provider, which core
//! makes anew for every walk: what is noted while planning is unknown while applying.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;

use crate::clients::creations::{Claim, Creations};
use crate::framework::diagnostics::Diagnostic;
use crate::framework::path::Path;

use super::api;
use super::model::NodeGroup;

/// Where a node group is: region, cluster and name.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Place(String);

/// What has been seen of each place, and who works there.
#[derive(Debug)]
pub(super) struct Claims {
    since: Timestamp,
    seen: Mutex<HashMap<Place, Seen>>,
    creations: Creations,
}

/// What core has asked about a place.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Seen {
    /// A state has a node group there.
    pub(super) in_state: bool,
    /// A resource has its node group there and keeps it there.
    pub(super) kept: bool,
    /// A resource is planned to create a node group there.
    pub(super) wanted: bool,
}

impl Place {
    pub(super) fn new(region: Option<&str>, cluster: &str, name: &str) -> Self {
        Self(format!("{}/{}", region.unwrap_or_default(), api::id(cluster, name)))
    }

    /// Where a model says that it is; none while that is not known.
    pub(super) fn of(model: &NodeGroup) -> Option<Self> {
        let (cluster, name) = (model.cluster_name.text()?, model.node_group_name.text()?);
        (!model.region.is_unknown()).then(|| Self::new(model.region.text(), cluster, name))
    }
}

impl Default for Claims {
    fn default() -> Self {
        Self { since: Timestamp::now(), seen: Mutex::default(), creations: Creations::default() }
    }
}

impl Claims {
    fn all(&self) -> MutexGuard<'_, HashMap<Place, Seen>> {
        // Nothing that can panic runs under this lock.
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// When this run began; everything it makes is younger.
    pub(super) fn since(&self) -> Timestamp {
        self.since
    }

    /// Notes something about a place; answers what was known before.
    pub(super) fn note(&self, place: &Place, note: impl FnOnce(&mut Seen)) -> Seen {
        let mut seen = self.all();
        let entry = seen.entry(place.clone()).or_default();
        let before = *entry;
        note(entry);
        before
    }

    /// What is known about a place.
    pub(super) fn seen(&self, place: &Place) -> Seen {
        self.all().get(place).copied().unwrap_or_default()
    }

    /// Whether a state was read in this run, as core does when it plans and never when it applies.
    pub(super) fn reads_states(&self) -> bool {
        self.all().values().any(|seen| seen.in_state)
    }

    /// The exclusive right to create at a place, until dropped.
    pub(super) fn take(&self, place: Place) -> Option<Claim<'_>> {
        self.creations.claim(place.0)
    }

    /// The creations of this run.
    pub(super) fn creations(&self) -> &Creations {
        &self.creations
    }

    /// A warning in place of the deletion of a group that a creation of this run has taken over. That is how a
    /// replacement ends that creates before it destroys and has a fixed name: core shows creation nothing of the
    /// predecessor, whose deletion would take the only group away.
    pub(super) fn successor(&self, group: &NodeGroup) -> Option<Diagnostic> {
        let arn = group.arn.text()?;
        self.creations.was_taken_over(arn).then(|| {
            Diagnostic::warning(
                format!("Node group {} was kept, not replaced", group.id.text().unwrap_or(arn)),
                "Its successor has the same name and settings, so it was taken over and not deleted. To have other \
                 nodes with create_before_destroy, use node_group_name_prefix instead of node_group_name.",
            )
        })
    }
}

/// The error for two resources that would have one node group.
pub(super) fn twice(id: &str) -> Diagnostic {
    Diagnostic::error(
        format!("Node group {id} is configured twice"),
        "Another resource of this configuration manages or creates a node group of the same name in the same cluster. \
         Give each its own node_group_name. If a resource was renamed, say so with a moved block.",
    )
    .at(Path::attribute("node_group_name"))
}
