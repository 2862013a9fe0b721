//! The operations of `ekscompute_node_group`.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use clients::check_runner::unreachable;
use clients::context::Clients;
use clients::drain::ConnectNodes;
use clients::partial_read::{PartialReads, is_another, replaced_outside};
use clients::wait::Limits;
use framework::context::{Configured, Context};
use framework::diagnostics::{Diagnostic, Diagnostics};
use framework::model::Attr;
use framework::resource::{Change, ImportTarget, MoveFrom, Plan, Record, Resource};
use framework::tags::TagAttributes;

use super::client::{NodeGroup as Live, NodeGroupClient, NodeGroupStatus};
use super::drain_before_delete::{Drained, without_drain};
use super::model::{NodeGroup, NodeGroupIdentity};
use super::name_conflict::NameContext;
use super::parts::Parts;
use super::{
    api, auto_scaling_group, create, delete, moved, name_conflict, plan, release, subject, update, validation,
};

/// Default timeout of each operation.
const TIMEOUT: Duration = Duration::from_secs(60 * 60);

/// Creates a client for a Region.
pub type Connect = fn(&Clients, Option<&str>) -> Arc<dyn NodeGroupClient>;

/// `ekscompute_node_group`.
pub struct NodeGroupResource {
    connect: Connect,
    connect_nodes: ConnectNodes,
}

impl NodeGroupResource {
    /// Creates the resource. `connect` creates its client, and `connect_nodes` connects to the nodes of a cluster.
    #[must_use]
    pub fn new(connect: Connect, connect_nodes: ConnectNodes) -> Self {
        Self { connect, connect_nodes }
    }

    fn client(&self, context: &Context<Clients>, model: &NodeGroup) -> Result<Arc<dyn NodeGroupClient>, Diagnostics> {
        Ok((self.connect)(clients(context, model)?, model.region.text()))
    }
}

/// Returns the client. The provider Region is only required if the node group does not set a Region.
fn clients<'c>(context: &'c Context<Clients>, model: &NodeGroup) -> Result<&'c Clients, Diagnostics> {
    context.clients_of(model.region.is_known())
}

fn names(model: &NodeGroup) -> (&str, &str) {
    (model.cluster_name.text().unwrap_or_default(), model.node_group_name.text().unwrap_or_default())
}

fn ground<'g>(client: &'g dyn NodeGroupClient, clients: &'g Clients) -> NameContext<'g> {
    NameContext { client, ledger: clients.ledger(), region: clients.aws().region() }
}

/// A group that was created in this run is not the group in the previous state.
fn replacement_kept(id: &str) -> Diagnostic {
    Diagnostic::warning(
        format!("Node group {id} was kept, not replaced"),
        "The replacement resource has the same name, so this operation would delete the replacement. To replace the \
         nodes with create_before_destroy, use node_group_name_prefix instead of node_group_name.",
    )
}

/// Returns a warning if the live group is not the stored one.
fn replaced(stored: &NodeGroup, live: &Live) -> Option<Diagnostic> {
    let what = format!("Node group {}", api::id(&live.cluster_name, &live.node_group_name));
    let arn = stored.arn.text();
    is_another(arn, &live.arn).then(|| replaced_outside(&what, arn.unwrap_or_default(), &live.arn))
}

#[async_trait]
impl Resource for NodeGroupResource {
    type Clients = Clients;
    type Model = NodeGroup;
    type Identity = NodeGroupIdentity;

    fn validate(&self, config: &NodeGroup, diagnostics: &mut Diagnostics) {
        validation::together(config, diagnostics);
    }

