//! Creating a node group so that none is ever orphaned: what exists is recorded before anything can fail.

use crate::clients::creations::{self, Claim};
use crate::clients::errors::{ApiError, ErrorKind};
use crate::clients::retry::Retry;
use crate::clients::wait::Limits;
use crate::framework::diagnostics::{Diagnostic, Diagnostics};
use crate::framework::path::Path;
use crate::framework::resource::{Change, Record};
use crate::framework::tags::TagPolicy;

use super::claims::{Claims, Place, twice};
use super::client::{CreateNodeGroup, NodeGroup as Live, NodeGroupClient};
use super::model::NodeGroup;
use super::{api, group_tags, health, occupied, unique, waiting};

/// How often a creation that failed for a passing reason is begun again.
const ATTEMPTS: u32 = 4;

/// Creates the node group, waits for it, and tags its Auto Scaling group.
pub(super) async fn create(
    client: &dyn NodeGroupClient,
    claims: &Claims,
    policy: &TagPolicy,
    limits: &Limits,
    change: &Change<NodeGroup>,
    record: &mut Record<NodeGroup>,
) -> Result<(), Diagnostics> {
    let job = Job { client, claims, policy, limits, change };
    let (request, begun, claim) = job.start(record).await?;
    let id = api::id(&request.cluster_name, &request.node_group_name);
    let live = job.attempts(record, request, begun).await?;
    drop(claim);
    if live.status == "DEGRADED" {
        let issues = health::describe_issues(&live.health, &[]);
        record.diagnostics.warning(format!("Node group {id} is DEGRADED"), issues);
    }
    // An error would taint the group, and the next apply replace all its nodes for the sake of a tag.
    if let Err(errors) = group_tags::apply(client, limits, &change.planned, None, &live).await {
        for error in errors.iter() {
            let detail = format!("{}\n\nThe node group itself is made. The next apply tags again.", error.detail);
            record.diagnostics.warning(error.summary.clone(), detail);
        }
    }
    record.save(change.complete(&api::from_live(&change.planned, &live, policy)));
    Ok(())
}

/// One creation, and all it needs.
struct Job<'j> {
    client: &'j dyn NodeGroupClient,
    claims: &'j Claims,
    policy: &'j TagPolicy,
    limits: &'j Limits,
    change: &'j Change<NodeGroup>,
}

impl<'j> Job<'j> {
    /// What to ask for, the group that an earlier apply has begun under a generated name, and the right to the name.
    async fn start(
        &self,
        record: &mut Record<NodeGroup>,
    ) -> Result<(CreateNodeGroup, Option<Live>, Claim<'j>), Diagnostics> {
        let planned = &self.change.planned;
        let cluster = planned.cluster_name.text().unwrap_or_default();
        if planned.node_group_name.text().is_none()
            && let Some((live, claim)) = occupied::abandoned(self.client, self.claims, planned, cluster).await
        {
            let id = api::id(cluster, &live.node_group_name);
            record.diagnostics.warning(
                format!("Node group {id} was already being created"),
                "It has exactly the planned settings and a name that was generated in this folder, so it was taken for \
                 what an earlier, interrupted apply had begun. It is in the state now.",
            );
            self.claims.creations().take_over(&live.arn);
            let request = api::create_request(planned, &live.node_group_name, &unique::token());
            return Ok((request, Some(live), claim));
        }
        let name = unique::node_group_name(planned);
        let place = Place::new(planned.region.text(), cluster, &name);
        let claim = self.claims.take(place).ok_or_else(|| twice(&api::id(cluster, &name)))?;
        Ok((api::create_request(planned, &name, &unique::token()), None, claim))
    }

    /// Begins the creation until it ends well, fails for good, or has failed for passing reasons too often.
    async fn attempts(
        &self,
        record: &mut Record<NodeGroup>,
        mut request: CreateNodeGroup,
        mut begun: Option<Live>,
    ) -> Result<Live, Diagnostics> {
        let Self { client, limits, .. } = *self;
        let (cluster, name) = (request.cluster_name.clone(), request.node_group_name.clone());
        let id = api::id(&cluster, &name);
        for attempt in 1.. {
            let live = match begun.take() {
                Some(live) => live,
                None => self.begin(&request, record).await?,
            };
            record.save(self.model(&live));
            let live =
                waiting::created(client, limits, &cluster, &name).await.map_err(|error| unfinished(error, &id))?;
            record.save(self.model(&live));
            if live.status != "CREATE_FAILED" {
                return Ok(live);
            }
            let passing = !live.health.is_empty() && live.health.iter().all(|issue| health::is_passing(&issue.code));
            if !passing || attempt >= ATTEMPTS {
                return Err(failed(client, &live, &id).await);
            }
            tracing::warn!(attempt, "node group {id} failed for a passing reason; deleting it to create it again");
            super::delete::delete(client, limits, &cluster, &name, &live.status).await?;
            record.gone();
            request.client_request_token = unique::token();
        }
        Err(Diagnostics::new())
    }

