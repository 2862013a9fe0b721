//! The operations of `ekscompute_fargate_profile`.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use clients::context::Clients;
use clients::names::account_and_region;
use clients::partial_read::{is_another, replaced_outside};
use clients::queue::{Queue, Turn};
use clients::run_ledger::{ClusterKey, ObjectKey, RunLedger};
use clients::wait::Limits;
use framework::context::{Configured, Context};
use framework::diagnostics::{Diagnostic, Diagnostics};
use framework::resource::{Change, ImportTarget, MoveFrom, Plan, Record, Resource};
use framework::tags::{TagAttributes, TagPolicy};
use framework::timeouts;
use preflight::settings::Mode;

use super::client::{FargateProfile as Live, FargateProfileClient};
use super::model::{FargateProfile, FargateProfileIdentity};
use super::plan::PlanContext;
use super::{api, create, delete, moved, plan, subject, update, validation};

/// Default timeout of each operation.
const TIMEOUT: Duration = Duration::from_secs(10 * 60);

/// Creates a client for a Region.
pub type Connect = fn(&Clients, Option<&str>) -> Arc<dyn FargateProfileClient>;

/// `ekscompute_fargate_profile`.
pub struct FargateProfileResource {
    connect: Connect,
    queue: Queue<ClusterKey>,
}

impl FargateProfileResource {
    /// Creates the resource. `connect` creates its clients.
    #[must_use]
    pub fn new(connect: Connect) -> Self {
        Self { connect, queue: Queue::default() }
    }

    fn work<'w>(&'w self, context: &'w Context<Clients>, model: &FargateProfile) -> Result<Work<'w>, Diagnostics> {
        let clients = context.clients_of(model.region.is_known())?;
        Ok(Work {
            policy: clients.tag_policy(),
            client: (self.connect)(clients, model.region.text()),
            ledger: clients.ledger(),
            key: plan::key(model, clients.aws().region()).ok_or_else(unnamed)?,
            id: api::id(api::names(model).0, api::names(model).1),
            queue: &self.queue,
            context,
        })
    }
}

/// The context of an operation.
struct Work<'w> {
    client: Arc<dyn FargateProfileClient>,
    ledger: &'w RunLedger,
    key: ObjectKey,
    policy: TagPolicy,
    id: String,
    queue: &'w Queue<ClusterKey>,
    context: &'w Context<Clients>,
}

impl Work<'_> {
    /// Waits until this process does not create or delete another profile of the cluster.
    async fn turn(&self, verb: &str, doing: &str) -> Result<Turn<'_, ClusterKey>, Diagnostics> {
        let doing = format!("{doing} Fargate profile {}", self.id);
        self.queue
            .turn(self.key.cluster.clone(), &doing, self.context.cancellation())
            .await
            .map_err(|error| error.into_diagnostic(format!("Unable to {verb} Fargate profile {}", self.id), "").into())
    }

    fn limits(&self, timeout: Duration) -> Limits {
        Limits::new(timeout, self.context.cancellation().clone())
    }
}

#[async_trait]
impl Resource for FargateProfileResource {
    type Clients = Clients;
    type Model = FargateProfile;
    type Identity = FargateProfileIdentity;

    fn validate(&self, config: &FargateProfile, diagnostics: &mut Diagnostics) {
        validation::together(config, diagnostics);
    }

    async fn plan(&self, context: &Context<Clients>, plan: &mut Plan<FargateProfile>) -> Result<(), Diagnostics> {
        // Requests require a known Region.
        let clients = context.known_of(plan.planned.region.is_known())?;
        let clients = clients.filter(|_| !plan.config.region.is_unknown());
        let Some(clients) = clients else { return plan::plan(None, plan).await };
        let client = (self.connect)(clients, plan.planned.region.text());
        let ground = PlanContext {
            client: client.as_ref(),
            ledger: clients.ledger(),
            region: clients.aws().region(),
            is_strict: clients.preflight().mode == Mode::Strict,
        };
        plan::plan(Some(&ground), plan).await?;
        subject::check(clients, context.cancellation(), plan).await;
        Ok(())
    }

    async fn create(
        &self,
        context: &Context<Clients>,
        change: &Change<FargateProfile>,
        record: &mut Record<FargateProfile>,
    ) -> Result<(), Diagnostics> {
        let work = self.work(context, &change.planned)?;
        let claim = work.ledger.claim(work.key.clone()).ok_or_else(|| create::twice(&work.id))?;
        let turn = work.turn("create", "creating").await?;
        // The timeout starts when the operation leaves the queue.
        let limits = work.limits(timeouts::from_block(&change.planned.timeouts, |timeouts| &timeouts.create, TIMEOUT));
        subject::before_write(context.clients()?, context.cancellation(), &change.planned).await?;
        let result = create::create(work.client.as_ref(), &claim, &work.policy, &limits, change, record).await;
        if record.state().is_some() {
            claim.record_created();
        }
        drop((turn, claim));
        result
    }