    async fn plan(&self, context: &Context<Clients>, plan: &mut Plan<NodeGroup>) -> Result<(), Diagnostics> {
        // Requests require a known Region.
        let clients = context.known_of(plan.planned.region.is_known())?;
        let clients = clients.filter(|_| !plan.config.region.is_unknown());
        let client = clients.map(|clients| (self.connect)(clients, plan.planned.region.text()));
        let region = clients.map(|clients| clients.aws().region());
        // A plan without changes can turn out to have changes, in which case the planned values are computed again.
        let changes = plan.prior.as_ref() != Some(&plan.planned);
        plan::plan(client.as_deref(), region, plan).await?;
        let (Some(client), Some(clients)) = (client, clients) else { return Ok(()) };
        release::newest(ground(client.as_ref(), clients), plan).await;
        name_conflict::plan(ground(client.as_ref(), clients), plan).await.map_err(unreachable)?;
        if changes {
            subject::check(clients, context.cancellation(), plan).await;
        }
        Ok(())
    }

    async fn create(
        &self,
        context: &Context<Clients>,
        change: &Change<NodeGroup>,
        record: &mut Record<NodeGroup>,
    ) -> Result<(), Diagnostics> {
        let client = self.client(context, &change.planned)?;
        let limits = Limits::of(context, &change.planned.timeouts, |timeouts| &timeouts.create, TIMEOUT);
        let clients = context.clients()?;
        subject::tidy(&mut record.private);
        subject::before_write(clients, context.cancellation(), change).await?;
        create::create(ground(client.as_ref(), clients), &clients.tag_policy(), &limits, change, record).await
    }

    async fn read(&self, context: &Context<Clients>, record: &mut Record<NodeGroup>) -> Result<(), Diagnostics> {
        let Some(stored) = record.state().cloned() else { return Ok(()) };
        let client = self.client(context, &stored)?;
        let (cluster, name) = names(&stored);
        let clients = clients(context, &stored)?;
        // Recorded before any request, so that a creation planned concurrently finds it.
        clients.ledger().record_read(&ground(client.as_ref(), clients).named(&stored, name));
        let summary = || format!("Unable to read node group {}", api::id(cluster, name));
        let live = match client.describe(cluster, name).await {
            Ok(live) => live,
            Err(error) if error.is_not_found() => {
                tracing::warn!("node group {} not found, removing it from state", api::id(cluster, name));
                record.gone();
                return Ok(());
            }
            Err(error) => return Err(error.into_diagnostic(summary(), "").into()),
        };
        if let Some(warning) = replaced(&stored, &live) {
            record.diagnostics.push(warning);
            record.gone();
            return Ok(());
        }
        let mut model = api::from_live(&stored, &live, &clients.tag_policy());
        let parts = Parts {
            client: client.as_ref(),
            reads: &clients.facts().of::<PartialReads>(),
            stored: &stored,
            live: &live,
        };
        model.auto_scaling_group_tags = parts.group_tags(&mut record.diagnostics).await;
        model.auto_scaling_group = parts.group_settings(&mut record.diagnostics).await;
        parts.keep_template_version(&mut model, &mut record.diagnostics).await;
        record.save(model);
        Ok(())
    }

    async fn update(
        &self,
        context: &Context<Clients>,
        change: &Change<NodeGroup>,
        record: &mut Record<NodeGroup>,
    ) -> Result<(), Diagnostics> {
        let client = self.client(context, &change.planned)?;
        let limits = Limits::of(context, &change.planned.timeouts, |timeouts| &timeouts.update, TIMEOUT);
        subject::tidy(&mut record.private);
        subject::before_write(context.clients()?, context.cancellation(), change).await?;
        let clients = context.clients()?;
        let kubernetes = clients.kubernetes().cluster(change.planned.region.text(), names(&change.planned).0);
        let policy = clients.tag_policy();
        update::update(client.as_ref(), kubernetes.as_ref(), &policy, &limits, change, record).await
    }

