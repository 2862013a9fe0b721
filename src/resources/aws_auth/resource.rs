//! The operations of `ekscompute_aws_auth_map_role` and `ekscompute_aws_auth_map_user`.

use std::marker::PhantomData;
use std::time::Duration;

use async_trait::async_trait;

use clients::context::Clients;
use clients::errors::{ApiError, KUBERNETES};
use clients::partial_read::{PartialReads, is_cluster_deleting, is_out_of_reach, left_to_the_cluster};
use clients::wait::Limits;
use framework::context::Context;
use framework::diagnostics::{Diagnostic, Diagnostics};
use framework::model::Set;
use framework::path::Path;
use framework::resource::{Change, ImportTarget, Plan, Record, Resource};
use framework::timeouts;
use render::aws_auth::{Found, Listing};

use super::client::{Access, Connect};
use super::editor::{Done, Edit, EditError};
use super::guard::{self, GuardDecision};
use super::mapped::{Mapped, Values, id};
use super::{create, mapped, messages, plan};

/// Default timeout of each operation.
const TIMEOUT: Duration = Duration::from_secs(5 * 60);

/// Private data: the entry existed before this resource.
const ADOPTED: &str = "adopted";

/// The group with unrestricted access, regardless of RBAC.
const MASTERS: &str = "system:masters";

/// A resource that represents one entry.
pub struct AwsAuthResource<M> {
    connect: Connect,
    model: PhantomData<fn() -> M>,
}

impl<M: Mapped> AwsAuthResource<M> {
    /// Creates the resource. `connect` creates its access.
    #[must_use]
    pub fn new(connect: Connect) -> Self {
        Self { connect, model: PhantomData }
    }

    fn entry<'c>(&self, context: &'c Context<Clients>, model: &M) -> Result<(Access, String, String), Diagnostics>
    where
        M: 'c,
    {
        let spec = model.spec();
        let cluster = spec.cluster().to_owned();
        let arn = M::written_arn(spec.arn.text().unwrap_or_default())
            .map_err(|reason| Diagnostic::error("ARN cannot be mapped", reason).at(Path::attribute(M::ARN)))?;
        let clients = context.clients_of(spec.region.is_known())?;
        let access = (self.connect)(clients, spec.region.text(), &cluster);
        Ok((access, cluster, arn))
    }
}

fn limits<M: Mapped>(context: &Context<Clients>, model: &M, verb: usize) -> Limits {
    let timeout = timeouts::or_default(model.timeouts()[verb], TIMEOUT);
    Limits::new(timeout, context.cancellation().clone())
}

/// Sets all known values that a plan can leave unknown.
fn settled<M: Mapped>(model: &M, region: &str, arn: &str) -> M {
    let spec = model.spec();
    let values = Values {
        region: spec.region.text().unwrap_or(region).into(),
        username: spec.username.clone(),
        groups: spec.groups.clone(),
        id: id(spec.cluster(), arn).into(),
        mapped_arn: arn.into(),
    };
    let mut model = model.clone();
    model.fill(values);
    model
}

pub(super) fn with_found<M: Mapped>(model: &M, region: &str, arn: &str, found: &Found) -> M {
    let values = Values {
        region: model.spec().region.text().unwrap_or(region).into(),
        username: found.username.as_str().into(),
        groups: Set::of(found.groups.iter().cloned()),
        id: id(model.spec().cluster(), arn).into(),
        mapped_arn: arn.into(),
    };
    let mut model = model.clone();
    model.fill(values);
    model
}

/// Whether the cluster does not exist.
fn is_cluster_not_found(error: &ApiError) -> bool {
    error.is_not_found() && error.service != KUBERNETES
}

#[async_trait]
impl<M: Mapped> Resource for AwsAuthResource<M> {
    type Clients = Clients;
    type Model = M;
    type Identity = M::Identity;

    fn validate(&self, config: &M, diagnostics: &mut Diagnostics) {
        config.validate(diagnostics);
    }

    async fn plan(&self, context: &Context<Clients>, plan: &mut Plan<M>) -> Result<(), Diagnostics> {
        let spec = plan.planned.spec();
        // Requests require a known Region and cluster.
        let clients = context.known_of(spec.region.is_known())?;
        let clients = clients.filter(|_| !plan.config.spec().region.is_unknown());
        let cluster = spec.cluster_name.text().map(str::to_owned);
        let region = spec.region.text().map(str::to_owned);
        let access =
            clients.zip(cluster).map(|(clients, cluster)| (self.connect)(clients, region.as_deref(), &cluster));
        let asking = plan::plan(access.as_ref(), clients.map(|clients| clients.aws().region()), plan);
        // An interrupted plan does not wait for an API server that does not respond.
        context.cancellation().run_until_cancelled(asking).await.unwrap_or_else(|| Err(messages::stopped().into()))
    }

