//! The operations of `ekscompute_node_class` and `ekscompute_gpu_node_class`.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use serde_json::Value as Json;

use clients::context::Clients;
use clients::kube::fields::attribute_of;
use clients::kube::managed::{Managed, Wanted, uid};
use clients::kube::moves::{self, without_cluster};
use clients::kube::{KubernetesApi, Object};
use clients::names::is_name;
use clients::partial_read::{PartialReads, is_out_of_reach};
use clients::run_ledger::{ObjectKey, RunLedger};
use clients::wait::Limits;
use framework::context::Context;
use framework::diagnostics::{Diagnostic, Diagnostics};
use framework::model::{Attr, Model};
use framework::resource::{Change, ImportTarget, MoveFrom, Plan, Record, Resource};
use framework::schema::Block;
use render::karpenter::controller::Controller;
use render::karpenter::form::Form;

use super::api::{self, AUTO_MODE, KARPENTER};
use super::client::Clusters;
use super::model::{NodeClass, NodeClassIdentity};
use super::{moved, plan, rules, subject};

/// Default timeout of create and update operations.
const TIMEOUT: Duration = Duration::from_secs(5 * 60);
/// Default timeout of the delete operation, which includes draining the nodes.
const DELETION: Duration = Duration::from_secs(10 * 60);

/// Creates a client for a Region.
pub type Connect = fn(&Clients, Option<&str>) -> Arc<dyn Clusters>;

/// `ekscompute_node_class` or `ekscompute_gpu_node_class`.
pub struct NodeClassResource {
    connect: Connect,
    form: Form,
}

impl NodeClassResource {
    /// Creates the resource. `connect` creates its clients.
    #[must_use]
    pub fn new(form: Form, connect: Connect) -> Self {
        Self { connect, form }
    }

    fn work(&self, context: &Context<Clients>, model: &NodeClass) -> Result<Work, Diagnostics> {
        let clients = context.clients_of(model.region.is_known())?;
        let cluster = model.cluster_name.text().unwrap_or_default();
        Ok(Work {
            cluster: (self.connect)(clients, model.region.text()).cluster(cluster),
            ledger: Arc::clone(clients.ledger()),
            reads: clients.facts().of::<PartialReads>(),
            region: clients.aws().region().to_owned(),
            id: id(model),
            form: self.form,
        })
    }
}

/// The context of an operation.
pub(super) struct Work {
    pub(super) cluster: Arc<dyn KubernetesApi>,
    pub(super) ledger: Arc<RunLedger>,
    pub(super) reads: Arc<PartialReads>,
    pub(super) region: String,
    pub(super) id: String,
    pub(super) form: Form,
}

fn type_name(form: Form) -> &'static str {
    match form {
        Form::General => "ekscompute_node_class",
        Form::Gpu => "ekscompute_gpu_node_class",
    }
}

fn id(model: &NodeClass) -> String {
    let (cluster, controller, name) = api::names(model);
    api::id(cluster, controller, name)
}

/// Returns the key of the object in the run ledger.
fn key_of(model: &NodeClass, region: &str) -> ObjectKey {
    let (cluster, controller, name) = api::names(model);
    ObjectKey::new(api::kind(controller).kind, model.region.text().unwrap_or(region), cluster, name)
}

/// Returns the key of the object, or `None` while its identity is unknown.
fn known_key(model: &NodeClass, region: &str) -> Option<ObjectKey> {
    let known = [&model.cluster_name, &model.controller, &model.name].into_iter().all(Attr::is_known);
    known.then(|| key_of(model, region))
}

impl Work {
    /// The managed object of a model.
    pub(super) fn managed<'m>(&'m self, model: &'m NodeClass) -> Managed<'m> {
        let (cluster_name, controller, name) = api::names(model);
        Managed {
            cluster: self.cluster.as_ref(),
            cluster_name,
            object: Object::of_cluster(api::kind(controller), name),
            installed_by: api::installed_by(controller),
            controller: Controller::of(controller).unwrap_or_default(),
            import_id: &self.id,
            resource_type: type_name(self.form),
            attribute_of: attribute_of::<NodeClass>,
            has_metadata: true,
            has_dependents: false,
            key: key_of(model, &self.region),
            ledger: &self.ledger,
        }
    }

