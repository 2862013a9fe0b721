//! The operations of `ekscompute_node_pool` and `ekscompute_gpu_node_pool`.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use serde_json::Value as Json;

use clients::context::Clients;
use clients::kube::KubernetesApi;
use clients::kube::managed::{Wanted, uid};
use clients::kube::moves::{self, without_cluster};
use clients::names::is_name;
use clients::partial_read::{PartialReads, is_out_of_reach};
use clients::wait::Limits;
use framework::context::Context;
use framework::diagnostics::{Diagnostic, Diagnostics};
use framework::model::{Attr, Model};
use framework::resource::{Change, ImportTarget, MoveFrom, Plan, Record, Resource};
use framework::schema::Block;
use render::karpenter::form::Form;

use super::model::{NodePool, NodePoolIdentity};
use super::subject::PoolSubject;
use super::work::{self, Work};
use super::{claims, convert, efa, moved, plan, state, subject, validation};

/// Default timeout of create and update operations.
const TIMEOUT: Duration = Duration::from_secs(10 * 60);
/// Default timeout of the delete operation, which includes draining the nodes.
const DELETION: Duration = Duration::from_secs(30 * 60);

/// Creates a client for a cluster in a Region.
pub type Connect = fn(&Clients, Option<&str>, &str) -> Arc<dyn KubernetesApi>;

/// `ekscompute_node_pool` or `ekscompute_gpu_node_pool`.
pub struct NodePoolResource {
    connect: Connect,
    form: Form,
}

impl NodePoolResource {
    /// Creates the resource. `connect` connects to its clusters.
    #[must_use]
    pub fn new(form: Form, connect: Connect) -> Self {
        Self { connect, form }
    }

    fn work(&self, clients: &Clients, model: &NodePool) -> Option<Work> {
        let cluster = (self.connect)(clients, model.region.text(), model.cluster_name.text()?);
        Some(Work::new(self.form, cluster, Arc::clone(clients.ledger()), clients.aws().region(), model))
    }

    fn require_work(&self, context: &Context<Clients>, model: &NodePool) -> Result<Work, Diagnostics> {
        let missing = || Diagnostic::error("Node pool has no cluster", "cluster_name is unset in state.").into();
        self.work(context.clients_of(model.region.is_known())?, model).ok_or_else(missing)
    }
}

/// Attributes that only the GPU form has.
const OF_GPUS: [&str; 2] = ["nvidia_taint", "efa_instance_types"];

const GENERAL: &str = "Manages a node pool: a `NodePool` of Karpenter or EKS Auto Mode. A node pool defines the instance types, \
    labels, taints, and disruption of nodes. Use `ekscompute_gpu_node_pool` for the same resource with arguments and defaults \
    for nodes with GPUs.";

const GPU: &str = "Manages a node pool for nodes with GPUs: a `NodePool` of Karpenter or EKS Auto Mode. It is \
                   equivalent to `ekscompute_node_pool`, with a `gpu` block that selects GPUs. Its default taint and \
                   label are the ones that the NVIDIA device plugin supports.";

const DEFAULT_LABEL: &str = " If an NVIDIA instance type can match and `controller` is `karpenter`, the default is \
    `{ \"nvidia.com/gpu.present\" = \"true\" }`, which the NVIDIA device plugin selects. Custom labels replace the default.";

fn description(form: Form) -> &'static str {
    match form {
        Form::General => GENERAL,
        Form::Gpu => GPU,
    }
}

#[async_trait]
impl Resource for NodePoolResource {
    type Clients = Clients;
    type Model = NodePool;
    type Identity = NodePoolIdentity;

    fn block(&self) -> Block {
        let mut block = NodePool::block();
        description(self.form).clone_into(&mut block.description);
        if self.form == Form::General {
            block.attributes.retain(|attribute| !OF_GPUS.contains(&attribute.name.as_str()));
            block.blocks.retain(|nested| nested.name != "gpu");
        } else if let Some(labels) = block.attributes.iter_mut().find(|attribute| attribute.name == "node_labels") {
            labels.description.push_str(DEFAULT_LABEL);
        }
        block
    }

    fn validate(&self, config: &NodePool, diagnostics: &mut Diagnostics) {
        validation::together(self.form, config, diagnostics);
    }

    async fn plan(&self, context: &Context<Clients>, plan: &mut Plan<NodePool>) -> Result<(), Diagnostics> {
        // Requests require a known Region.
        let clients = context.known_of(plan.planned.region.is_known())?;
        let clients = clients.filter(|_| !plan.config.region.is_unknown());
        efa::settle(clients, plan).await?;
        plan::settle(self.form, plan, clients.map(|clients| clients.aws().region()));
        let work = clients.and_then(|clients| self.work(clients, &plan.planned));
        if let (Some(clients), Some(work)) = (clients, &work)
            && let Some(twice) = work.managed().record_plan(plan, |model| work::key(model, clients.aws().region()))
        {
            return Err(twice.into());
        }
        let ground = match clients {
            Some(clients) => subject::look(clients, work.as_ref(), context.cancellation(), plan).await,
            None => None,
        };
        plan::check(self.form, work.as_ref(), ground.as_ref().is_some_and(PoolSubject::knows_the_plugin), plan).await?;
        if let (Some(clients), Some(ground)) = (clients, ground) {
            subject::check(clients, &ground, context.cancellation(), plan).await;
        }
        Ok(())
    }

