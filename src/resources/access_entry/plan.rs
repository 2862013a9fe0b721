//! The plan of an access entry beyond its schema: whether the cluster supports access entries, name conflicts, missing
//! policies, and lockout protection.

use clients::check_runner::fatal_call_diagnostic;
use clients::errors::ErrorKind;
use clients::run_ledger::{ObjectKey, RunLedger};
use framework::diagnostics::{Diagnostic, Diagnostics, Severity};
use framework::model::{Attr, Set};
use framework::path::Path;
use framework::resource::Plan;

use super::client::Access;
use super::model::AccessEntry;
use super::validators::STANDARD;
use super::{api, guard, messages, policies};

/// The kind of object in the run ledger.
const KIND: &str = "access entry";

/// The context of a plan with a configured provider and a known Region.
pub(super) struct PlanContext<'g> {
    pub(super) access: &'g Access,
    pub(super) ledger: &'g RunLedger,
    /// The provider Region.
    pub(super) region: &'g str,
}

/// Refines the plan. Without a context, checks that require AWS are deferred to a later plan.
pub(super) async fn plan(ground: Option<&PlanContext<'_>>, plan: &mut Plan<AccessEntry>) -> Result<(), Diagnostics> {
    settle(ground.map(|ground| ground.region), plan);
    let Some(ground) = ground else { return Ok(()) };
    ground.note(plan);
    let (Some(cluster), Some(principal)) = (plan.planned.cluster_name.text(), plan.planned.principal_arn.text()) else {
        policies::check(ground.access.client.as_ref(), &plan.planned, &mut plan.diagnostics).await;
        return Ok(());
    };
    let (cluster, principal) = (cluster.to_owned(), principal.to_owned());
    if !is_touched(plan) || !ground.has_entries(&cluster).await? {
        return Ok(());
    }
    policies::check(ground.access.client.as_ref(), &plan.planned, &mut plan.diagnostics).await;
    match plan.prior.clone() {
        None => ground.is_free(plan, &cluster, &principal).await,
        Some(prior) if plan.is_replace() => ground.replaces(plan, &prior).await,
        Some(prior) => ground.changes(plan, &prior).await,
    }
    Ok(())
}

/// Plans the values that do not require requests. An entry of type `STANDARD` has exactly the configured groups.
fn settle(region: Option<&str>, plan: &mut Plan<AccessEntry>) {
    let is_standard = plan.planned.kind.text() == Some(STANDARD);
    if is_standard && plan.config.kubernetes_groups.is_null() {
        plan.planned.kubernetes_groups = Set::of([]);
    }
    if !is_standard && plan.config.kubernetes_groups == Set::of([]) {
        // Node entries cannot have custom groups, so an empty set keeps the groups that EKS set.
        if let Some(prior) = &plan.prior {
            plan.planned.kubernetes_groups = prior.kubernetes_groups.clone();
        }
    }
    if plan.prior.is_some() {
        return;
    }
    let planned = &mut plan.planned;
    if let (Some(cluster), Some(principal)) = (planned.cluster_name.text(), planned.principal_arn.text()) {
        planned.id = api::id(cluster, principal).into();
    }
    if let (true, Some(region)) = (plan.config.region.is_null(), region) {
        planned.region = region.into();
    }
}

/// Whether the plan changes the entry or its policies.
fn is_touched(plan: &Plan<AccessEntry>) -> bool {
    let Some(prior) = &plan.prior else { return true };
    let planned = &plan.planned;
    plan.is_replace()
        || prior.kubernetes_groups != planned.kubernetes_groups
        || prior.user_name != planned.user_name
        || prior.policy_association != planned.policy_association
}

