//! The operations of `ekscompute_access_entry`.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use clients::context::Clients;
use clients::names::account_and_region;
use clients::partial_read::{Part, PartialReads, is_another, replaced_outside};
use clients::run_ledger::{ObjectKey, RunLedger};
use clients::wait::Limits;
use framework::context::{Configured, Context};
use framework::diagnostics::{Diagnostic, Diagnostics};
use framework::model::Attr;
use framework::resource::{Change, ImportTarget, MoveFrom, Plan, Record, Resource};
use framework::tags::{TagAttributes, TagPolicy};

use super::client::{Access, AccessEntry as Live};
use super::guard::GuardDecision;
use super::model::{AccessEntry, AccessEntryIdentity};
use super::plan::{PlanContext, key};
use super::validators::STANDARD;
use super::{api, create, delete, guard, messages, moved, plan, policies, update, validation as rules};

/// Default timeout of each operation.
const TIMEOUT: Duration = Duration::from_secs(10 * 60);

/// Creates the clients for a Region.
pub type Connect = fn(&Clients, Option<&str>) -> Access;

/// `ekscompute_access_entry`.
pub struct AccessEntryResource {
    connect: Connect,
}

impl AccessEntryResource {
    /// Creates the resource. `connect` creates its clients.
    #[must_use]
    pub fn new(connect: Connect) -> Self {
        Self { connect }
    }

    fn work(&self, context: &Context<Clients>, model: &AccessEntry) -> Result<Work, Diagnostics> {
        let clients = context.clients_of(model.region.is_known())?;
        let (cluster, principal) = api::names(model);
        Ok(Work {
            policy: clients.tag_policy(),
            reads: clients.facts().of::<PartialReads>(),
            access: (self.connect)(clients, model.region.text()),
            ledger: Arc::clone(clients.ledger()),
            key: key(model, clients.aws().region()).ok_or_else(unnamed)?,
            id: api::id(cluster, principal),
        })
    }
}

/// The context of an operation.
struct Work {
    access: Access,
    ledger: Arc<RunLedger>,
    key: ObjectKey,
    policy: TagPolicy,
    reads: Arc<PartialReads>,
    id: String,
}

/// Both are always set in a state or plan that is applied.
fn unnamed() -> Diagnostics {
    Diagnostic::error("Access entry has no principal", "cluster_name or principal_arn is unset.").into()
}

#[async_trait]
impl Resource for AccessEntryResource {
    type Clients = Clients;
    type Model = AccessEntry;
    type Identity = AccessEntryIdentity;

    fn validate(&self, config: &AccessEntry, diagnostics: &mut Diagnostics) {
        rules::together(config, diagnostics);
    }

    async fn plan(&self, context: &Context<Clients>, plan: &mut Plan<AccessEntry>) -> Result<(), Diagnostics> {
        // Requests require a known Region.
        let clients = context.known_of(plan.planned.region.is_known())?;
        let clients = clients.filter(|_| !plan.config.region.is_unknown());
        let Some(clients) = clients else { return plan::plan(None, plan).await };
        let access = (self.connect)(clients, plan.planned.region.text());
        let ground = PlanContext { access: &access, ledger: clients.ledger(), region: clients.aws().region() };
        plan::plan(Some(&ground), plan).await
    }

    async fn create(
        &self,
        context: &Context<Clients>,
        change: &Change<AccessEntry>,
        record: &mut Record<AccessEntry>,
    ) -> Result<(), Diagnostics> {
        let work = self.work(context, &change.planned)?;
        let (cluster, principal) = api::names(&change.planned);
        let claim = work.ledger.claim(work.key.clone()).ok_or_else(|| messages::twice(cluster, principal))?;
        let limits = Limits::of(context, &change.planned.timeouts, |timeouts| &timeouts.create, TIMEOUT);
        let result = create::create(&work.access, &claim, &work.policy, &limits, change, record).await;
        if record.state().is_some() {
            claim.record_created();
        }
        drop(claim);
        result
    }