    async fn create(
        &self,
        context: &Context<Clients>,
        change: &Change<NodePool>,
        record: &mut Record<NodePool>,
    ) -> Result<(), Diagnostics> {
        let work = self.require_work(context, &change.planned)?;
        subject::before_write(context.clients()?, &work, context.cancellation(), change).await?;
        let limits = Limits::of(context, &change.planned.timeouts, |timeouts| &timeouts.create, TIMEOUT);
        create(&work, &limits, change, record, context.clients()?.aws().region()).await
    }

    async fn read(&self, context: &Context<Clients>, record: &mut Record<NodePool>) -> Result<(), Diagnostics> {
        let Some(stored) = record.state().cloned() else { return Ok(()) };
        // The state of another provider does not identify the cluster. The configuration does.
        if stored.cluster_name.is_null() {
            return Ok(());
        }
        let work = self.require_work(context, &stored)?;
        let clients = context.clients_of(stored.region.is_known())?;
        read(&work, &stored, record, &clients.facts().of::<PartialReads>(), clients.aws().region()).await
    }

    async fn update(
        &self,
        context: &Context<Clients>,
        change: &Change<NodePool>,
        record: &mut Record<NodePool>,
    ) -> Result<(), Diagnostics> {
        let work = self.require_work(context, &change.planned)?;
        subject::before_write(context.clients()?, &work, context.cancellation(), change).await?;
        let limits = Limits::of(context, &change.planned.timeouts, |timeouts| &timeouts.update, TIMEOUT);
        update(&work, &limits, change, record, context.clients()?.aws().region()).await
    }

    async fn delete(&self, context: &Context<Clients>, record: &mut Record<NodePool>) -> Result<(), Diagnostics> {
        let Some(stored) = record.state().cloned() else { return Ok(()) };
        if stored.cluster_name.is_null() {
            return Err(without_cluster::<NodePool>().into());
        }
        let work = self.require_work(context, &stored)?;
        let limits = Limits::of(context, &stored.timeouts, |timeouts| &timeouts.delete, DELETION);
        let told = delete(&work, &limits, &stored).await?;
        record.diagnostics.extend(told);
        Ok(())
    }

    async fn import(
        &self,
        _context: &Context<Clients>,
        target: ImportTarget<NodePoolIdentity>,
    ) -> Result<NodePool, Diagnostics> {
        let id = match target {
            ImportTarget::Identity(NodePoolIdentity { cluster_name, controller, name, region }) => {
                return Ok(NodePool { cluster_name, controller, name, region, ..NodePool::default() });
            }
            ImportTarget::Id(id) => id,
        };
        let parts: Vec<_> = id.split('/').collect();
        match parts.as_slice() {
            [cluster, controller @ ("karpenter" | "auto_mode"), name] if is_name(cluster) && !name.is_empty() => {
                let (cluster_name, controller, name) = ((*cluster).into(), (*controller).into(), (*name).into());
                Ok(NodePool { cluster_name, controller, name, ..NodePool::default() })
            }
            [cluster, name] if is_name(cluster) && !name.is_empty() => {
                let (cluster_name, name) = ((*cluster).into(), (*name).into());
                Ok(NodePool { cluster_name, name, ..NodePool::default() })
            }
            _ => {
                let detail = format!(
                    "Expected an import ID in the format cluster_name/controller/name, such as prod/karpenter/gpu or \
                     prod/auto_mode/gpu, got: {id:?}."
                );
                Err(Diagnostic::error("Invalid import ID", detail).into())
            }
        }
    }

    fn identity(&self, _context: &Context<Clients>, model: &NodePool) -> Option<NodePoolIdentity> {
        model.cluster_name.text()?;
        model.name.text()?;
        let NodePool { cluster_name, controller, name, region, .. } = model.clone();
        Some(NodePoolIdentity { cluster_name, controller, name, region })
    }

    fn moves(&self) -> Vec<MoveFrom> {
        [moves::all::<NodePool>(), vec![moved::other_form(self.form)]].concat()
    }

    /// Removes arguments that equal their default.
    fn tidy_generated_config(&self, config: &mut NodePool) {
        if config.force_conflicts == Attr::Known(false) {
            config.force_conflicts = Attr::Null;
        }
        if config.wait_for_ready == Attr::Known(true) {
            config.wait_for_ready = Attr::Null;
        }
        let default = match config.taint.known().is_some_and(Vec::is_empty) {
            true => convert::may_be_nvidia(config, &convert::pool(config)).unwrap_or_default(),
            false => false,
        };
        if config.nvidia_taint == Attr::Known(default) {
            config.nvidia_taint = Attr::Null;
        }
        // If there are no NVIDIA GPUs, or in the general form, the default is no labels.
        if config.node_labels.known().is_some_and(std::collections::BTreeMap::is_empty)
            && !(self.form == Form::Gpu && default)
        {
            config.node_labels = Attr::Null;
        }
    }
}

