//! Creates a node group without orphaning it: what exists is recorded before anything can fail.

use async_trait::async_trait;

use clients::creation::{self, CreationError, Creator};
use clients::errors::{ApiError, ErrorKind};
use clients::run_ledger::Claim;
use clients::wait::Limits;
use framework::diagnostics::{Diagnostic, Diagnostics};
use framework::path::Path;
use framework::resource::{Change, Record};
use framework::tags::TagPolicy;

use super::client::{CreateNodeGroup, NodeGroup as Live, NodeGroupClient, NodeGroupStatus};
use super::model::NodeGroup;
use super::name_conflict::NameContext;
use super::{api, auto_scaling_group, generated_name, group_tags, health, join, name_conflict, waiting};

/// Maximum number of attempts of a creation that fails with transient errors.
const ATTEMPTS: u32 = 4;

/// Creates the node group, waits for it, and tags and configures its Auto Scaling group.
pub(super) async fn create(
    ground: NameContext<'_>,
    policy: &TagPolicy,
    limits: &Limits,
    change: &Change<NodeGroup>,
    record: &mut Record<NodeGroup>,
) -> Result<(), Diagnostics> {
    let job = CreateOperation { ground, policy, limits, change };
    let (request, claim) = job.start()?;
    let result = job.attempts(record, &claim, request).await;
    if result.is_err() && record.state().is_some() {
        claim.record_created();
    }
    let live = result?;
    if let Some((summary, detail)) = health::not_active(&live) {
        record.diagnostics.warning(summary, detail);
    }
    // An error would taint the node group, so that the next apply would replace all nodes because of a tag.
    let tags = group_tags::apply(ground.client, limits, &change.planned, None, &live).await;
    warn_of_retry(tags, "tags", &mut record.diagnostics);
    let private = &mut record.private;
    let settings = auto_scaling_group::apply(ground.client, limits, &change.planned, None, &live, private).await;
    warn_of_retry(settings, "settings", &mut record.diagnostics);
    record.save(change.complete(&api::from_live(&change.planned, &live, policy)));
    // This must be last: a process that is killed earlier has not returned a state to Terraform core.
    claim.record_created();
    Ok(())
}

/// Reports the part of a new node group that could not be set.
fn warn_of_retry(result: Result<(), Diagnostics>, part: &str, diagnostics: &mut Diagnostics) {
    for error in result.err().unwrap_or_default().iter() {
        let detail = format!("{}\n\nThe node group was created. The next apply retries the {part}.", error.detail);
        diagnostics.warning(error.summary.clone(), detail);
    }
}

/// The context of a creation.
struct CreateOperation<'j> {
    ground: NameContext<'j>,
    policy: &'j TagPolicy,
    limits: &'j Limits,
    change: &'j Change<NodeGroup>,
}

impl<'j> CreateOperation<'j> {
    /// Returns the request and the claim on the name. With a generated name, continues a creation that an interrupted
    /// apply started with the same arguments.
    fn start(&self) -> Result<(CreateNodeGroup, Claim<'j>), Diagnostics> {
        let Self { ground, .. } = *self;
        let planned = &self.change.planned;
        let generated = planned.node_group_name.text().is_none();
        if generated
            && let Some(record) = ground.unfinished(planned)
            && let Some(claim) = ground.ledger.claim(ground.named(planned, record.name()))
        {
            let request = api::create_request(planned, record.name(), record.token());
            claim.keep_record(record);
            return Ok((request, claim));
        }
        let name = generated_name::node_group_name(planned);
        let key = ground.named(planned, &name);
        let id = api::id(&key.cluster.cluster, &name);
        let claim = ground.ledger.claim(key).ok_or_else(|| name_conflict::twice(&id))?;
        Ok((api::create_request(planned, &name, &generated_name::token()), claim))
    }

    /// Creates the group and retries until it succeeds, fails permanently, or reaches the maximum number of transient
    /// failures.
    async fn attempts(
        &self,
        record: &mut Record<NodeGroup>,
        claim: &Claim<'_>,
        mut request: CreateNodeGroup,
    ) -> Result<Live, Diagnostics> {
        let Self { ground: NameContext { client, .. }, limits, .. } = *self;
        let (cluster, name) = (request.cluster_name.clone(), request.node_group_name.clone());
        let id = api::id(&cluster, &name);
        for attempt in 1.. {
            let live = self.begin(claim, &request).await?;
            record.save(self.model(&live));
            let live = match waiting::created(client, limits, &cluster, &name).await {
                Err(error) if error.is_not_found() => {
                    claim.discard_record();
                    record.gone();
                    return Err(deleted_meanwhile(&id, &error.to_string()));
                }
                live => live.map_err(|error| unfinished(error, &id))?,
            };
            record.save(self.model(&live));
            match &live.status {
                NodeGroupStatus::Active
                | NodeGroupStatus::Updating
                | NodeGroupStatus::Degraded
                // The group exists; a warning reports its unknown status.
                | NodeGroupStatus::Unknown(_)
                | NodeGroupStatus::Creating => return Ok(live),
                NodeGroupStatus::Deleting | NodeGroupStatus::DeleteFailed => {
                    let issues = health::describe_issues(&live.health, &[]);
                    return Err(deleted_meanwhile(&id, &format!("The status is {}. {issues}", live.status)));
                }
                NodeGroupStatus::CreateFailed => {}
            }
            let passing = !live.health.is_empty() && live.health.iter().all(|issue| health::is_transient(&issue.code));
            if !passing || attempt >= ATTEMPTS {
                return Err(failed(client, limits, &live, &id).await);
            }
            tracing::warn!(attempt, "node group {id} failed with a transient error; deleting and recreating it");
            super::delete::delete(client, limits, &cluster, &name, &live.status).await?;
            record.gone();
            claim.discard_record();
            request.client_request_token = generated_name::token();
        }
        Err(Diagnostics::new())
    }

