//! The verbs of `ekscompute_gpu_node_pool`.

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
use framework::model::Attr;
use framework::resource::{Change, ImportTarget, MoveFrom, Plan, Record, Resource};

use super::model::{GpuNodePool, GpuNodePoolIdentity};
use super::subject::Ground;
use super::work::{self, Work};
use super::{claims, efa, plan, state, subject, validation};

/// How long creating and updating may take unless `timeouts` says otherwise.
const TIMEOUT: Duration = Duration::from_secs(10 * 60);
/// How long deleting may take: nodes are drained.
const DELETION: Duration = Duration::from_secs(30 * 60);

/// Makes the way to a cluster, in a region.
pub type Connect = fn(&Clients, Option<&str>, &str) -> Arc<dyn KubernetesApi>;

/// `ekscompute_gpu_node_pool`.
pub struct GpuNodePoolResource {
    connect: Connect,
}

impl GpuNodePoolResource {
    /// The resource over the clusters that `connect` leads to.
    #[must_use]
    pub fn new(connect: Connect) -> Self {
        Self { connect }
    }

    fn work(&self, clients: &Clients, model: &GpuNodePool) -> Option<Work> {
        let cluster = (self.connect)(clients, model.region.text(), model.cluster_name.text()?);
        Some(Work::new(cluster, Arc::clone(clients.ledger()), clients.aws().region(), model))
    }

    fn certain_work(&self, context: &Context<Clients>, model: &GpuNodePool) -> Result<Work, Diagnostics> {
        let missing = || Diagnostic::error("The node pool has no cluster", "The state has no cluster_name.").into();
        self.work(context.clients_of(model.region.is_known())?, model).ok_or_else(missing)
    }
}

#[async_trait]
impl Resource for GpuNodePoolResource {
    type Clients = Clients;
    type Model = GpuNodePool;
    type Identity = GpuNodePoolIdentity;

    fn validate(&self, config: &GpuNodePool, diagnostics: &mut Diagnostics) {
        validation::together(config, diagnostics);
    }

    async fn plan(&self, context: &Context<Clients>, plan: &mut Plan<GpuNodePool>) -> Result<(), Diagnostics> {
        // In a region that is not known yet nothing can be asked.
        let clients = context.known_of(plan.planned.region.is_known())?;
        let clients = clients.filter(|_| !plan.config.region.is_unknown());
        efa::settle(clients, plan).await?;
        plan::settle(plan, clients.map(|clients| clients.aws().region()));
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
        plan::check(work.as_ref(), ground.as_ref().is_some_and(Ground::knows_the_plugin), plan).await?;
        if let (Some(clients), Some(ground)) = (clients, ground) {
            subject::check(clients, &ground, context.cancellation(), plan).await;
        }
        Ok(())
    }

    async fn create(
        &self,
        context: &Context<Clients>,
        change: &Change<GpuNodePool>,
        record: &mut Record<GpuNodePool>,
    ) -> Result<(), Diagnostics> {
        let work = self.certain_work(context, &change.planned)?;
        subject::before_write(context.clients()?, &work, context.cancellation(), change).await?;
        let limits = Limits::of(context, &change.planned.timeouts, |timeouts| &timeouts.create, TIMEOUT);
        create(&work, &limits, change, record, context.clients()?.aws().region()).await
    }

    async fn read(&self, context: &Context<Clients>, record: &mut Record<GpuNodePool>) -> Result<(), Diagnostics> {
        let Some(stored) = record.state().cloned() else { return Ok(()) };
        // The state of another provider does not say which cluster it is about; the configuration does.
        if stored.cluster_name.is_null() {
            return Ok(());
        }
        let work = self.certain_work(context, &stored)?;
        let clients = context.clients_of(stored.region.is_known())?;
        read(&work, &stored, record, &clients.facts().of::<PartialReads>(), clients.aws().region()).await
    }

    async fn update(
        &self,
        context: &Context<Clients>,
        change: &Change<GpuNodePool>,
        record: &mut Record<GpuNodePool>,
    ) -> Result<(), Diagnostics> {
        let work = self.certain_work(context, &change.planned)?;
        subject::before_write(context.clients()?, &work, context.cancellation(), change).await?;
        let limits = Limits::of(context, &change.planned.timeouts, |timeouts| &timeouts.update, TIMEOUT);
        update(&work, &limits, change, record, context.clients()?.aws().region()).await
    }

    async fn delete(&self, context: &Context<Clients>, record: &mut Record<GpuNodePool>) -> Result<(), Diagnostics> {
        let Some(stored) = record.state().cloned() else { return Ok(()) };
        if stored.cluster_name.is_null() {
            return Err(without_cluster::<GpuNodePool>().into());
        }
        let work = self.certain_work(context, &stored)?;
        let limits = Limits::of(context, &stored.timeouts, |timeouts| &timeouts.delete, DELETION);
        let told = delete(&work, &limits, &stored).await?;
        record.diagnostics.extend(told);
        Ok(())
    }

