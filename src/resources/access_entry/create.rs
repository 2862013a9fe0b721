//! Creating an access entry so that none is ever orphaned: what exists is recorded before anything can fail.

use crate::clients::creations::{is_recent, look};
use crate::clients::errors::{ApiError, ErrorKind};
use crate::clients::retry::Retry;
use crate::clients::unique;
use crate::clients::wait::Limits;
use crate::framework::diagnostics::Diagnostics;
use crate::framework::path::Path;
use crate::framework::resource::{Change, Record};
use crate::framework::tags::TagPolicy;

use super::client::{Access, AccessEntry as Live, Associations, CreateAccessEntry};
use super::model::AccessEntry;
use super::update::Work;
use super::{api, guard, policies, words};

/// Private: the entry was there before.
pub(super) const ADOPTED: &str = "adopted";

/// Creates the entry, or takes over one that may be taken over, and brings it to what is planned.
pub(super) async fn create(
    access: &Access,
    policy: &TagPolicy,
    limits: &Limits,
    change: &Change<AccessEntry>,
    record: &mut Record<AccessEntry>,
) -> Result<(), Diagnostics> {
    let planned = &change.planned;
    let (cluster, principal) = api::names(planned);
    let id = api::id(cluster, principal);
    let live = begin(access, limits, planned, record).await?;
    record.save(api::from_live(planned, &live, None, policy));
    let owned = api::has_associations(planned);
    let work = Work { client: access.client.as_ref(), policy, limits, planned };
    let (live, associations) = work.settle(owned).await.map_err(|error| unfinished(error, &id))?;
    policies::remember(planned, &mut record.private);
    record.save(change.complete(&api::from_live(planned, &live, associations.as_ref(), policy)));
    Ok(())
}

/// Sends the request, until it is sure whether the entry exists and may be this resource's.
async fn begin(
    access: &Access,
    limits: &Limits,
    planned: &AccessEntry,
    record: &mut Record<AccessEntry>,
) -> Result<Live, Diagnostics> {
    let request = api::create_request(planned, &unique::token());
    let (cluster, principal) = (request.cluster_name.as_str(), request.principal_arn.as_str());
    let id = api::id(cluster, principal);
    let doing = format!("creating access entry {id}");
    let error = match Retry::new().run(&doing, limits, || access.client.create(&request)).await {
        Ok(live) => return Ok(live),
        Err(error) => error,
    };
    let taken = error.kind == ErrorKind::AlreadyExists;
    let Some((live, associations)) = look(limits, &error, read(access, cluster, principal)).await else {
        return Err(if taken { words::exists(cluster, principal, Some(&error)).into() } else { failed(error, &id) });
    };
    if taken && planned.adopt.known() == Some(&true) {
        if live.kind != request.kind {
            return Err(words::other_type(&live, &request.kind).into());
        }
        record.private.set(ADOPTED, &true);
        return Ok(live);
    }
    if !is_begun_by_an_interrupted_run(access, &request, planned, (&live, &associations), limits).await {
        return Err(if taken { words::exists(cluster, principal, Some(&error)).into() } else { failed(error, &id) });
    }
    if taken {
        record.diagnostics.push(words::resumed(&id));
    }
    Ok(live)
}

async fn read(access: &Access, cluster: &str, principal: &str) -> Result<(Live, Associations), ApiError> {
    let live = access.client.describe(cluster, principal).await?;
    let associations = access.client.associations(cluster, principal).await?;
    Ok((live, associations))
}

/// Whether an entry that is there is what a run like this one made before it was interrupted. Those of nodes all look alike,
/// and EKS makes them, too.
pub(super) async fn is_begun_by_an_interrupted_run(
    access: &Access,
    request: &CreateAccessEntry,
    planned: &AccessEntry,
    (live, associations): (&Live, &Associations),
    limits: &Limits,
) -> bool {
    if !is_recent(live.created_at.as_deref(), limits.deadline.total())
        || !api::is_same(request, &api::associations(planned), live, associations)
    {
        return false;
    }
    // After an interruption there is no time to ask, and nobody makes an entry of the same type in the same second.
    let certain = request.kind == api::STANDARD || limits.cancellation.is_cancelled();
    let (cluster, principal) = (&request.cluster_name, &request.principal_arn);
    certain || guard::nodes_of(access, cluster, principal).await.is_ok_and(|nodes| nodes.is_none())
}

fn failed(error: ApiError, id: &str) -> Diagnostics {
    let advice = match error.kind {
        ErrorKind::PropagationDelay => {
            "The principal was refused for minutes, so it is not just new: there is no such role or user, or it is one that \
             cannot have an access entry. A role's ARN has its path here."
        }
        ErrorKind::NotFound => "There is no such cluster in this account and region. Look at cluster_name and region.",
        _ => "",
    };
    let at = match error.kind {
        ErrorKind::PropagationDelay => Some("principal_arn"),
        ErrorKind::NotFound => Some("cluster_name"),
        _ => None,
    };
    let failed = error.into_diagnostic(format!("Cannot create access entry {id}"), advice);
    match at {
        Some(at) => failed.at(Path::attribute(at)).into(),
        None => failed.into(),
    }
}

fn unfinished(error: ApiError, id: &str) -> Diagnostics {
    let advice = match error.kind {
        ErrorKind::Cancelled => {
            "The access entry exists and is in the state, marked as tainted. terraform untaint keeps it, and the next apply \
             gives it what is missing."
        }
        _ => {
            "The access entry exists and is in the state, marked as tainted: the next apply makes it anew. To keep it, run \
             terraform untaint; the next apply then gives it what is missing."
        }
    };
    error.into_diagnostic(format!("Access entry {id} is not complete"), advice).into()
}
