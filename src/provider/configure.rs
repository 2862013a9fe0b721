//! From the provider block to the clients.

use super::kubernetes;
use super::model::ProviderModel;
use super::settings::{preflight, settings, tag_policy};
use super::validate::{unfamiliar_region, unknown_region};
use clients::aws::Aws;
use clients::aws::regions::{partition_of, probably_meant};
use clients::context::Clients;
use clients::creation_records::CreationRecords;
use clients::environment::Environment;
use framework::diagnostics::Diagnostics;
use framework::model::{Attr, Model};
use framework::moved::MoveConsent;
use framework::path::Path;

/// Prepares the clients. Does not connect to any service. If a value of the block is unknown, nothing is configured.
///
/// # Errors
/// Returns an error if the block and its environment cannot be used together.
pub(super) async fn configure(
    config: &ProviderModel,
    terraform_version: &str,
    environment: &Environment,
    diagnostics: &mut Diagnostics,
) -> Result<Option<Clients>, Diagnostics> {
    if !config.to_value().is_wholly_known() {
        tracing::info!("the provider block has values that are known only after apply; skipping all reads and changes");
        return Ok(None);
    }
    let mut errors = Diagnostics::new();
    let settings = settings(config, terraform_version, environment, &mut errors);
    if errors.has_error() {
        return Err(errors);
    }
    let aws = match Aws::new(&settings).await {
        Ok(aws) => aws,
        Err(error) => {
            let summary = "Unable to configure the provider";
            match error.attribute {
                Some(attribute) => errors.error_at(Path::attribute(attribute), summary, error.message),
                None => errors.error(summary, error.message),
            }
            return Err(errors);
        }
    };
    let has_region = !aws.region().is_empty();
    if has_region && config.skip_region_validation != Attr::Known(true) {
        if partition_of(aws.region()).is_none() {
            unknown_region("region", aws.region(), &mut errors);
            return Err(errors);
        }
        if let Some(meant) = probably_meant(aws.region()) {
            unfamiliar_region(aws.region(), meant, diagnostics);
        }
    }
    let kubernetes = kubernetes::settings(config.kubernetes.first());
    warn_about_shadowed_keys(config, environment, diagnostics);
    let working_directory = std::env::current_dir().unwrap_or_default();
    let creations = CreationRecords::open(environment, &working_directory);
    let clients = Clients::new(aws, tag_policy(config, environment)).with_creations(creations);
    Ok(Some(clients.with_kubernetes(kubernetes).with_preflight(preflight(config))))
}

/// Name of the environment variable that lists the fields of moved states that can be dropped.
const MOVE_DROP_FIELDS: &str = "EKSCOMPUTE_MOVE_DROP_FIELDS";

/// Returns the fields that the environment allows a move to drop. Moves run before the provider is configured.
pub(super) fn move_consent(environment: &Environment) -> MoveConsent {
    let fields = environment.first(&[MOVE_DROP_FIELDS]).unwrap_or_default();
    let fields = fields.split(',').map(|field| field.trim().to_owned()).filter(|field| !field.is_empty()).collect();
    MoveConsent { variable: MOVE_DROP_FIELDS, fields }
}

/// Warns about ignored keys: a profile in the provider block takes precedence over keys in the environment.
fn warn_about_shadowed_keys(config: &ProviderModel, environment: &Environment, diagnostics: &mut Diagnostics) {
    let (Some(profile), Some(_)) = (config.profile.text(), environment.first(&["AWS_ACCESS_KEY_ID"])) else { return };
    if config.access_key.is_null() {
        diagnostics.warning_at(
            Path::attribute("profile"),
            "Credentials from the environment are ignored",
            format!(
                "The profile {profile:?} in the provider block takes precedence over AWS_ACCESS_KEY_ID in the \
                 environment. Remove one of them."
            ),
        );
    }
}
