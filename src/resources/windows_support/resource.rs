//! The operations of `ekscompute_windows_support`.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use clients::check_runner::fatal_call_diagnostic;
use clients::context::Clients;
use clients::errors::{ApiError, ErrorKind, KUBERNETES};
use clients::kube::FIELD_MANAGER_CONFLICT;
use clients::names::is_name;
use clients::partial_read::{PartialReads, is_cluster_deleting, is_out_of_reach, left_to_the_cluster, not_deleted};
use clients::retry::Retry;
use clients::run_ledger::{ObjectKey, RunLedger};
use clients::wait::Limits;
use framework::context::Context;
use framework::diagnostics::{Diagnostic, Diagnostics, Severity};
use framework::difference::changed;
use framework::model::Attr;
use framework::path::Path;
use framework::resource::{Change, ImportTarget, Plan, Record, Resource};

use super::client::{KEY, Key, Removal, WindowsSupportClient};
use super::create;
use super::model::{WindowsSupport, WindowsSupportIdentity};

/// Default timeout of each operation.
const TIMEOUT: Duration = Duration::from_secs(5 * 60);

/// Creates a client for a Region.
pub type Connect = fn(&Clients, Option<&str>) -> Arc<dyn WindowsSupportClient>;

/// `ekscompute_windows_support`.
pub struct WindowsSupportResource {
    connect: Connect,
}

impl WindowsSupportResource {
    /// Creates the resource. `connect` creates its client.
    #[must_use]
    pub fn new(connect: Connect) -> Self {
        Self { connect }
    }

    fn client(
        &self,
        context: &Context<Clients>,
        model: &WindowsSupport,
    ) -> Result<Arc<dyn WindowsSupportClient>, Diagnostics> {
        Ok((self.connect)(context.clients_of(model.region.is_known())?, model.region.text()))
    }
}

fn cluster(model: &WindowsSupport) -> &str {
    model.cluster_name.text().unwrap_or_default()
}

/// Returns the key in the run ledger, or `None` while the cluster is unknown.
fn key(model: &WindowsSupport, region: &str) -> Option<ObjectKey> {
    Some(ObjectKey::new("Windows support", model.region.text().unwrap_or(region), model.cluster_name.text()?, KEY))
}

/// Two resources of one run have the same cluster.
fn twice(cluster: &str) -> Diagnostic {
    Diagnostic::error(
        format!("Windows support for cluster {cluster} is configured twice"),
        "Another ekscompute_windows_support resource in this configuration manages the same cluster. Remove one of them. If \
         a resource was renamed, add a moved block.",
    )
    .at(Path::attribute("cluster_name"))
}

#[async_trait]
impl Resource for WindowsSupportResource {
    type Clients = Clients;
    type Model = WindowsSupport;
    type Identity = WindowsSupportIdentity;

    async fn plan(&self, context: &Context<Clients>, plan: &mut Plan<WindowsSupport>) -> Result<(), Diagnostics> {
        // Requests require a known Region.
        let clients = context.known_of(plan.planned.region.is_known())?;
        let clients = clients.filter(|_| !plan.config.region.is_unknown());
        let region = clients.map(|clients| clients.aws().region());
        settle(plan, region);
        if let Some(clients) = clients
            && let Some((key, _)) = clients.ledger().record_plan(plan, |model| key(model, clients.aws().region()))
        {
            return Err(twice(&key.cluster.cluster).into());
        }
        let Some(clients) = clients else { return Ok(()) };
        let client = (self.connect)(clients, plan.planned.region.text());
        let key = key(&plan.planned, clients.aws().region());
        key.iter().for_each(|key| clients.ledger().record_replacement(plan, key));
        check(client.as_ref(), clients.ledger(), key.as_ref(), plan).await
    }