    async fn import(
        &self,
        _context: &Context<Clients>,
        target: ImportTarget<GpuNodePoolIdentity>,
    ) -> Result<GpuNodePool, Diagnostics> {
        let id = match target {
            ImportTarget::Identity(GpuNodePoolIdentity { cluster_name, controller, name, region }) => {
                return Ok(GpuNodePool { cluster_name, controller, name, region, ..GpuNodePool::default() });
            }
            ImportTarget::Id(id) => id,
        };
        let parts: Vec<_> = id.split('/').collect();
        match parts.as_slice() {
            [cluster, controller @ ("karpenter" | "auto_mode"), name] if is_name(cluster) && !name.is_empty() => {
                let (cluster_name, controller, name) = ((*cluster).into(), (*controller).into(), (*name).into());
                Ok(GpuNodePool { cluster_name, controller, name, ..GpuNodePool::default() })
            }
            [cluster, name] if is_name(cluster) && !name.is_empty() => {
                let (cluster_name, name) = ((*cluster).into(), (*name).into());
                Ok(GpuNodePool { cluster_name, name, ..GpuNodePool::default() })
            }
            _ => {
                let detail = format!(
                    "The id of a node pool is cluster_name/controller/name, such as prod/karpenter/gpu or prod/auto_mode/gpu; \
                     got {id:?}."
                );
                Err(Diagnostic::error("Invalid import id", detail).into())
            }
        }
    }

    fn identity(&self, _context: &Context<Clients>, model: &GpuNodePool) -> Option<GpuNodePoolIdentity> {
        model.cluster_name.text()?;
        model.name.text()?;
        let GpuNodePool { cluster_name, controller, name, region, .. } = model.clone();
        Some(GpuNodePoolIdentity { cluster_name, controller, name, region })
    }

    fn moves(&self) -> Vec<MoveFrom> {
        moves::all::<GpuNodePool>()
    }

    /// Leaves out what is the default.
    fn tidy_generated_config(&self, config: &mut GpuNodePool) {
        if config.force_conflicts == Attr::Known(false) {
            config.force_conflicts = Attr::Null;
        }
        if config.wait_for_ready == Attr::Known(true) {
            config.wait_for_ready = Attr::Null;
        }
    }
}

pub(super) async fn create(
    work: &Work,
    limits: &Limits,
    change: &Change<GpuNodePool>,
    record: &mut Record<GpuNodePool>,
    region: &str,
) -> Result<(), Diagnostics> {
    let created = work.managed().create(limits, &work::fields(&change.planned)).await?;
    record.save(change.complete(&state::of(&change.planned, &created.object, region)));
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
    stored: &GpuNodePool,
    record: &mut Record<GpuNodePool>,
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
        // After an import there is nothing to keep.
        Err(error) if is_out_of_reach(&error) && stored.uid.is_known() => {
            let warning = reads.cluster(managed.cluster_name, &error);
            warning.into_iter().for_each(|warning| record.diagnostics.push(warning));
            return Ok(());
        }
        Err(error) => return Err(managed.not_read(error)),
    };
    let found = state::of(stored, &live, region);
    // Of an object that the state holds, another controller is a change like others.
    if stored.uid.is_null() && stored.controller.is_known() && stored.controller != found.controller {
        return Err(of_another_controller(stored, &found).into());
    }
    record.save(found);
    Ok(())
}

/// What is imported is not what the id says.
fn of_another_controller(stored: &GpuNodePool, found: &GpuNodePool) -> Diagnostic {
    let text = |attribute: &Attr<String>| attribute.text().unwrap_or_default().to_owned();
    let (name, cluster) = (text(&stored.name), text(&stored.cluster_name));
    Diagnostic::error(
        format!("NodePool {name} of cluster {cluster} is not of {}", text(&stored.controller)),
        format!("Its nodeClassRef is one of {0}. Import it by {1:?}.", text(&found.controller), text(&found.id)),
    )
}

pub(super) async fn update(
    work: &Work,
    limits: &Limits,
    change: &Change<GpuNodePool>,
    record: &mut Record<GpuNodePool>,
    region: &str,
) -> Result<(), Diagnostics> {
    let Some(prior) = &change.prior else { return Ok(()) };
    let known_uid = prior.uid.text().unwrap_or_default();
    let (fields, before) = (work::fields(&change.planned), work::fields(prior));
    let predecessors: Vec<_> = prior.previous_field_managers.known_elements().cloned().collect();
    if fields == before && predecessors.is_empty() {
        // What changes is no part of the object.
        record.save(change.complete(prior));
        return Ok(());
    }
    let force = change.planned.force_conflicts == Attr::Known(true);
    let wanted = Wanted { fields: &fields, prior: &before, force, predecessors: &predecessors };
    let object = work.managed().update(limits, known_uid, wanted).await?;
    record.save(change.complete(&state::of(&change.planned, &object, region)));
    ready(work, limits, change, &object, record, region).await
}

/// Waits for what was applied to be ready, unless the user does not want that.
async fn ready(
    work: &Work,
    limits: &Limits,
    change: &Change<GpuNodePool>,
    object: &Json,
    record: &mut Record<GpuNodePool>,
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
        record.save(change.complete(&state::of(&change.planned, &live, region)));
    }
    failure.map_or(Ok(()), Err)
}

pub(super) async fn delete(work: &Work, limits: &Limits, stored: &GpuNodePool) -> Result<Diagnostics, Diagnostics> {
    let known_uid = stored.uid.text().unwrap_or_default();
    let managed = work.managed();
    if let Some(kept) = managed.begin_deletion(limits, known_uid).await? {
        return Ok(kept.into());
    }
    claims::gone(&managed, limits, known_uid).await?;
    Ok(Diagnostics::new())
}
