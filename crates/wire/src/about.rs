//! Identifies the provider of a process.

/// The provider that a process serves.
#[derive(Debug, Clone, Copy)]
pub struct ProviderInfo {
    /// Namespace of the registry address.
    pub namespace: &'static str,
    /// Type in the registry address. The names of the resource types start with it.
    pub name: &'static str,
    /// Version of the provider.
    pub version: &'static str,
}
