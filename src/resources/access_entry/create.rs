//! Creates an access entry without orphaning it: what exists is recorded before anything can fail.

use async_trait::async_trait;

use clients::creation::{self, CreationError, Creator};
use clients::errors::{ApiError, ErrorKind};
use clients::generated_name;
use clients::run_ledger::Claim;
use clients::wait::Limits;
use framework::diagnostics::Diagnostics;
use framework::path::Path;
use framework::resource::{Change, Record};
use framework::tags::TagPolicy;

use super::client::{Access, AccessEntry as Live, AccessEntryClient, CreateAccessEntry};
use super::model::AccessEntry;
use super::update::Work;
use super::{api, delete, messages, policies};

/// Private data: the entry existed before this resource.
pub(super) const ADOPTED: &str = "adopted";

/// Creates the entry, or adopts an existing one if configured, and updates it to the plan.
pub(super) async fn create(
    access: &Access,
    claim: &Claim<'_>,
    policy: &TagPolicy,
    limits: &Limits,
    change: &Change<AccessEntry>,
    record: &mut Record<AccessEntry>,
) -> Result<(), Diagnostics> {
    let planned = &change.planned;
    let (cluster, principal) = api::names(planned);
    let id = api::id(cluster, principal);
    let live = begin(access, claim, limits, planned, record).await?;
    record.save(api::from_live(planned, &live, None, policy));
    let owned = api::has_associations(planned);
    let work = Work { client: access.client.as_ref(), policy, limits, prior: None, planned, announced: Vec::new() };
    let (live, associations) = work.settle(owned).await.map_err(|error| unfinished(error, &id))?;
    policies::remember(planned, &mut record.private);
    record.save(change.complete(&api::from_live(planned, &live, associations.as_ref(), policy)));
    Ok(())
}

/// Retries the request until it is certain whether the entry exists and belongs to this resource. Adopts it if
/// configured.
async fn begin(
    access: &Access,
    claim: &Claim<'_>,
    limits: &Limits,
    planned: &AccessEntry,
    record: &mut Record<AccessEntry>,
) -> Result<Live, Diagnostics> {
    let request = api::create_request(planned, &generated_name::token());
    let (cluster, principal) = api::names(planned);
    let (id, kind) = (api::id(cluster, principal), request.kind.clone());
    let creator = AccessEntries { client: access.client.as_ref(), limits };
    let error = match creation::begin(&creator, claim, limits, &format!("creating access entry {id}"), request).await {
        Ok(live) => return Ok(live),
        Err(CreationError::NotDeleted(errors)) => return Err(errors),
        Err(CreationError::Refused(error)) => error,
    };
    if error.kind != ErrorKind::AlreadyExists {
        return Err(failed(error, &id));
    }
    if planned.adopt.known() != Some(&true) {
        return Err(messages::exists(cluster, principal, Some(&error)).into());
    }
    let live = access.client.describe(cluster, principal).await.map_err(|error| failed(error, &id))?;
    if live.kind != kind {
        return Err(messages::other_type(&live, &kind).into());
    }
    record.private.set(ADOPTED, &true);
    Ok(live)
}

/// Access entries as the target of a creation.
struct AccessEntries<'c> {
    client: &'c dyn AccessEntryClient,
    limits: &'c Limits,
}

#[async_trait]
impl Creator for AccessEntries<'_> {
    type Request = CreateAccessEntry;
    type Object = Live;

    async fn create(&self, request: &CreateAccessEntry) -> Result<Live, ApiError> {
        self.client.create(request).await
    }

    async fn describe(&self, request: &CreateAccessEntry) -> Result<Live, ApiError> {
        self.client.describe(&request.cluster_name, &request.principal_arn).await
    }

    async fn delete(&self, request: &CreateAccessEntry) -> Result<(), Diagnostics> {
        delete::delete(self.client, self.limits, &request.cluster_name, &request.principal_arn).await
    }
}

fn failed(error: ApiError, id: &str) -> Diagnostics {
    let advice = match error.kind {
        ErrorKind::PropagationDelay => {
            "EKS rejected the principal for several minutes, so the cause is not a propagation delay. The role or user \
             does not exist, or it cannot have an access entry. The ARN of a role must include its path."
        }
        ErrorKind::NotFound => "Cluster not found in this account and Region. Check cluster_name and region.",
        _ => "",
    };
    let at = match error.kind {
        ErrorKind::PropagationDelay => Some("principal_arn"),
        ErrorKind::NotFound => Some("cluster_name"),
        _ => None,
    };
    let failed = error.into_diagnostic(format!("Unable to create access entry {id}"), advice);
    match at {
        Some(at) => failed.at(Path::attribute(at)).into(),
        None => failed.into(),
    }
}

fn unfinished(error: ApiError, id: &str) -> Diagnostics {
    let advice = match error.kind {
        ErrorKind::Cancelled => {
            "The access entry exists and is in state, marked as tainted. To keep it, run terraform untaint. The next \
             apply then completes it."
        }
        _ => {
            "The access entry exists and is in state, marked as tainted, so the next apply replaces it. To keep it, \
             run terraform untaint. The next apply then completes it."
        }
    };
    error.into_diagnostic(format!("Access entry {id} is incomplete"), advice).into()
}