    /// Waits until the object is ready, if configured, and records its new status.
    async fn settled(
        &self,
        limits: &Limits,
        change: &Change<NodeClass>,
        object: &Json,
        record: &mut Record<NodeClass>,
    ) -> Result<(), Diagnostics> {
        let state = |object: &Json| {
            change.complete(&api::from_live(self.form, &planned_fields(&change.planned), object, &self.region))
        };
        record.save(state(object));
        if change.planned.wait_for_ready == Attr::Known(false) {
            return Ok(());
        }
        let known_uid = uid(object).unwrap_or_default();
        match self.managed(&change.planned).ready(limits, known_uid, api::is_final).await {
            Ok(object) => record.save(state(&object)),
            Err((seen, error)) => {
                if let Some(object) = seen {
                    record.save(state(&object));
                }
                return Err(error);
            }
        }
        Ok(())
    }

    pub(super) async fn create(
        &self,
        limits: &Limits,
        change: &Change<NodeClass>,
        record: &mut Record<NodeClass>,
    ) -> Result<(), Diagnostics> {
        let planned = &change.planned;
        let fields = api::fields(planned).ok_or_else(unknown)?;
        let managed = self.managed(planned);
        let created = managed.create(limits, &fields).await?;
        let settled = if created.diagnostics.has_error() {
            record.save(change.complete(&api::from_live(
                self.form,
                &planned_fields(planned),
                &created.object,
                &self.region,
            )));
            Err(created.diagnostics.clone())
        } else {
            self.settled(limits, change, &created.object, record).await
        };
        created.returned();
        settled
    }

    pub(super) async fn read(&self, record: &mut Record<NodeClass>) -> Result<(), Diagnostics> {
        let Some(stored) = record.state().cloned() else { return Ok(()) };
        // The state of another provider does not identify the cluster. The configuration does.
        if stored.cluster_name.is_null() {
            return Ok(());
        }
        let managed = self.managed(&stored);
        match managed.read(stored.uid.text()).await {
            Ok(Some(live)) => record.save(api::from_live(self.form, &stored, &live, &self.region)),
            Ok(None) => record.gone(),
            // After an import, there is no stored state to keep.
            Err(error) if is_out_of_reach(&error) && stored.uid.is_known() => {
                let warning = self.reads.cluster(managed.cluster_name, &error);
                warning.into_iter().for_each(|warning| record.diagnostics.push(warning));
            }
            Err(error) => return Err(managed.not_read(error)),
        }
        Ok(())
    }

    pub(super) async fn update(
        &self,
        limits: &Limits,
        change: &Change<NodeClass>,
        record: &mut Record<NodeClass>,
    ) -> Result<(), Diagnostics> {
        let planned = &change.planned;
        let fields = api::fields(planned).ok_or_else(unknown)?;
        let prior = change.prior.as_ref().unwrap_or(planned);
        let before = api::fields(prior).unwrap_or(Json::Null);
        let predecessors: Vec<_> = prior.previous_field_managers.known_elements().cloned().collect();
        let managed = self.managed(planned);
        if before == fields && predecessors.is_empty() {
            // The changed arguments are not fields of the object.
            return match managed.find(prior.uid.text()).await.map_err(|error| managed.not_read(error))? {
                Some(live) => {
                    record.save(change.complete(&api::from_live(
                        self.form,
                        &planned_fields(planned),
                        &live,
                        &self.region,
                    )));
                    Ok(())
                }
                None => Err(gone(&self.id).into()),
            };
        }
        let force = planned.force_conflicts == Attr::Known(true);
        let wanted = Wanted { fields: &fields, prior: &before, force, predecessors: &predecessors };
        let object = managed.update(limits, prior.uid.text().unwrap_or_default(), wanted).await?;
        self.settled(limits, change, &object, record).await
    }

