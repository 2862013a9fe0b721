//! Which provider a process serves.

/// Which provider this is.
#[derive(Debug, Clone, Copy)]
pub struct About {
    /// The namespace of its registry address.
    pub namespace: &'static str,
    /// The type in its registry address. The names of its resources start with it.
    pub name: &'static str,
    /// Its version.
    pub version: &'static str,
}