    fn plan_destroy(&self, context: &Context<Clients>, prior: &M) -> Result<(), Diagnostics> {
        // If the cluster cannot be reached, the deletion fails, but it can be planned.
        let Ok((access, cluster, arn)) = self.entry(context, prior) else { return Ok(()) };
        let clash = access.ledger.destroy(&mapped::key::<M>(&access.cluster, &arn));
        if clash { Err(messages::renamed::<M>(&cluster, &arn).into()) } else { Ok(()) }
    }

    async fn create(
        &self,
        context: &Context<Clients>,
        change: &Change<M>,
        record: &mut Record<M>,
    ) -> Result<(), Diagnostics> {
        let (access, cluster, arn) = self.entry(context, &change.planned)?;
        let region = access.cluster.region.as_str();
        let claim = access.ledger.claim(mapped::key::<M>(&access.cluster, &arn));
        let claim = claim.ok_or_else(|| messages::twice::<M>(&cluster, &arn))?;
        let spec = change.planned.spec();
        let limits = limits(context, &change.planned, 0);
        let wanted = (M::MAPPING, spec.entry(arn.clone()));
        let done = create::create(&access.editor, &claim, &limits, wanted, spec.adopt).await;
        let done = done.map_err(|error| messages::failed::<M>("create", &cluster, &arn, error))?;
        if matches!(done, Done::Adopted(_)) {
            record.private.set(ADOPTED, &true);
        }
        claim.record_created();
        drop(claim);
        record.save(settled(&change.planned, region, &arn));
        Ok(())
    }

    async fn read(&self, context: &Context<Clients>, record: &mut Record<M>) -> Result<(), Diagnostics> {
        let Some(stored) = record.state().cloned() else { return Ok(()) };
        let (access, cluster, arn) = self.entry(context, &stored)?;
        let key = mapped::key::<M>(&access.cluster, &arn);
        access.ledger.record_read(&key);
        let summary = || format!("Unable to read the mapping of {arn} in cluster {cluster}");
        let reads = context.clients_of(stored.spec().region.is_known())?.facts().of::<PartialReads>();
        let is_import = !stored.spec().groups.is_known();
        let map = match access.editor.read().await {
            Ok(map) => map,
            Err(error) if is_cluster_not_found(&error) => {
                record.gone();
                access.ledger.record_gone(&key);
                return Ok(());
            }
            // After an import, there is no stored state to keep.
            Err(error) if is_out_of_reach(&error) && !is_import => {
                let warning = reads.cluster(&cluster, &error);
                warning.into_iter().for_each(|warning| record.diagnostics.push(warning));
                return Ok(());
            }
            Err(error) => return Err(error.into_diagnostic(summary(), "").into()),
        };
        let listing = match Listing::read(map.text(M::MAPPING), M::MAPPING) {
            Ok(listing) => listing,
            Err(refusal) if is_import => return Err(messages::refused::<M>(&cluster, &refusal).into()),
            Err(refusal) => {
                let cause = format!("{} of cluster {cluster}", M::MAPPING.key());
                let warning = reads.once(cause, || messages::not_read::<M>(&cluster, &refusal));
                warning.into_iter().for_each(|warning| record.diagnostics.push(warning));
                return Ok(());
            }
        };
        let found: Vec<_> = listing.of(&arn).collect();
        let Some(effective) = found.last() else {
            tracing::warn!("aws-auth entry for {arn} in cluster {cluster} not found, removing it from state");
            record.gone();
            access.ledger.record_gone(&key);
            return Ok(());
        };
        if found.len() > 1 {
            let positions: Vec<_> = found.iter().map(|found| found.position).collect();
            record.diagnostics.push(messages::several(&cluster, &arn, &positions));
        }
        record.save(with_found(&stored, &access.cluster.region, &arn, effective));
        Ok(())
    }

    async fn update(
        &self,
        context: &Context<Clients>,
        change: &Change<M>,
        record: &mut Record<M>,
    ) -> Result<(), Diagnostics> {
        let (access, cluster, arn) = self.entry(context, &change.planned)?;
        let spec = change.planned.spec();
        let prior = change.prior.as_ref().map_or(spec, Mapped::spec);
        if (prior.username, prior.groups) != (spec.username, spec.groups) {
            let edit = Edit::Update { before: prior.entry(arn.clone()), after: spec.entry(arn.clone()) };
            let done = access.editor.edit(M::MAPPING, edit, &limits(context, &change.planned, 1)).await;
            done.map_err(|error| messages::failed::<M>("change", &cluster, &arn, error))?;
        }
        record.save(settled(&change.planned, &access.cluster.region, &arn));
        Ok(())
    }