    pub(super) async fn delete(&self, limits: &Limits, record: &mut Record<NodeClass>) -> Result<(), Diagnostics> {
        let Some(stored) = record.state().cloned() else { return Ok(()) };
        if stored.cluster_name.is_null() {
            return Err(without_cluster::<NodeClass>().into());
        }
        let (_, controller, name) = api::names(&stored);
        let holds = |claim: &Json| api::uses(claim, controller, name);
        let known_uid = stored.uid.text().unwrap_or_default();
        let told = self.managed(&stored).delete(limits, known_uid, holds).await?;
        record.diagnostics.extend(told);
        Ok(())
    }
}

/// Returns the planned values as stored state, to compare them with an object that has just been applied.
fn planned_fields(planned: &NodeClass) -> NodeClass {
    NodeClass { uid: Attr::Unknown, previous_field_managers: Attr::Null, ..planned.clone() }
}

/// Returns the introduction of the documentation page. Both forms have the same arguments.
fn description(form: Form) -> &'static str {
    match form {
        Form::General => GENERAL,
        Form::Gpu => GPU,
    }
}

fn unknown() -> Diagnostics {
    Diagnostic::error(
        "Unknown value in node class",
        "A field of the node class has no value during apply. This is a bug in the provider. Report it to the provider \
         maintainers.",
    )
    .into()
}

fn gone(id: &str) -> Diagnostic {
    Diagnostic::error(
        format!("Node class {id} not found"),
        "Another process deleted the node class after the plan. Run the plan again to recreate it.",
    )
}

const GENERAL: &str = "Manages a node class: a Karpenter `EC2NodeClass`, or a `NodeClass` of EKS Auto Mode. A node class \
    defines the AMIs, subnets, security groups, role, and volumes of nodes. Use `ekscompute_gpu_node_class` for the same \
    resource with defaults for nodes with GPUs.";

const GPU: &str = "Manages a node class for nodes with GPUs: a Karpenter `EC2NodeClass`, or a `NodeClass` of EKS Auto \
                   Mode. A node class defines the AMIs, subnets, security groups, role, and volumes of nodes. It is \
                   equivalent to `ekscompute_node_class`, with a default volume that is large enough for CUDA images.";

#[async_trait]
impl Resource for NodeClassResource {
    type Clients = Clients;
    type Model = NodeClass;
    type Identity = NodeClassIdentity;

    fn block(&self) -> Block {
        let mut block = NodeClass::block();
        description(self.form).clone_into(&mut block.description);
        if self.form == Form::General {
            block.attributes.retain(|attribute| attribute.name != "default_volume");
        }
        block
    }

    fn validate(&self, config: &NodeClass, diagnostics: &mut Diagnostics) {
        rules::together(config, diagnostics);
    }

    async fn plan(&self, context: &Context<Clients>, plan: &mut Plan<NodeClass>) -> Result<(), Diagnostics> {
        // Requests require a known Region.
        let clients = context.known_of(plan.planned.region.is_known())?;
        let clients = clients.filter(|_| !plan.config.region.is_unknown());
        plan::settle(self.form, plan, clients.map(|clients| clients.aws().region()));
        let model = plan.planned.clone();
        let Some(clients) = clients.filter(|_| model.cluster_name.text().is_some()) else { return Ok(()) };
        subject::check(self.form, clients, context.cancellation(), plan).await;
        if model.name.text().is_none() {
            return Ok(());
        }
        let work = self.work(context, &model)?;
        let managed = work.managed(&model);
        if let Some(twice) = managed.record_plan(plan, |model| known_key(model, &work.region)) {
            return Err(twice.into());
        }
        plan::preview(&managed, plan).await
    }

