//! MoveResourceState: moves the state of another provider's resource type, without provider configuration or remote
//! calls.

use serde_json::Value as Json;

use super::{Server, no_such};
use crate::diagnostics::{Diagnostic, Diagnostics};
use crate::erased;
use crate::moved::{dropped, left_unmanaged, refused, unknown_members};
use crate::provider::Provider;

/// The state to move.
#[derive(Debug, Clone)]
pub struct MoveRequest {
    /// The provider of the source, such as `registry.terraform.io/hashicorp/aws`.
    pub source_provider_address: String,
    /// The resource type of the source.
    pub source_type_name: String,
    /// The schema version of the source.
    pub source_schema_version: i64,
    /// The state of the source.
    pub source_state: Json,
    /// The target resource type.
    pub target_type_name: String,
}

impl<P: Provider> Server<P> {
    /// MoveResourceState. Returns the state in JSON, in the schema of the target, and warnings.
    ///
    /// # Errors
    /// Returns an error if the target does not support moves from the source, or would lose fields without the user's
    /// consent.
    pub fn move_resource_state(&self, request: MoveRequest) -> Result<(Json, Diagnostics), Diagnostics> {
        let target = &request.target_type_name;
        let resource = self.registry.resources.get(target).ok_or_else(|| no_such("resource", target))?;
        // The registry host differs between Terraform, OpenTofu, and mirrors. Only the namespace and type identify a
        // provider.
        let namespace = |address: &str| {
            address.rsplit('/').take(2).collect::<Vec<_>>().into_iter().rev().collect::<Vec<_>>().join("/")
        };
        let source = namespace(&request.source_provider_address);
        let moves = resource.moves();
        let found = moves.iter().find(|from| from.provider == source && from.type_name == request.source_type_name);
        if let Some(from) = found {
            let lost = erased::catch_panic(|| (from.lost)(&request.source_state))?;
            let state = erased::catch_panic(|| (from.convert)(request.source_schema_version, request.source_state))
                .flatten()?;
            let mut warnings = self.consent(&request.source_type_name, target, lost)?;
            let unmanaged = unknown_members(&resource.schema().block.ty(), &state);
            if !unmanaged.is_empty() {
                warnings.push(left_unmanaged(&request.source_type_name, target, &unmanaged));
            }
            return Ok((state, warnings));
        }
        let accepted = moves.iter().map(|from| format!("{} ({})", from.type_name, from.provider)).collect::<Vec<_>>();
        let advice = if accepted.is_empty() {
            format!("{target} does not support moves from other resource types.")
        } else {
            format!("{target} supports moves from {}.", accepted.join(", "))
        };
        Err(Diagnostic::error(
            format!("Unable to move state from {}", request.source_type_name),
            format!(
                "A moved block moves {} ({}) to {target}. {advice} Import the object instead.",
                request.source_type_name, request.source_provider_address
            ),
        )
        .into())
    }

    /// Whether the user agrees to drop these fields.
    fn consent(&self, source: &str, target: &str, lost: Vec<String>) -> Result<Diagnostics, Diagnostics> {
        if lost.is_empty() {
            return Ok(Diagnostics::new());
        }
        let consent = self.provider.move_consent();
        if lost.iter().all(|field| consent.fields.contains(field)) {
            return Ok(dropped(source, target, &lost).into());
        }
        Err(refused(source, target, &lost, consent.variable).into())
    }
}
