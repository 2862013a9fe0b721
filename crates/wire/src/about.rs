//! Which provider a process serves.

/// Which provider this is.
#[derive(Debug, Clone, Copy)]
pub struct About {
    /// The namespace of its registry address.
    pub namespace: &'static str,
    /// The type of its registry address, with which the names of its resources begin.
    pub name: &'static str,
    /// Its version.
    pub version: &'static str,
}