pub(super) async fn create(
    work: &Work,
    limits: &Limits,
    change: &Change<NodePool>,
    record: &mut Record<NodePool>,
    region: &str,
) -> Result<(), Diagnostics> {
    let created = work.managed().create(limits, &work::fields(&change.planned)).await?;
    record.save(change.complete(&state::of(work.form(), &change.planned, &created.object, region)));
    let settled = if created.diagnostics.has_error() {
        Err(created.diagnostics.clone())
    } else {
        ready(work, limits, change, &created.object, record, region).await
    };
    created.returned();
    settled
}

pub(super) async fn read(
    work: &Work,
    stored: &NodePool,
    record: &mut Record<NodePool>,
    reads: &PartialReads,
    region: &str,
) -> Result<(), Diagnostics> {
    let managed = work.managed();
    let live = match managed.read(stored.uid.text()).await {
        Ok(Some(live)) => live,
        Ok(None) => {
            record.gone();
            return Ok(());
        }
        // After an import, there is no stored state to keep.
        Err(error) if is_out_of_reach(&error) && stored.uid.is_known() => {
            let warning = reads.cluster(managed.cluster_name, &error);
            warning.into_iter().for_each(|warning| record.diagnostics.push(warning));
            return Ok(());
        }
        Err(error) => return Err(managed.not_read(error)),
    };
    let found = state::of(work.form(), stored, &live, region);
    // If the object is already in state, a different controller is a normal change.
    if stored.uid.is_null() && stored.controller.is_known() && stored.controller != found.controller {
        return Err(of_another_controller(stored, &found).into());
    }
    record.save(found);
    Ok(())
}

/// The error for an imported node pool whose controller differs from the import ID.
fn of_another_controller(stored: &NodePool, found: &NodePool) -> Diagnostic {
    let text = |attribute: &Attr<String>| attribute.text().unwrap_or_default().to_owned();
    let (name, cluster) = (text(&stored.name), text(&stored.cluster_name));
    let detail = format!(
        "The import ID specifies controller {}, but nodeClassRef refers to a node class of {}. Import the node pool \
         with the ID {:?}.",
        text(&stored.controller),
        text(&found.controller),
        text(&found.id)
    );
    Diagnostic::error(format!("Node pool {name} of cluster {cluster} has a different controller"), detail)
}

pub(super) async fn update(
    work: &Work,
    limits: &Limits,
    change: &Change<NodePool>,
    record: &mut Record<NodePool>,
    region: &str,
) -> Result<(), Diagnostics> {
    let Some(prior) = &change.prior else { return Ok(()) };
    let known_uid = prior.uid.text().unwrap_or_default();
    let (fields, before) = (work::fields(&change.planned), work::fields(prior));
    let predecessors: Vec<_> = prior.previous_field_managers.known_elements().cloned().collect();
    if fields == before && predecessors.is_empty() {
        // The changed arguments are not fields of the object.
        record.save(change.complete(prior));
        return Ok(());
    }
    let force = change.planned.force_conflicts == Attr::Known(true);
    let wanted = Wanted { fields: &fields, prior: &before, force, predecessors: &predecessors };
    let object = work.managed().update(limits, known_uid, wanted).await?;
    record.save(change.complete(&state::of(work.form(), &change.planned, &object, region)));
    ready(work, limits, change, &object, record, region).await
}

/// Waits until the applied object is ready, unless `wait_for_ready` is `false`.
async fn ready(
    work: &Work,
    limits: &Limits,
    change: &Change<NodePool>,
    object: &Json,
    record: &mut Record<NodePool>,
    region: &str,
) -> Result<(), Diagnostics> {
    if change.planned.wait_for_ready == Attr::Known(false) {
        return Ok(());
    }
    let (known_uid, node_class) = (uid(object).unwrap_or_default(), work.node_class(&change.planned));
    let waited = work.managed().ready_with(limits, known_uid, work::is_final, node_class.as_ref()).await;
    let (live, failure) = match waited {
        Ok(live) => (Some(live), None),
        Err((live, failure)) => (live, Some(failure)),
    };
    if let Some(live) = live {
        record.save(change.complete(&state::of(work.form(), &change.planned, &live, region)));
    }
    failure.map_or(Ok(()), Err)
}

pub(super) async fn delete(work: &Work, limits: &Limits, stored: &NodePool) -> Result<Diagnostics, Diagnostics> {
    let known_uid = stored.uid.text().unwrap_or_default();
    let managed = work.managed();
    if let Some(kept) = managed.begin_deletion(limits, known_uid).await? {
        return Ok(kept.into());
    }
    claims::gone(&managed, limits, known_uid).await?;
    Ok(Diagnostics::new())
}