    async fn read(&self, context: &Context<Clients>, record: &mut Record<AccessEntry>) -> Result<(), Diagnostics> {
        let Some(stored) = record.state().cloned() else { return Ok(()) };
        let work = self.work(context, &stored)?;
        let (cluster, principal) = api::names(&stored);
        work.ledger.record_read(&work.key);
        // After an import, only the identity of the entry is known. All its policies are then read.
        let policies = stored.access_entry_arn.is_null() || api::has_associations(&stored);
        let client = &work.access.client;
        let live = match client.describe(cluster, principal).await {
            Ok(live) => live,
            Err(error) if error.is_not_found() => {
                tracing::warn!("access entry {} not found, removing it from state", work.id);
                record.gone();
                return Ok(());
            }
            Err(error) => {
                return Err(error.into_diagnostic(format!("Unable to read access entry {}", work.id), "").into());
            }
        };
        if let Some(warning) = replaced(&stored, &live) {
            record.diagnostics.push(warning);
            record.gone();
            return Ok(());
        }
        let associations = match policies {
            true => Some(client.associations(cluster, principal).await),
            false => None,
        };
        let model = |associations| api::from_live(&stored, &live, associations, &work.policy);
        match associations {
            Some(Ok(found)) => record.save(model(Some(&found))),
            None => record.save(model(None)),
            // The entry was deleted between the two calls.
            Some(Err(error)) if error.is_not_found() => record.gone(),
            Some(Err(error)) => {
                let part = Part {
                    name: "access policies of the access entry",
                    action: "eks:ListAssociatedAccessPolicies",
                    advice: "Changing policy_association requires them.",
                };
                work.reads.part(part, &error).into_iter().for_each(|warning| record.diagnostics.push(warning));
                let policy_association = stored.policy_association.clone();
                record.save(AccessEntry { policy_association, ..model(None) });
            }
        }
        Ok(())
    }

    async fn update(
        &self,
        context: &Context<Clients>,
        change: &Change<AccessEntry>,
        record: &mut Record<AccessEntry>,
    ) -> Result<(), Diagnostics> {
        let work = self.work(context, &change.planned)?;
        if let Some(prior) = change.prior.as_ref().filter(|_| change.planned.skip_lockout_guard != Attr::Known(true)) {
            let owned = policies::are_owned(Some(prior), &change.planned, &record.private);
            // Values that were unknown during plan are known now.
            if let Ok(Some(error)) = guard::reduction(&work.access, prior, &change.planned, owned).await {
                return Err(error.into());
            }
        }
        let limits = Limits::of(context, &change.planned.timeouts, |timeouts| &timeouts.update, TIMEOUT);
        update::update(work.access.client.as_ref(), &work.policy, &limits, change, record).await
    }

    async fn delete(&self, context: &Context<Clients>, record: &mut Record<AccessEntry>) -> Result<(), Diagnostics> {
        let Some(stored) = record.state().cloned() else { return Ok(()) };
        let work = self.work(context, &stored)?;
        let (cluster, principal) = api::names(&stored);
        if work.ledger.is_created(&work.key) {
            record.diagnostics.push(replacement_kept(&work.id));
            return Ok(());
        }
        let retained = stored.deletion_policy.text();
        if retained == Some("retain") {
            return Ok(());
        }
        // EKS deletes by principal. Without the permission to describe access entries, the entry is deleted without
        // this check.
        if let Ok(live) = work.access.client.describe(cluster, principal).await
            && let Some(warning) = replaced(&stored, &live)
        {
            record.diagnostics.push(warning);
            return Ok(());
        }
        if stored.skip_lockout_guard != Attr::Known(true) {
            let adopted = record.private.get(create::ADOPTED).unwrap_or(false) && retained.is_none();
            match guard::deletion(&work.access, cluster, principal, adopted).await {
                GuardDecision::Delete(warning) => {
                    warning.into_iter().for_each(|warning| record.diagnostics.push(warning))
                }
                GuardDecision::Keep(told) => {
                    record.diagnostics.push(told);
                    return Ok(());
                }
                GuardDecision::Refuse(refused) => return Err(refused.into()),
            }
        }
        let limits = Limits::of(context, &stored.timeouts, |timeouts| &timeouts.delete, TIMEOUT);
        delete::delete(work.access.client.as_ref(), &limits, cluster, principal).await?;
        work.ledger.release(&work.key);
        Ok(())
    }