    async fn create(
        &self,
        context: &Context<Clients>,
        change: &Change<WindowsSupport>,
        record: &mut Record<WindowsSupport>,
    ) -> Result<(), Diagnostics> {
        let client = self.client(context, &change.planned)?;
        let region = context.clients()?.aws().region();
        let limits = Limits::of(context, &change.planned.timeouts, |timeouts| &timeouts.create, TIMEOUT);
        let claim = key(&change.planned, region).and_then(|key| context.clients().ok()?.ledger().claim(key));
        let claim = claim.ok_or_else(|| twice(cluster(&change.planned)))?;
        let force = change.planned.force_conflicts == Attr::Known(true);
        let completed = create::create(client.as_ref(), &claim, &limits, cluster(&change.planned), force).await?;
        record.save(enabled(&change.planned, region));
        claim.record_created();
        completed
    }

    async fn read(&self, context: &Context<Clients>, record: &mut Record<WindowsSupport>) -> Result<(), Diagnostics> {
        let Some(stored) = record.state().cloned() else { return Ok(()) };
        let client = self.client(context, &stored)?;
        let clients = context.clients_of(stored.region.is_known())?;
        let region = clients.aws().region();
        let key = key(&stored, region);
        key.iter().for_each(|key| clients.ledger().record_read(key));
        read(client.as_ref(), stored, region, &clients.facts().of::<PartialReads>(), record).await?;
        if record.state().is_none() {
            key.iter().for_each(|key| clients.ledger().record_gone(key));
        }
        Ok(())
    }

    async fn update(
        &self,
        context: &Context<Clients>,
        change: &Change<WindowsSupport>,
        record: &mut Record<WindowsSupport>,
    ) -> Result<(), Diagnostics> {
        let client = self.client(context, &change.planned)?;
        let region = context.clients()?.aws().region();
        let limits = Limits::of(context, &change.planned.timeouts, |timeouts| &timeouts.update, TIMEOUT);
        update(client.as_ref(), &limits, change).await?;
        record.save(enabled(&change.planned, region));
        Ok(())
    }

    async fn delete(&self, context: &Context<Clients>, record: &mut Record<WindowsSupport>) -> Result<(), Diagnostics> {
        let Some(stored) = record.state().cloned() else { return Ok(()) };
        let client = self.client(context, &stored)?;
        let clients = context.clients_of(stored.region.is_known())?;
        let key = key(&stored, clients.aws().region());
        // With create_before_destroy, the replacement has set the key again.
        if key.as_ref().is_some_and(|key| clients.ledger().is_owned_by_replacement(key)) {
            return Ok(());
        }
        let limits = Limits::of(context, &stored.timeouts, |timeouts| &timeouts.delete, TIMEOUT);
        delete(client.as_ref(), &limits, cluster(&stored), &mut record.diagnostics).await?;
        key.iter().for_each(|key| clients.ledger().record_deleted(key));
        Ok(())
    }

    async fn import(
        &self,
        _context: &Context<Clients>,
        target: ImportTarget<WindowsSupportIdentity>,
    ) -> Result<WindowsSupport, Diagnostics> {
        match target {
            ImportTarget::Identity(identity) => Ok(WindowsSupport {
                cluster_name: identity.cluster_name,
                region: identity.region,
                ..WindowsSupport::default()
            }),
            ImportTarget::Id(id) if is_name(&id) => {
                Ok(WindowsSupport { cluster_name: id.into(), ..WindowsSupport::default() })
            }
            ImportTarget::Id(id) => Err(Diagnostic::error(
                "Invalid import ID",
                format!("Expected the name of the cluster as the import ID, such as prod, got: {id:?}."),
            )
            .into()),
        }
    }

    fn identity(&self, _context: &Context<Clients>, model: &WindowsSupport) -> Option<WindowsSupportIdentity> {
        model.cluster_name.text()?;
        Some(WindowsSupportIdentity { cluster_name: model.cluster_name.clone(), region: model.region.clone() })
    }

    /// Removes arguments that equal their default.
    fn tidy_generated_config(&self, config: &mut WindowsSupport) {
        if config.force_conflicts == Attr::Known(false) {
            config.force_conflicts = Attr::Null;
        }
    }
}