    fn model(&self, live: &Live) -> NodeGroup {
        api::from_live(&self.change.planned, live, self.policy)
    }

    /// Retries the request until it is certain whether the group exists. If a group with the same name is being
    /// deleted, the request is retried after that.
    async fn begin(&self, claim: &Claim<'_>, request: &CreateNodeGroup) -> Result<Live, Diagnostics> {
        let Self { ground: NameContext { client, .. }, limits, .. } = *self;
        let (cluster, name) = (&request.cluster_name, &request.node_group_name);
        let id = api::id(cluster, name);
        let doing = format!("creating node group {id}");
        loop {
            let creator = NodeGroups { client, limits };
            let error = match creation::begin(&creator, claim, limits, &doing, request.clone()).await {
                Ok(live) => return Ok(live),
                Err(CreationError::NotDeleted(errors)) => return Err(errors),
                Err(CreationError::Refused(error)) if error.kind == ErrorKind::AlreadyExists => error,
                Err(CreationError::Refused(error)) => return Err(refused(error, &id).into()),
            };
            match client.describe(cluster, name).await {
                Ok(live) if live.status == NodeGroupStatus::Deleting => {
                    let left = waiting::deleted(client, limits, cluster, name, &live.status).await;
                    if left.map_err(|error| unfinished(error, &id))?.is_some() {
                        return Err(exists(error, &id).into());
                    }
                }
                _ => return Err(exists(error, &id).into()),
            }
        }
    }
}

/// Node groups as the target of a creation.
struct NodeGroups<'c> {
    client: &'c dyn NodeGroupClient,
    limits: &'c Limits,
}

#[async_trait]
impl Creator for NodeGroups<'_> {
    type Request = CreateNodeGroup;
    type Object = Live;

    async fn create(&self, request: &CreateNodeGroup) -> Result<Live, ApiError> {
        self.client.create(request).await
    }

    async fn describe(&self, request: &CreateNodeGroup) -> Result<Live, ApiError> {
        self.client.describe(&request.cluster_name, &request.node_group_name).await
    }

    async fn delete(&self, request: &CreateNodeGroup) -> Result<(), Diagnostics> {
        let (cluster, name) = (&request.cluster_name, &request.node_group_name);
        super::delete::delete(self.client, self.limits, cluster, name, &NodeGroupStatus::default()).await
    }
}

fn refused(error: ApiError, id: &str) -> Diagnostic {
    let summary = format!("Unable to create node group {id}");
    // EKS returns this error for no other argument of a node group, but the message text is not guaranteed.
    if !error.is_not_found() || !error.message.to_lowercase().contains("cluster") {
        return error.into_diagnostic(summary, "");
    }
    let advice = "Cluster not found in this account and Region. Check cluster_name and region.";
    error.into_diagnostic(summary, advice).at(Path::attribute("cluster_name"))
}

fn exists(error: ApiError, id: &str) -> Diagnostic {
    let advice = format!("Another node group has this name. {}", name_conflict::way_out(id));
    error.into_diagnostic(format!("Node group {id} already exists"), &advice).at(Path::attribute("node_group_name"))
}

/// The node group was deleted during its creation.
fn deleted_meanwhile(id: &str, found: &str) -> Diagnostics {
    let detail = format!(
        "{found}\n\nAnother process deleted the node group while it was being created. Identify the caller in AWS \
         CloudTrail (event DeleteNodegroup), then retry the apply. The apply waits until the node group is deleted and \
         then recreates it."
    );
    Diagnostic::error(format!("Node group {id} was deleted during creation"), detail).into()
}

fn unfinished(error: ApiError, id: &str) -> Diagnostics {
    let advice = match error.kind {
        ErrorKind::Timeout => {
            "The node group still exists and is in state, marked as tainted. If the nodes only need more time, \
             increase timeouts { create }, run terraform untaint, and apply again. Otherwise, check the health issues \
             of the node group."
        }
        ErrorKind::Cancelled => {
            "The node group exists and is in state, marked as tainted. If it becomes ACTIVE, run terraform untaint to \
             keep it."
        }
        _ => "",
    };
    error.into_diagnostic(format!("Unable to confirm that node group {id} is ready"), advice).into()
}

async fn failed(client: &dyn NodeGroupClient, limits: &Limits, live: &Live, id: &str) -> Diagnostics {
    let mut activities = Vec::new();
    for group in &live.auto_scaling_groups {
        activities.extend(client.failed_scaling_activities(group).await.unwrap_or_default());
    }
    let issues = health::describe_issues(&live.health, &activities);
    let join = join::explain(client, limits, live, &live.health).await;
    let left = health::describe_leftovers(live);
    let detail = health::paragraphs(&[&join, &issues, &left]);
    Diagnostic::error(format!("Creation of node group {id} failed: {}", live.status), detail).into()
}