    async fn import(
        &self,
        _context: &Context<Clients>,
        target: ImportTarget<AccessEntryIdentity>,
    ) -> Result<AccessEntry, Diagnostics> {
        match target {
            ImportTarget::Identity(identity) => Ok(AccessEntry {
                cluster_name: identity.cluster_name,
                principal_arn: identity.principal_arn,
                region: identity.region,
                ..AccessEntry::default()
            }),
            ImportTarget::Id(id) => match id.split_once(':') {
                Some((cluster, principal)) if !cluster.is_empty() && principal.starts_with("arn:") => Ok(AccessEntry {
                    cluster_name: cluster.into(),
                    principal_arn: principal.into(),
                    ..AccessEntry::default()
                }),
                _ => {
                    let example = api::id("prod", "arn:aws:iam::111122223333:role/ops");
                    let detail = format!(
                        "Expected an import ID in the format cluster_name:principal_arn, such as {example}, \
                         got: {id:?}."
                    );
                    Err(Diagnostic::error("Invalid import ID", detail).into())
                }
            },
        }
    }

    fn identity(&self, _context: &Context<Clients>, model: &AccessEntry) -> Option<AccessEntryIdentity> {
        let (account, region) = account_and_region(model.access_entry_arn.text()?)?;
        Some(AccessEntryIdentity {
            cluster_name: model.cluster_name.clone(),
            principal_arn: model.principal_arn.clone(),
            account_id: account.into(),
            region: region.into(),
        })
    }

    fn tags<'m>(&self, model: &'m mut AccessEntry) -> Option<TagAttributes<'m>> {
        Some(TagAttributes { tags: &mut model.tags, tags_all: &mut model.tags_all })
    }

    fn moves(&self) -> Vec<MoveFrom> {
        vec![moved::from_aws()]
    }

    fn tidy_generated_config(&self, config: &mut AccessEntry) {
        // The default value was already removed.
        let is_standard = config.kind.is_null() || config.kind.text() == Some(STANDARD);
        let given = config.principal_arn.text().map(api::default_user_name);
        if !is_standard || config.user_name.text() == given.as_deref() {
            config.user_name = Attr::Null;
        }
        if !is_standard || api::elements(&config.kubernetes_groups).is_empty() {
            config.kubernetes_groups = Attr::Null;
        }
        if is_standard {
            config.kind = Attr::Null;
        }
        for flag in [&mut config.adopt, &mut config.skip_lockout_guard] {
            if *flag == Attr::Known(false) {
                *flag = Attr::Null;
            }
        }
    }
}

/// Returns a warning if the live entry is not the stored one.
fn replaced(stored: &AccessEntry, live: &Live) -> Option<Diagnostic> {
    let what = format!("Access entry {}", api::id(&live.cluster_name, &live.principal_arn));
    let arn = stored.access_entry_arn.text();
    is_another(arn, &live.arn).then(|| replaced_outside(&what, arn.unwrap_or_default(), &live.arn))
}

/// An entry that was created in this run is not the entry in the previous state.
fn replacement_kept(id: &str) -> Diagnostic {
    Diagnostic::warning(
        format!("Access entry {id} was kept"),
        "The replacement has the same principal, so this operation would delete it. Access entries do not \
         support create_before_destroy.",
    )
}