    async fn delete(&self, context: &Context<Clients>, record: &mut Record<NodeGroup>) -> Result<(), Diagnostics> {
        let Some(stored) = record.state().cloned() else { return Ok(()) };
        let client = self.client(context, &stored)?;
        let clients = clients(context, &stored)?;
        if clients.ledger().is_created(&ground(client.as_ref(), clients).named(&stored, names(&stored).1)) {
            record.diagnostics.push(replacement_kept(stored.id.text().unwrap_or_default()));
            return Ok(());
        }
        let limits = Limits::of(context, &stored.timeouts, |timeouts| &timeouts.delete, TIMEOUT);
        let (cluster, name) = names(&stored);
        // EKS deletes by name. Without the permission to describe node groups, the group is deleted without this check.
        let live = client.describe(cluster, name).await;
        if let Ok(live) = &live
            && let Some(warning) = replaced(&stored, live)
        {
            record.diagnostics.push(warning);
            return Ok(());
        }
        let nodes = (self.connect_nodes)(clients, stored.region.text(), cluster);
        let drained = match &live {
            // EKS drains the nodes itself once it has begun.
            Ok(live) if live.status == NodeGroupStatus::Deleting => None,
            Err(error) if error.is_not_found() => None,
            _ => Drained::before_delete(nodes.as_ref(), &limits, &stored).await?,
        };
        let status = NodeGroupStatus::from(stored.status.text().unwrap_or_default());
        if let Ok(live) = &live {
            auto_scaling_group::unprotect(client.as_ref(), &limits, &stored, live).await;
        }
        match delete::request(client.as_ref(), &limits, cluster, name).await {
            Ok(true) => {}
            Ok(false) => return Ok(()),
            Err(told) => {
                let state = match drained {
                    Some(drained) => drained.undo().await,
                    None => String::new(),
                };
                let with_state = |told: Diagnostic| Diagnostic { detail: format!("{}{state}", told.detail), ..told };
                return Err(told.into_iter().map(with_state).collect());
            }
        }
        if drained.is_some_and(|drained| drained.is_incomplete) {
            record.diagnostics.push(without_drain(stored.id.text().unwrap_or_default()));
        }
        delete::completed(client.as_ref(), &limits, cluster, name, &status).await
    }

    async fn import(
        &self,
        _context: &Context<Clients>,
        target: ImportTarget<NodeGroupIdentity>,
    ) -> Result<NodeGroup, Diagnostics> {
        match target {
            ImportTarget::Identity(identity) => Ok(NodeGroup {
                cluster_name: identity.cluster_name,
                node_group_name: identity.node_group_name,
                region: identity.region,
                ..NodeGroup::default()
            }),
            ImportTarget::Id(id) => match id.split_once(':') {
                Some((cluster, name)) if !cluster.is_empty() && !name.is_empty() && !name.contains(':') => {
                    Ok(NodeGroup { cluster_name: cluster.into(), node_group_name: name.into(), ..NodeGroup::default() })
                }
                _ => Err(Diagnostic::error(
                    "Invalid import ID",
                    format!(
                        "Expected an import ID in the format cluster_name:node_group_name, such as prod:workers, got: \
                         {id:?}."
                    ),
                )
                .into()),
            },
        }
    }

    fn identity(&self, _context: &Context<Clients>, model: &NodeGroup) -> Option<NodeGroupIdentity> {
        let (account, region) = api::account_and_region(model.arn.text()?)?;
        Some(NodeGroupIdentity {
            cluster_name: model.cluster_name.clone(),
            node_group_name: model.node_group_name.clone(),
            account_id: account.into(),
            region: region.into(),
        })
    }

    fn tags<'m>(&self, model: &'m mut NodeGroup) -> Option<TagAttributes<'m>> {
        Some(TagAttributes { tags: &mut model.tags, tags_all: &mut model.tags_all })
    }

    fn moves(&self) -> Vec<MoveFrom> {
        vec![moved::from_aws()]
    }

    /// Omits values that conflict with a launch template or that the plan keeps anyway: the version and the release
    /// until they are configured, and the size set by an autoscaler.
    fn tidy_generated_config(&self, config: &mut NodeGroup) {
        config.node_group_name_prefix = Attr::Null;
        (config.version, config.release_version) = (Attr::Null, Attr::Null);
        if let Some(scaling) = config.scaling_config.first_mut() {
            scaling.desired_size = Attr::Null;
        }
        if let Some(template) = config.launch_template.first_mut()
            && template.id.is_known()
        {
            template.name = Attr::Null;
            config.disk_size = Attr::Null;
        }
    }
}