    async fn read(&self, context: &Context<Clients>, record: &mut Record<FargateProfile>) -> Result<(), Diagnostics> {
        let Some(stored) = record.state().cloned() else { return Ok(()) };
        let work = self.work(context, &stored)?;
        let (cluster, name) = api::names(&stored);
        work.ledger.record_read(&work.key);
        match work.client.describe(cluster, name).await {
            Ok(live) => match replaced(&stored, &live) {
                Some(warning) => {
                    record.diagnostics.push(warning);
                    record.gone();
                }
                None => record.save(api::from_live(&stored, &live, &work.policy)),
            },
            Err(error) if error.is_not_found() => {
                tracing::warn!("Fargate profile {} not found, removing it from state", work.id);
                record.gone();
            }
            Err(error) => {
                return Err(error.into_diagnostic(format!("Unable to read Fargate profile {}", work.id), "").into());
            }
        }
        Ok(())
    }

    async fn update(
        &self,
        context: &Context<Clients>,
        change: &Change<FargateProfile>,
        record: &mut Record<FargateProfile>,
    ) -> Result<(), Diagnostics> {
        let work = self.work(context, &change.planned)?;
        update::update(work.client.as_ref(), &work.policy, &work.limits(TIMEOUT), change, record).await
    }

    async fn delete(&self, context: &Context<Clients>, record: &mut Record<FargateProfile>) -> Result<(), Diagnostics> {
        let Some(stored) = record.state().cloned() else { return Ok(()) };
        let work = self.work(context, &stored)?;
        if work.ledger.is_created(&work.key) {
            record.diagnostics.push(kept(&work.id));
            return Ok(());
        }
        let (cluster, name) = api::names(&stored);
        // EKS deletes by name. Without the permission to describe Fargate profiles, the profile is deleted without this
        // check.
        if let Ok(live) = work.client.describe(cluster, name).await
            && let Some(warning) = replaced(&stored, &live)
        {
            record.diagnostics.push(warning);
            return Ok(());
        }
        let turn = work.turn("delete", "deleting").await?;
        let limits = work.limits(timeouts::from_block(&stored.timeouts, |timeouts| &timeouts.delete, TIMEOUT));
        let result = delete::delete(work.client.as_ref(), &limits, cluster, name).await;
        if result.is_ok() {
            work.ledger.release(&work.key);
        }
        drop(turn);
        result
    }

    async fn import(
        &self,
        _context: &Context<Clients>,
        target: ImportTarget<FargateProfileIdentity>,
    ) -> Result<FargateProfile, Diagnostics> {
        match target {
            ImportTarget::Identity(identity) => Ok(FargateProfile {
                cluster_name: identity.cluster_name,
                fargate_profile_name: identity.fargate_profile_name,
                region: identity.region,
                ..FargateProfile::default()
            }),
            ImportTarget::Id(id) => match id.split_once(':') {
                Some((cluster, name)) if !cluster.is_empty() && !name.is_empty() && !name.contains(':') => {
                    let (cluster_name, fargate_profile_name) = (cluster.into(), name.into());
                    Ok(FargateProfile { cluster_name, fargate_profile_name, ..FargateProfile::default() })
                }
                _ => {
                    let detail = format!(
                        "Expected an import ID in the format cluster_name:fargate_profile_name, such as prod:batch, \
                         got: {id:?}."
                    );
                    Err(Diagnostic::error("Invalid import ID", detail).into())
                }
            },
        }
    }

    fn identity(&self, _context: &Context<Clients>, model: &FargateProfile) -> Option<FargateProfileIdentity> {
        let (account, region) = account_and_region(model.arn.text()?)?;
        Some(FargateProfileIdentity {
            cluster_name: model.cluster_name.clone(),
            fargate_profile_name: model.fargate_profile_name.clone(),
            account_id: account.into(),
            region: region.into(),
        })
    }

    fn tags<'m>(&self, model: &'m mut FargateProfile) -> Option<TagAttributes<'m>> {
        Some(TagAttributes { tags: &mut model.tags, tags_all: &mut model.tags_all })
    }

    fn moves(&self) -> Vec<MoveFrom> {
        vec![moved::from_aws()]
    }
}

/// Names are always set in a state or plan that is applied.
fn unnamed() -> Diagnostics {
    Diagnostic::error("Fargate profile has no name", "cluster_name or fargate_profile_name is unset.").into()
}

/// Returns a warning if the live profile is not the stored one.
fn replaced(stored: &FargateProfile, live: &Live) -> Option<Diagnostic> {
    let what = format!("Fargate profile {}", api::id(&live.cluster_name, &live.name));
    let arn = stored.arn.text();
    is_another(arn, &live.arn).then(|| replaced_outside(&what, arn.unwrap_or_default(), &live.arn))
}

/// A profile that was created in this run is not the profile in the previous state.
fn kept(id: &str) -> Diagnostic {
    Diagnostic::warning(
        format!("Fargate profile {id} was kept"),
        "The replacement has the same name, so this operation would delete it. To use create_before_destroy, \
         set a different fargate_profile_name.",
    )
}
