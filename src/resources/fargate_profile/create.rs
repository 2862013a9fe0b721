//! Creating a Fargate profile so that none is ever orphaned: what exists is recorded before anything can fail.

use crate::clients::creations::{is_recent, look};
use crate::clients::errors::{ApiError, ErrorKind};
use crate::clients::retry::Retry;
use crate::clients::unique;
use crate::clients::wait::Limits;
use crate::framework::diagnostics::{Diagnostic, Diagnostics};
use crate::framework::path::Path;
use crate::framework::resource::{Change, Record};
use crate::framework::tags::TagPolicy;

use super::client::{CreateFargateProfile, FargateProfile as Live, FargateProfileClient};
use super::model::FargateProfile;
use super::{api, delete, health, waiting};

/// How often a name is tried that what an interrupted run left still has.
const ATTEMPTS: u32 = 3;

/// What a request for a creation leads to.
enum Begun {
    /// The profile is there, in creation or ready.
    Made(Live),
    /// An earlier one of the name is still going, or could not be made: it has to go first.
    Remains(Live),
}

/// Creates the profile and waits for it. Nobody else in this process makes or deletes a profile of the cluster meanwhile.
pub(super) async fn create(
    client: &dyn FargateProfileClient,
    policy: &TagPolicy,
    limits: &Limits,
    change: &Change<FargateProfile>,
    record: &mut Record<FargateProfile>,
) -> Result<(), Diagnostics> {
    let (cluster, name) = api::names(&change.planned);
    let id = api::id(cluster, name);
    let begun = attempts(client, limits, change, record).await?;
    record.save(api::from_live(&change.planned, &begun, policy));
    let live = waiting::created(client, limits, cluster, name).await.map_err(|error| unfinished(error, &id))?;
    let model = api::from_live(&change.planned, &live, policy);
    if matches!(live.status.as_str(), "CREATE_FAILED" | "DELETING" | "DELETE_FAILED") {
        record.save(model);
        return Err(failed(&live, &id));
    }
    record.save(change.complete(&model));
    Ok(())
}

/// Sends the request until the profile is there, and clears away what has to go before.
async fn attempts(
    client: &dyn FargateProfileClient,
    limits: &Limits,
    change: &Change<FargateProfile>,
    record: &mut Record<FargateProfile>,
) -> Result<Live, Diagnostics> {
    let (cluster, name) = api::names(&change.planned);
    let id = api::id(cluster, name);
    for attempt in 1.. {
        let request = api::create_request(&change.planned, &unique::token());
        match begin(client, limits, &request, record).await? {
            Begun::Made(live) => return Ok(live),
            Begun::Remains(live) if attempt >= ATTEMPTS => return Err(failed(&live, &id)),
            Begun::Remains(live) => {
                tracing::warn!(attempt, status = live.status, "Fargate profile {id} of an earlier run has to go first");
                delete::delete(client, limits, cluster, name).await?;
            }
        }
    }
    Err(Diagnostics::new())
}

/// Sends the request, until it is sure whether the profile exists.
async fn begin(
    client: &dyn FargateProfileClient,
    limits: &Limits,
    request: &CreateFargateProfile,
    record: &mut Record<FargateProfile>,
) -> Result<Begun, Diagnostics> {
    let id = api::id(&request.cluster_name, &request.name);
    let doing = format!("creating Fargate profile {id}");
    let error = match Retry::new().run(&doing, limits, || client.create(request)).await {
        Ok(live) => return Ok(Begun::Made(live)),
        Err(error) => error,
    };
    let existing = look(limits, &error, client.describe(&request.cluster_name, &request.name)).await;
    let taken = error.kind == ErrorKind::AlreadyExists;
    match existing {
        Some(live) if taken && live.status == "DELETING" => Ok(Begun::Remains(live)),
        Some(live) if is_begun_by_an_interrupted_run(request, &live, limits) => {
            if live.status == "CREATE_FAILED" && taken {
                return Ok(Begun::Remains(live));
            }
            if taken {
                record.diagnostics.warning(
                    format!("Fargate profile {id} was already there"),
                    "It has exactly the planned settings and was created a short while ago, so it was taken for what an \
                     earlier, interrupted apply had begun. It is in the state now.",
                );
            }
            Ok(Begun::Made(live))
        }
        _ if taken => Err(exists(&id, Some(&error)).into()),
        _ => {
            let (advice, missing) = (advice(error.kind), error.is_not_found());
            let refused = error.into_diagnostic(format!("Cannot create Fargate profile {id}"), advice);
            Err(if missing { refused.at(Path::attribute("cluster_name")) } else { refused }.into())
        }
    }
}

/// Whether a profile that has the name is what a run like this one made before it was interrupted.
pub(super) fn is_begun_by_an_interrupted_run(request: &CreateFargateProfile, live: &Live, limits: &Limits) -> bool {
    let lately = live.status == "CREATING" || is_recent(live.created_at.as_deref(), limits.deadline.total());
    lately && live.status != "DELETE_FAILED" && api::is_same(request, live)
}

fn advice(kind: ErrorKind) -> &'static str {
    match kind {
        ErrorKind::PropagationDelay => {
            "The role was refused for minutes, so it is not just new: let its trust policy allow sts:AssumeRole to \
             eks-fargate-pods.amazonaws.com, and apply again."
        }
        ErrorKind::NotFound => "There is no such cluster in this account and region. Look at cluster_name and region.",
        ErrorKind::InUse => {
            "The cluster was busy for the whole timeout: with a Fargate profile of somebody else, or with a change of its \
             own. Apply again, or raise timeouts { create }."
        }
        _ => "",
    }
}

/// Another profile has the name.
pub(super) fn exists(id: &str, error: Option<&ApiError>) -> Diagnostic {
    let said = error.map(|error| format!("{error}\n\n")).unwrap_or_default();
    Diagnostic::error(
        format!("Fargate profile {id} exists already, so it cannot be created"),
        format!(
            "{said}Another Fargate profile has this name. If it is the one you mean, import it: terraform import ADDRESS \
             {id}, or an import block with id = \"{id}\". Otherwise choose another fargate_profile_name. A replacement with \
             create_before_destroy needs another name, too."
        ),
    )
}

/// Two resources of one run want the same name.
pub(super) fn twice(id: &str) -> Diagnostic {
    Diagnostic::error(
        format!("Fargate profile {id} is configured twice"),
        "Another resource of this run has a Fargate profile of the same name in the same cluster. Give each its own \
         fargate_profile_name.",
    )
}

fn unfinished(error: ApiError, id: &str) -> Diagnostics {
    let advice = match error.kind {
        ErrorKind::Timeout => {
            "The Fargate profile still exists and is in the state, marked as tainted. If it just needs longer, raise timeouts \
             { create }, run terraform untaint and apply again; else look at its health issues."
        }
        ErrorKind::Cancelled => {
            "The Fargate profile exists and is in the state, marked as tainted. If it becomes ACTIVE, terraform untaint keeps \
             it."
        }
        _ => "",
    };
    error.into_diagnostic(format!("Fargate profile {id} is not known to be ready"), advice).into()
}

fn failed(live: &Live, id: &str) -> Diagnostics {
    let detail = format!("{}\n\n{}", health::describe_issues(&live.health), health::describe_left(live));
    Diagnostic::error(format!("Fargate profile {id} could not be created: {}", live.status), detail).into()
}
