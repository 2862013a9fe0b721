//! The identity of an object.

use std::fmt;

/// A cluster of a Region.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ClusterKey {
    /// Region of the cluster.
    pub region: String,
    /// Name of the cluster.
    pub cluster: String,
}

impl fmt::Display for ClusterKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "cluster {} in {}", self.cluster, self.region)
    }
}

/// Identifies an object that at most one resource can manage.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ObjectKey {
    /// The kind of object, such as `node group`.
    pub kind: &'static str,
    /// The cluster that contains it.
    pub cluster: ClusterKey,
    /// Name of the object in the cluster.
    pub name: String,
}

impl ObjectKey {
    /// Creates the key of an object in a cluster.
    #[must_use]
    pub fn new(kind: &'static str, region: &str, cluster: &str, name: &str) -> Self {
        let cluster = ClusterKey { region: region.to_owned(), cluster: cluster.to_owned() };
        Self { kind, cluster, name: name.to_owned() }
    }
}