/// Sets the key if the plan shows that it was not `true`. A change of only `force_conflicts` sends no request: the next
/// plan shows changes of the key that another client made since this plan.
pub(super) async fn update(
    client: &dyn WindowsSupportClient,
    limits: &Limits,
    change: &Change<WindowsSupport>,
) -> Result<(), Diagnostics> {
    let planned = &change.planned;
    let sets_key = change.prior.as_ref().is_none_or(|prior| changed(&prior.enabled, &planned.enabled).is_some());
    if sets_key { enable(client, limits, planned).await } else { Ok(()) }
}

/// Plans everything that is known before the apply.
pub(super) fn settle(plan: &mut Plan<WindowsSupport>, region: Option<&str>) {
    plan.planned.enabled = Attr::Known(true);
    if plan.is_create() || plan.is_replace() {
        plan.planned.id = plan.planned.cluster_name.clone();
        if let (true, Some(region)) = (plan.config.region.is_null() && plan.is_create(), region) {
            plan.planned.region = region.into();
        }
    }
}

/// Reports errors that would make the apply fail, if the cluster already exists.
pub(super) async fn check(
    client: &dyn WindowsSupportClient,
    ledger: &RunLedger,
    key: Option<&ObjectKey>,
    plan: &mut Plan<WindowsSupport>,
) -> Result<(), Diagnostics> {
    let new = plan.is_create() || plan.is_replace();
    let changes = new || plan.prior.as_ref().is_some_and(|prior| prior.enabled != Attr::Known(true));
    let Some(name) = plan.planned.cluster_name.text().map(str::to_owned).filter(|_| changes) else { return Ok(()) };
    let at = Path::attribute("cluster_name");
    if new {
        match client.ip_family(&name).await {
            Ok(family) if family == "ipv6" => {
                let detail = format!(
                    "Cluster {name} assigns IPv6 addresses to pods, which Windows nodes do not support. Use an IPv4 \
                     cluster."
                );
                return Err(Diagnostic::error("Windows nodes do not support IPv6", detail).at(at).into());
            }
            Ok(_) => {}
            Err(error) => {
                if let Some(error) = fatal_call_diagnostic(&error) {
                    return Err(error.into());
                }
                // The same apply can create the cluster.
                tracing::debug!(%error, "unable to query the cluster during plan");
                return Ok(());
            }
        }
        if client.may_run_linux(&name).await.is_ok_and(|may| !may) {
            plan.diagnostics.warning_at(
                at,
                "No Linux nodes",
                format!(
                    "Cluster {name} has neither a Linux node group nor a Fargate profile. CoreDNS requires one of them, so \
                     that Windows pods can resolve names. Self-managed nodes, and nodes that the same apply creates, are \
                     not detected."
                ),
            );
        }
    }
    let force = plan.planned.force_conflicts == Attr::Known(true);
    if new
        && let Some(key) = key
        && let Ok(Some(found)) = client.read(&name).await
        && is_taken(&found, ledger, key, force)
    {
        let severity = if ledger.state_was_read() { Severity::Error } else { Severity::Warning };
        plan.diagnostics.push(Diagnostic { severity, ..create::exists(&name, Some(&found)) });
        return Ok(());
    }
    match client.enable(&name, force, true).await {
        Err(error) if error.code.as_deref() == Some(FIELD_MANAGER_CONFLICT) => {
            let conflict = create::failed(error, &name);
            if new {
                return Err(conflict.into());
            }
            // A field manager conflict for a key in state must not prevent its destruction. The write returns the
            // error.
            plan.diagnostics.push(Diagnostic { severity: Severity::Warning, ..conflict });
            Ok(())
        }
        Err(error) => {
            if let Some(error) = fatal_call_diagnostic(&error) {
                return Err(error.into());
            }
            tracing::debug!(%error, "unable to preview Windows support during plan");
            // If the cluster does not exist or is not ready, the same apply can create it.
            if error.service == KUBERNETES && !error.is_not_found() {
                let told = error.into_diagnostic(format!("Unable to query cluster {name} during plan"), "");
                let at = Path::attribute("cluster_name");
                plan.diagnostics.push(Diagnostic { severity: Severity::Warning, ..told.at(at) });
            }
            Ok(())
        }
        Ok(()) => Ok(()),
    }
}