    async fn create(
        &self,
        context: &Context<Clients>,
        change: &Change<NodeClass>,
        record: &mut Record<NodeClass>,
    ) -> Result<(), Diagnostics> {
        subject::before_write(self.form, context.clients()?, context.cancellation(), change).await?;
        let limits = Limits::of(context, &change.planned.timeouts, |timeouts| &timeouts.create, TIMEOUT);
        self.work(context, &change.planned)?.create(&limits, change, record).await
    }

    async fn read(&self, context: &Context<Clients>, record: &mut Record<NodeClass>) -> Result<(), Diagnostics> {
        let Some(stored) = record.state().cloned() else { return Ok(()) };
        self.work(context, &stored)?.read(record).await
    }

    async fn update(
        &self,
        context: &Context<Clients>,
        change: &Change<NodeClass>,
        record: &mut Record<NodeClass>,
    ) -> Result<(), Diagnostics> {
        subject::before_write(self.form, context.clients()?, context.cancellation(), change).await?;
        let limits = Limits::of(context, &change.planned.timeouts, |timeouts| &timeouts.update, TIMEOUT);
        self.work(context, &change.planned)?.update(&limits, change, record).await
    }

    async fn delete(&self, context: &Context<Clients>, record: &mut Record<NodeClass>) -> Result<(), Diagnostics> {
        let Some(stored) = record.state().cloned() else { return Ok(()) };
        let limits = Limits::of(context, &stored.timeouts, |timeouts| &timeouts.delete, DELETION);
        self.work(context, &stored)?.delete(&limits, record).await
    }

    async fn import(
        &self,
        _context: &Context<Clients>,
        target: ImportTarget<NodeClassIdentity>,
    ) -> Result<NodeClass, Diagnostics> {
        match target {
            ImportTarget::Identity(identity) => Ok(NodeClass {
                cluster_name: identity.cluster_name,
                controller: identity.controller,
                name: identity.name,
                region: identity.region,
                ..NodeClass::default()
            }),
            ImportTarget::Id(id) => parse_id(&id).ok_or_else(|| {
                let detail = format!(
                    "Expected an import ID in the format cluster_name/controller/name, such as prod/karpenter/gpu or \
                     prod/auto_mode/gpu, got: {id:?}."
                );
                Diagnostic::error("Invalid import ID", detail).into()
            }),
        }
    }

    fn identity(&self, _context: &Context<Clients>, model: &NodeClass) -> Option<NodeClassIdentity> {
        model.cluster_name.text()?;
        Some(NodeClassIdentity {
            cluster_name: model.cluster_name.clone(),
            controller: model.controller.clone(),
            name: model.name.clone(),
            region: model.region.clone(),
        })
    }

    fn moves(&self) -> Vec<MoveFrom> {
        [moves::all::<NodeClass>(), vec![moved::other_form(self.form)]].concat()
    }

    /// Removes arguments that equal their default.
    fn tidy_generated_config(&self, config: &mut NodeClass) {
        if config.force_conflicts == Attr::Known(false) {
            config.force_conflicts = Attr::Null;
        }
        if config.wait_for_ready == Attr::Known(true) {
            config.wait_for_ready = Attr::Null;
        }
        // Only `true` is the default. `false` is kept, because the configuration would create the volumes without it.
        if config.default_volume == Attr::Known(true) || !config.block_device_mapping.known().is_none_or(Vec::is_empty)
        {
            config.default_volume = Attr::Null;
        }
        if config.controller.text() == Some(AUTO_MODE) {
            config.default_volume = Attr::Null;
        }
    }
}

fn parse_id(id: &str) -> Option<NodeClass> {
    let mut parts = id.split('/');
    let (cluster, controller, name) = (parts.next()?, parts.next()?, parts.next()?);
    let whole = parts.next().is_none() && is_name(cluster) && !name.is_empty();
    let known = whole && [KARPENTER, AUTO_MODE].contains(&controller);
    known.then(|| NodeClass {
        cluster_name: cluster.into(),
        controller: controller.into(),
        name: name.into(),
        ..NodeClass::default()
    })
}