impl PlanContext<'_> {
    /// Records the planned operation, and reports another resource that manages the entry.
    fn note(&self, plan: &mut Plan<AccessEntry>) {
        if let Some((key, _)) = self.ledger.record_plan(plan, |model| key(model, self.region)) {
            plan.diagnostics.push(messages::twice(&key.cluster.cluster, &key.name));
        }
    }

    /// Checks whether the cluster supports access entries, if it can be read.
    async fn has_entries(&self, cluster: &str) -> Result<bool, Diagnostics> {
        match self.access.facts.authentication_mode(cluster).await {
            Ok(mode) if mode == "CONFIG_MAP" => Err(messages::no_entries(cluster).into()),
            Ok(_) => Ok(true),
            // If the cluster does not exist or cannot be read, the apply checks this.
            Err(error) => {
                if let Some(error) = fatal_call_diagnostic(&error) {
                    return Err(error.into());
                }
                tracing::debug!(%error, "unable to read the authentication mode of cluster {cluster}");
                Ok(false)
            }
        }
    }

    /// Checks whether the entry can be created.
    async fn is_free(&self, plan: &mut Plan<AccessEntry>, cluster: &str, principal: &str) {
        let existing = match self.access.facts.access_entries(cluster).await {
            Ok(existing) => existing,
            Err(error) if error.kind == ErrorKind::Denied && self.ledger.is_first_report(KIND) => {
                let detail = format!(
                    "{error}\n\nAn existing access entry for a principal is reported only when an entry is created. \
                     Grant eks:ListAccessEntries to check this at plan time."
                );
                let at = Path::attribute("cluster_name");
                plan.diagnostics.warning_at(at, "Unable to list the access entries of the cluster", detail);
                return;
            }
            Err(error) => {
                tracing::warn!(%error, "skipping access entries of cluster {cluster}: request failed");
                return;
            }
        };
        if !existing.iter().any(|other| other == principal) {
            self.warn_caller(plan, cluster, principal).await;
            return;
        }
        if key(&plan.planned, self.region).is_some_and(|key| self.ledger.is_known(&key)) {
            return;
        }
        let found = match self.taken(&plan.planned, cluster, principal).await {
            Some(error) => Some(error),
            None if plan.planned.adopt == Attr::Known(true) => {
                policies::warn_of_adoption(self.access.client.as_ref(), &plan.planned).await
            }
            None => None,
        };
        found.into_iter().for_each(|found| plan.diagnostics.push(found));
    }

    /// Returns the reason why an existing entry cannot be adopted.
    async fn taken(&self, planned: &AccessEntry, cluster: &str, principal: &str) -> Option<Diagnostic> {
        let live = self.access.client.describe(cluster, principal).await.ok()?;
        match planned.adopt {
            Attr::Known(true) => {
                let kind = planned.kind.text().filter(|kind| *kind != live.kind)?;
                return Some(messages::other_type(&live, kind));
            }
            Attr::Unknown => return None,
            _ => {}
        }
        // The creation that an interrupted apply of this configuration started is continued.
        if key(planned, self.region).is_some_and(|key| self.ledger.creations().unfinished(&key).is_some()) {
            return None;
        }
        // If Terraform core plans again during apply, an error would be too late.
        let severity = if self.ledger.state_was_read() { Severity::Error } else { Severity::Warning };
        Some(Diagnostic { severity, ..messages::exists(cluster, principal, None) })
    }

    /// Warns if the caller has access through `aws-auth` and the entry grants fewer permissions: it takes effect
    /// immediately.
    async fn warn_caller(&self, plan: &mut Plan<AccessEntry>, cluster: &str, principal: &str) {
        let planned = &plan.planned;
        let has_rights =
            planned.kubernetes_groups.is_unknown() || !api::elements(&planned.kubernetes_groups).is_empty();
        if has_rights || planned.skip_lockout_guard == Attr::Known(true) {
            return;
        }
        if guard::is_caller(self.access, principal).await.unwrap_or(false) {
            plan.diagnostics.push(messages::caller_may_lose_permissions(
                cluster,
                principal,
                api::has_associations(planned),
            ));
        }
    }

    async fn changes(&self, plan: &mut Plan<AccessEntry>, prior: &AccessEntry) {
        if let Some(key) = key(prior, self.region) {
            policies::announce(self.access.client.as_ref(), (self.ledger, &key), plan, prior).await;
        }
        if plan.planned.skip_lockout_guard == Attr::Known(true) {
            return;
        }
        let owned = policies::are_owned(Some(prior), &plan.planned, &plan.private);
        if let Ok(Some(error)) = guard::reduction(self.access, prior, &plan.planned, owned).await {
            plan.diagnostics.push(error);
        }
    }

    /// Checks the deletion that is part of a replacement. Otherwise, it would fail during the apply.
    async fn replaces(&self, plan: &mut Plan<AccessEntry>, prior: &AccessEntry) {
        if prior.skip_lockout_guard == Attr::Known(true) {
            return;
        }
        let (cluster, principal) = api::names(prior);
        if let guard::GuardDecision::Refuse(error) = guard::deletion(self.access, cluster, principal, false).await {
            let path = plan.replaced_by().first().cloned();
            plan.diagnostics.push(Diagnostic { path, ..error });
        }
    }
}

/// Returns the key of the entry, or `None` while its identity is unknown. The Region defaults to the provider Region.
pub(super) fn key(model: &AccessEntry, region: &str) -> Option<ObjectKey> {
    let region = model.region.text().unwrap_or(region);
    Some(ObjectKey::new(KIND, region, model.cluster_name.text()?, model.principal_arn.text()?))
}