/// Whether Windows support is enabled, unless this run replaces the key or an interrupted apply of this configuration
/// created it.
fn is_taken(found: &Key, ledger: &RunLedger, key: &ObjectKey, force: bool) -> bool {
    let may_take = force && !found.is_ours;
    let begun = ledger.creations().unfinished(key);
    let is_begun = begun.is_some_and(|begun| create::is_interrupted_create(found, &begun));
    found.is_on() && !may_take && !is_begun && !ledger.is_known(key)
}

pub(super) async fn enable(
    client: &dyn WindowsSupportClient,
    limits: &Limits,
    planned: &WindowsSupport,
) -> Result<(), Diagnostics> {
    let (name, force) = (cluster(planned), planned.force_conflicts == Attr::Known(true));
    let doing = format!("enabling Windows support for cluster {name}");
    // Only concurrent changes of the object are retried. A field manager conflict is permanent.
    let raced =
        |error: &ApiError| error.kind == ErrorKind::Conflict && error.code.as_deref() != Some(FIELD_MANAGER_CONFLICT);
    let done = Retry::new().also(raced).run(&doing, limits, || client.enable(name, force, false)).await;
    done.map_err(|error| create::failed(error, name).into())
}

/// Returns the state after the key was set.
fn enabled(planned: &WindowsSupport, region: &str) -> WindowsSupport {
    let region = planned.region.text().unwrap_or(region).into();
    WindowsSupport { enabled: Attr::Known(true), id: planned.cluster_name.clone(), region, ..planned.clone() }
}

pub(super) async fn read(
    client: &dyn WindowsSupportClient,
    stored: WindowsSupport,
    region: &str,
    reads: &PartialReads,
    record: &mut Record<WindowsSupport>,
) -> Result<(), Diagnostics> {
    let name = cluster(&stored);
    match client.read(name).await {
        Ok(Some(key)) => {
            let force_conflicts = stored.force_conflicts.known().copied().unwrap_or_default();
            record.save(WindowsSupport {
                enabled: Attr::Known(key.is_on()),
                force_conflicts: Attr::Known(force_conflicts),
                ..enabled(&stored, region)
            });
        }
        Ok(None) => {
            tracing::warn!("key {KEY} of cluster {name} not found, removing it from state");
            record.gone();
        }
        Err(error) if error.is_not_found() => {
            tracing::warn!("cluster {name} not found, removing its Windows support from state");
            record.gone();
        }
        // After an import, there is no stored state to keep.
        Err(error) if is_out_of_reach(&error) && stored.enabled.is_known() => {
            reads.cluster(name, &error).into_iter().for_each(|warning| record.diagnostics.push(warning));
        }
        Err(error) => {
            return Err(error.into_diagnostic(format!("Unable to read Windows support for cluster {name}"), "").into());
        }
    }
    Ok(())
}

pub(super) async fn delete(
    client: &dyn WindowsSupportClient,
    limits: &Limits,
    name: &str,
    diagnostics: &mut Diagnostics,
) -> Result<(), Diagnostics> {
    let doing = format!("disabling Windows support for cluster {name}");
    // Only concurrent changes of the object are retried.
    let again = Retry::new().also(|error| error.kind == ErrorKind::Conflict);
    let again = again.pauses(Duration::from_millis(100), Duration::from_secs(2));
    match again.run(&doing, limits, || client.disable(name)).await {
        Ok(Removal::Done) => Ok(()),
        Ok(Removal::KeptFor(managers)) => {
            diagnostics.warning(
                format!("Windows support for cluster {name} remains enabled"),
                format!(
                    "The provider did not remove {KEY}, because other field managers also declare it: {}.",
                    managers.join(", ")
                ),
            );
            Ok(())
        }
        Err(error) if error.is_not_found() => Ok(()),
        Err(error) if is_cluster_deleting(&error) => {
            diagnostics.push(left_to_the_cluster("Windows support", name));
            Ok(())
        }
        Err(error) => Err(not_deleted(format!("Unable to disable Windows support for cluster {name}"), error).into()),
    }
}