    fn model(&self, live: &Live) -> NodeGroup {
        api::from_live(&self.change.planned, live, self.policy)
    }

    /// Sends the request, until it is sure whether the group exists.
    async fn begin(&self, request: &CreateNodeGroup, record: &mut Record<NodeGroup>) -> Result<Live, Diagnostics> {
        let Self { client, claims, limits, .. } = *self;
        let (cluster, name) = (&request.cluster_name, &request.node_group_name);
        let id = api::id(cluster, name);
        let doing = format!("creating node group {id}");
        loop {
            let error = match Retry::new().run(&doing, limits, || client.create(request)).await {
                Ok(live) => {
                    claims.creations().made(&live.arn);
                    return Ok(live);
                }
                Err(error) => error,
            };
            let taken = error.kind == ErrorKind::AlreadyExists;
            let place = Place::new(self.change.planned.region.text(), cluster, name);
            let free = |live: &Live| !claims.seen(&place).kept && !claims.creations().is_ours(&live.arn);
            match creations::look(limits, &error, client.describe(cluster, name)).await {
                // The last one of this name is going, through somebody else or another resource of this run.
                Some(live) if taken && live.status == "DELETING" => {
                    let left = waiting::deleted(client, limits, cluster, name, &live.status).await;
                    if left.map_err(|error| unfinished(error, &id))?.is_some() {
                        return Err(exists(error, &id).into());
                    }
                }
                Some(live) if occupied::is_begun(request, &live) && free(&live) => {
                    if taken {
                        record.diagnostics.warning(
                            format!("Node group {id} was already there"),
                            "It has exactly the planned settings and was created a short while ago, so it was taken \
                             for what an earlier, interrupted apply had begun. It is in the state now.",
                        );
                    }
                    claims.creations().take_over(&live.arn);
                    return Ok(live);
                }
                _ if taken => return Err(exists(error, &id).into()),
                _ => return Err(refused(error, &id).into()),
            }
        }
    }
}

fn refused(error: ApiError, id: &str) -> Diagnostic {
    let summary = format!("Cannot create node group {id}");
    // EKS says so of nothing else that a node group names, but its words are not promised.
    if !error.is_not_found() || !error.message.to_lowercase().contains("cluster") {
        return error.into_diagnostic(summary, "");
    }
    let advice = "There is no such cluster in this account and region. Look at cluster_name and region.";
    error.into_diagnostic(summary, advice).at(Path::attribute("cluster_name"))
}

fn exists(error: ApiError, id: &str) -> Diagnostic {
    let advice = format!("Another node group has this name. {}", occupied::way_out(id));
    error.into_diagnostic(format!("Node group {id} exists already"), &advice).at(Path::attribute("node_group_name"))
}

fn unfinished(error: ApiError, id: &str) -> Diagnostics {
    let advice = match error.kind {
        ErrorKind::Timeout => {
            "The node group still exists and is in the state, marked as tainted. If nodes just need longer, raise \
             timeouts { create }, run terraform untaint and apply again; else look at its health issues."
        }
        ErrorKind::Cancelled => {
            "The node group exists and is in the state, marked as tainted. If it becomes ACTIVE, terraform untaint \
             keeps it."
        }
        _ => "",
    };
    error.into_diagnostic(format!("Node group {id} is not known to be ready"), advice).into()
}

async fn failed(client: &dyn NodeGroupClient, live: &Live, id: &str) -> Diagnostics {
    let mut activities = Vec::new();
    for group in &live.auto_scaling_groups {
        activities.extend(client.failed_scaling_activities(group).await.unwrap_or_default());
    }
    let issues = health::describe_issues(&live.health, &activities);
    let left = health::describe_left(live);
    Diagnostic::error(format!("Node group {id} could not be created: {}", live.status), format!("{issues}\n\n{left}"))
        .into()
}