    async fn delete(&self, context: &Context<Clients>, record: &mut Record<M>) -> Result<(), Diagnostics> {
        let Some(stored) = record.state().cloned() else { return Ok(()) };
        let (access, cluster, arn) = self.entry(context, &stored)?;
        let spec = stored.spec();
        let key = mapped::key::<M>(&access.cluster, &arn);
        // After a replacement with create_before_destroy, the entry belongs to the new object.
        if access.ledger.is_owned_by_replacement(&key) || spec.deletion_policy == Some("retain") {
            return Ok(());
        }
        if !spec.skip_lockout_guard {
            let adopted = record.private.get(ADOPTED).unwrap_or(false) && spec.deletion_policy.is_none();
            match guard::check::<M>(access.facts.as_ref(), &cluster, &arn, adopted).await {
                GuardDecision::Delete(warnings) => {
                    warnings.into_iter().for_each(|warning| record.diagnostics.push(warning))
                }
                GuardDecision::Keep(told) => {
                    record.diagnostics.push(told);
                    return Ok(());
                }
                GuardDecision::Refuse(refused) => return Err(refused.into()),
            }
            if let Some(warning) = last_master::<M>(&access, &cluster, &arn).await {
                record.diagnostics.push(warning);
            }
        }
        let done = access.editor.edit(M::MAPPING, Edit::Remove(arn.clone()), &limits(context, &stored, 2)).await;
        match done {
            Err(EditError::Api(error)) if is_cluster_not_found(&error) => {}
            Err(EditError::Api(error)) if is_cluster_deleting(&error) => {
                record.diagnostics.push(left_to_the_cluster(&format!("The mapping of {arn}"), &cluster));
            }
            done => {
                done.map_err(|error| messages::failed::<M>(messages::DELETE, &cluster, &arn, error))?;
            }
        }
        access.ledger.record_deleted(&key);
        Ok(())
    }

    async fn import(&self, _context: &Context<Clients>, target: ImportTarget<M::Identity>) -> Result<M, Diagnostics> {
        match target {
            ImportTarget::Identity(identity) => Ok(M::of_identity(identity)),
            ImportTarget::Id(given) => match given.split_once('/') {
                Some((cluster, arn)) if !cluster.is_empty() && M::written_arn(arn).is_ok() => {
                    Ok(M::of_arn(cluster, arn))
                }
                _ => {
                    let example = id("prod", &format!("arn:aws:iam::111122223333:{}/name", M::NOUN));
                    let detail = format!(
                        "Expected an import ID in the format cluster_name/{}, such as {example}, got: {given:?}.",
                        M::ARN
                    );
                    Err(Diagnostic::error("Invalid import ID", detail).into())
                }
            },
        }
    }

    fn identity(&self, _context: &Context<Clients>, model: &M) -> Option<M::Identity> {
        let spec = model.spec();
        let known = spec.cluster_name.is_known() && spec.arn.is_known() && spec.region.is_known();
        known.then(|| model.identified())
    }

    fn tidy_generated_config(&self, config: &mut M) {
        config.tidy();
    }
}

/// Returns a warning if this is the last entry with administrator access in a cluster that only uses `aws-auth`.
async fn last_master<M: Mapped>(access: &Access, cluster: &str, arn: &str) -> Option<Diagnostic> {
    let mode = access.facts.authentication_mode(cluster).await.ok()?;
    if mode != "CONFIG_MAP" {
        return None;
    }
    let map = access.editor.read().await.ok()?;
    let listing = Listing::read(map.text(M::MAPPING), M::MAPPING).ok()?;
    let master = |found: &&Found| found.groups.iter().any(|group| group == MASTERS);
    let mut masters = listing.entries().iter().filter(master);
    let only = masters.next()?;
    let own = only.arn.as_deref().is_some_and(|only| only.eq_ignore_ascii_case(arn));
    (own && masters.next().is_none()).then(|| {
        Diagnostic::warning(
            "Last entry with system:masters was deleted",
            format!(
                "{} of aws-auth in cluster {cluster} no longer grants administrator access to any principal. The \
                 creator of the cluster still has administrator access.",
                M::MAPPING.key()
            ),
        )
    })
}
