//! UpgradeResourceState and UpgradeResourceIdentity: upgrade the stored state, without remote calls.

use serde_json::Value as Json;

use super::{Server, no_such};
use crate::diagnostics::Diagnostics;
use crate::provider::Provider;

impl<P: Provider> Server<P> {
    /// UpgradeResourceState. Also called for the current version. The state is then returned unchanged, and decoded
    /// leniently.
    ///
    /// # Errors
    /// Returns an error if the resource does not support the version.
    pub fn upgrade_resource_state(&self, name: &str, version: i64, state: Json) -> Result<Json, Diagnostics> {
        let resource = self.registry.resources.get(name).ok_or_else(|| no_such("resource", name))?;
        resource.upgrade(version, state)
    }

    /// UpgradeResourceIdentity. Every identity has only one version, so the stored identity is unchanged.
    ///
    /// # Errors
    /// Returns an error if the resource does not exist.
    pub fn upgrade_resource_identity(&self, name: &str, identity: Json) -> Result<Json, Diagnostics> {
        self.registry.resources.get(name).map(|_| identity).ok_or_else(|| no_such("resource", name))
    }
}
