//! Creates a Fargate profile without orphaning it: what exists is recorded before anything can fail.

use async_trait::async_trait;

use clients::creation::{self, CreationError, Creator};
use clients::errors::{ApiError, ErrorKind};
use clients::generated_name;
use clients::run_ledger::Claim;
use clients::wait::Limits;
use framework::diagnostics::{Diagnostic, Diagnostics};
use framework::path::Path;
use framework::resource::{Change, Record};
use framework::tags::TagPolicy;

use super::client::{CreateFargateProfile, FargateProfile as Live, FargateProfileClient, FargateProfileStatus};
use super::model::FargateProfile;
use super::{api, delete, health, waiting};

/// Maximum number of attempts to create a profile while a profile of an interrupted run has its name.
const ATTEMPTS: u32 = 3;

/// The result of a create request.
enum CreateOutcome {
    /// The profile exists: it is being created, or ready.
    Created(Live),
    /// An earlier profile with this name is being deleted, or an interrupted apply failed to create it, so it must be
    /// deleted first.
    Obstructed(Live),
}

/// Creates the profile and waits for it. The caller holds the queue position of the cluster, so that this process does
/// not create or delete another profile concurrently.
pub(super) async fn create(
    client: &dyn FargateProfileClient,
    claim: &Claim<'_>,
    policy: &TagPolicy,
    limits: &Limits,
    change: &Change<FargateProfile>,
    record: &mut Record<FargateProfile>,
) -> Result<(), Diagnostics> {
    let (cluster, name) = api::names(&change.planned);
    let id = api::id(cluster, name);
    let begun = attempts(client, claim, limits, change).await?;
    record.save(api::from_live(&change.planned, &begun, policy));
    let live = match waiting::created(client, limits, cluster, name).await {
        Err(error) if error.is_not_found() => {
            claim.discard_record();
            record.gone();
            return Err(deleted_meanwhile(&id, &error.to_string()));
        }
        live => live.map_err(|error| unfinished(error, &id))?,
    };
    let model = api::from_live(&change.planned, &live, policy);
    record.save(model.clone());
    match &live.status {
        FargateProfileStatus::CreateFailed => return Err(failed(&live, &id)),
        FargateProfileStatus::Deleting | FargateProfileStatus::DeleteFailed => {
            let issues = health::describe_issues(&live.health);
            return Err(deleted_meanwhile(&id, &format!("Its status is {}. {issues}", live.status)));
        }
        FargateProfileStatus::Unknown(_) | FargateProfileStatus::Creating => record.diagnostics.warning(
            format!("Unknown status of Fargate profile {id}"),
            format!(
                "The status is {}. This version of the provider does not recognize it, so it cannot confirm that the \
                 profile is ready. Check the profile in the EKS console, and upgrade the provider.",
                live.status
            ),
        ),
        FargateProfileStatus::Active => {}
    }
    record.save(change.complete(&model));
    Ok(())
}

/// Retries the request until the profile exists, and deletes profiles that block it.
async fn attempts(
    client: &dyn FargateProfileClient,
    claim: &Claim<'_>,
    limits: &Limits,
    change: &Change<FargateProfile>,
) -> Result<Live, Diagnostics> {
    let (cluster, name) = api::names(&change.planned);
    let id = api::id(cluster, name);
    for attempt in 1.. {
        let request = api::create_request(&change.planned, &generated_name::token());
        match begin(client, claim, limits, request).await? {
            CreateOutcome::Created(live) => return Ok(live),
            CreateOutcome::Obstructed(live) if attempt >= ATTEMPTS => return Err(failed(&live, &id)),
            CreateOutcome::Obstructed(live) => {
                tracing::warn!(attempt, status = %live.status, "deleting Fargate profile {id} from an earlier run");
                delete::delete(client, limits, cluster, name).await?;
                claim.discard_record();
            }
        }
    }
    Err(Diagnostics::new())
}

/// Retries the request until it is certain whether the profile exists.
async fn begin(
    client: &dyn FargateProfileClient,
    claim: &Claim<'_>,
    limits: &Limits,
    request: CreateFargateProfile,
) -> Result<CreateOutcome, Diagnostics> {
    let (cluster, name) = (request.cluster_name.clone(), request.name.clone());
    let id = api::id(&cluster, &name);
    let creator = FargateProfiles { client, limits };
    let error = match creation::begin(&creator, claim, limits, &format!("creating Fargate profile {id}"), request).await
    {
        Ok(live) if live.status == FargateProfileStatus::CreateFailed => return Ok(CreateOutcome::Obstructed(live)),
        Ok(live) => return Ok(CreateOutcome::Created(live)),
        Err(CreationError::NotDeleted(errors)) => return Err(errors),
        Err(CreationError::Refused(error)) => error,
    };
    if error.kind == ErrorKind::AlreadyExists {
        return match client.describe(&cluster, &name).await {
            Ok(live) if live.status == FargateProfileStatus::Deleting => Ok(CreateOutcome::Obstructed(live)),
            _ => Err(exists(&id, Some(&error)).into()),
        };
    }
    let (advice, missing) = (advice(error.kind), error.is_not_found());
    let refused = error.into_diagnostic(format!("Unable to create Fargate profile {id}"), advice);
    Err(if missing { refused.at(Path::attribute("cluster_name")) } else { refused }.into())
}

/// Fargate profiles as the target of a creation.
struct FargateProfiles<'c> {
    client: &'c dyn FargateProfileClient,
    limits: &'c Limits,
}

#[async_trait]
impl Creator for FargateProfiles<'_> {
    type Request = CreateFargateProfile;
    type Object = Live;

    async fn create(&self, request: &CreateFargateProfile) -> Result<Live, ApiError> {
        self.client.create(request).await
    }

    async fn describe(&self, request: &CreateFargateProfile) -> Result<Live, ApiError> {
        self.client.describe(&request.cluster_name, &request.name).await
    }

    async fn delete(&self, request: &CreateFargateProfile) -> Result<(), Diagnostics> {
        delete::delete(self.client, self.limits, &request.cluster_name, &request.name).await
    }
}

fn advice(kind: ErrorKind) -> &'static str {
    match kind {
        ErrorKind::PropagationDelay => {
            "EKS rejected the role for several minutes, so the cause is not a propagation delay. Allow sts:AssumeRole \
             for eks-fargate-pods.amazonaws.com in the trust policy of the role, and apply again."
        }
        ErrorKind::NotFound => "Cluster not found in this account and Region. Check cluster_name and region.",
        ErrorKind::InUse => {
            "The cluster was busy until the operation timed out, because another process was changing a Fargate \
             profile or the cluster. Apply again, or increase timeouts { create }."
        }
        _ => "",
    }
}

/// Another profile has this name.
pub(super) fn exists(id: &str, error: Option<&ApiError>) -> Diagnostic {
    let said = error.map(|error| format!("{error}\n\n")).unwrap_or_default();
    Diagnostic::error(
        format!("Fargate profile {id} already exists"),
        format!(
            "{said}A different Fargate profile has this name. To manage it, import it:\n\n  import {{\n    to = \
             ekscompute_fargate_profile.ADDRESS\n    id = \"{id}\"\n  }}\n\nOtherwise, set a \
             different fargate_profile_name. With create_before_destroy, the replacement also needs a different name."
        ),
    )
}

/// Two resources of one run have the same name.
pub(super) fn twice(id: &str) -> Diagnostic {
    Diagnostic::error(
        format!("Fargate profile {id} is configured twice"),
        "Another resource in this run has a Fargate profile with the same name in the same cluster. Set a different \
         fargate_profile_name for each resource.",
    )
}

fn unfinished(error: ApiError, id: &str) -> Diagnostics {
    let advice = match error.kind {
        ErrorKind::Timeout => {
            "The Fargate profile still exists and is in state, marked as tainted. If the creation only needs more \
             time, increase timeouts { create }, run terraform untaint, and apply again. Otherwise, check its health \
             issues."
        }
        ErrorKind::Cancelled => {
            "The Fargate profile exists and is in state, marked as tainted. To keep it after it becomes ACTIVE, run \
             terraform untaint."
        }
        _ => "",
    };
    error.into_diagnostic(format!("Unable to confirm that Fargate profile {id} is ready"), advice).into()
}

/// The profile was deleted during its creation.
fn deleted_meanwhile(id: &str, found: &str) -> Diagnostics {
    let detail = format!(
        "{found}\n\nAnother process deleted the Fargate profile while it was being created. Identify the caller in AWS \
         CloudTrail (event DeleteFargateProfile), then retry the apply. The apply waits until the Fargate profile is \
         deleted and then recreates it."
    );
    Diagnostic::error(format!("Fargate profile {id} was deleted during creation"), detail).into()
}

fn failed(live: &Live, id: &str) -> Diagnostics {
    let detail = format!("{}\n\n{}", health::describe_issues(&live.health), health::describe_leftovers(live));
    Diagnostic::error(format!("Unable to create Fargate profile {id}"), detail).into()
}
