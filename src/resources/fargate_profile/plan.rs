//! The plan of a Fargate profile beyond its schema: the reasons for a replacement, name conflicts, and quotas.

use clients::check_runner::unreachable;
use clients::errors::{ApiError, ErrorKind};
use clients::run_ledger::{ObjectKey, RunLedger};
use framework::diagnostics::{Diagnostic, Diagnostics, Severity};
use framework::model::{Attr, Model};
use framework::path::{Path, Step};
use framework::resource::Plan;

use super::client::{FargateProfileClient, FargateProfileStatus};
use super::model::FargateProfile;
use super::quota::{self, Wanted};
use super::validators::MOST_TAGS;
use super::{api, create};

/// The kind of object in the run ledger.
const KIND: &str = "Fargate profile";

/// The context of a plan with a configured provider and a known Region.
pub(super) struct PlanContext<'g> {
    pub(super) client: &'g dyn FargateProfileClient,
    pub(super) ledger: &'g RunLedger,
    /// The provider Region.
    pub(super) region: &'g str,
    /// Whether every finding is an error.
    pub(super) is_strict: bool,
}

/// Refines the plan. Without a context, checks that require AWS are deferred to a later plan.
pub(super) async fn plan(ground: Option<&PlanContext<'_>>, plan: &mut Plan<FargateProfile>) -> Result<(), Diagnostics> {
    match plan.prior.clone() {
        None => certain(ground.map(|ground| ground.region), plan),
        Some(prior) => replace_failed(&prior, plan),
    }
    count_tags(plan);
    if let Some(ground) = ground {
        ground.note(plan);
        if plan.is_create() || plan.is_replace() {
            ground.selectors(plan).await;
        }
        if plan.is_create() {
            ground.room(plan).await.map_err(unreachable)?;
        }
    }
    explain_replacement(plan);
    Ok(())
}

/// Plans the values that are known before the profile exists.
fn certain(region: Option<&str>, plan: &mut Plan<FargateProfile>) {
    let planned = &mut plan.planned;
    if let (Some(cluster), Some(name)) = (planned.cluster_name.text(), planned.fargate_profile_name.text()) {
        planned.id = api::id(cluster, name).into();
    }
    if let (true, Some(region)) = (plan.config.region.is_null(), region) {
        planned.region = region.into();
    }
}

/// Checks the tag limit of EKS, which includes the `default_tags` of the provider.
fn count_tags(plan: &mut Plan<FargateProfile>) {
    let count = plan.planned.tags_all.known().map_or(0, |tags| tags.len());
    if count > MOST_TAGS {
        plan.diagnostics.error_at(
            Path::attribute("tags"),
            "Too many tags",
            format!(
                "With the default_tags of the provider configuration, the Fargate profile would have {count} tags. EKS \
                 allows up to {MOST_TAGS} tags. Remove some of them."
            ),
        );
    }
}

/// Replaces a profile that has failed or is being deleted, because it cannot be updated.
fn replace_failed(prior: &FargateProfile, plan: &mut Plan<FargateProfile>) {
    match FargateProfileStatus::from(prior.status.text().unwrap_or_default()) {
        FargateProfileStatus::Deleting | FargateProfileStatus::CreateFailed | FargateProfileStatus::DeleteFailed => {
            plan.planned.status = Attr::Unknown;
            plan.replace(Path::attribute("status"));
        }
        FargateProfileStatus::Creating | FargateProfileStatus::Active | FargateProfileStatus::Unknown(_) => {}
    }
}

impl PlanContext<'_> {
    /// Records the planned operation, and reports a name conflict with another resource.
    fn note(&self, plan: &mut Plan<FargateProfile>) {
        if let Some((key, _)) = self.ledger.record_plan(plan, |model| key(model, self.region)) {
            let twice = create::twice(&api::id(&key.cluster.cluster, &key.name));
            plan.diagnostics.push(twice.at(Path::attribute("fargate_profile_name")));
        }
    }

    async fn selectors(&self, plan: &mut Plan<FargateProfile>) {
        let Some(selectors) = plan.config.selector.0.known() else { return };
        let path = Path::attribute("selector");
        let wanted = Wanted {
            count: selectors.len(),
            certain: selectors.len(),
            path: path.clone(),
            found: format!("The Fargate profile has {} selectors", selectors.len()),
            instead: "Distribute the selectors across several profiles",
        };
        quota::SELECTORS.check(self.client, wanted, self.is_strict, &mut plan.diagnostics).await;
        for selector in selectors {
            let count = selector.labels.known().map_or(0, |labels| labels.len());
            let namespace = selector.namespace.text().unwrap_or("(known after apply)");
            let wanted = Wanted {
                count,
                certain: count,
                path: path.clone(),
                found: format!("The selector for namespace {namespace} has {count} labels"),
                instead: "Use fewer labels per selector",
            };
            quota::LABELS.check(self.client, wanted, self.is_strict, &mut plan.diagnostics).await;
        }
    }

    /// Checks whether the quota allows another profile, and whether its name is free.
    ///
    /// # Errors
    /// Returns an error if EKS cannot be reached, because all later requests would fail as well.
    async fn room(&self, plan: &mut Plan<FargateProfile>) -> Result<(), ApiError> {
        let planned = &plan.planned;
        let (Some(cluster), Some(name)) = (planned.cluster_name.text(), planned.fargate_profile_name.text()) else {
            return Ok(());
        };
        let Some(key) = key(planned, self.region) else { return Ok(()) };
        let existing = match self.client.known(cluster).await {
            Ok(existing) => existing,
            // The same apply can create the cluster.
            Err(error) if error.is_not_found() => vec![],
            Err(error) if error.is_unreachable() => return Err(error),
            Err(error) => {
                self.unreadable(&error, &mut plan.diagnostics);
                return Ok(());
            }
        };
        if existing.iter().any(|other| other == name) && !self.ledger.is_known(&key) && !self.gives_way(&key).await {
            let taken = create::exists(&api::id(cluster, name), None).at(Path::attribute("fargate_profile_name"));
            let severity = if self.is_planning(plan) { Severity::Error } else { Severity::Warning };
            plan.diagnostics.push(Diagnostic { severity, ..taken });
        }
        let count = self.ledger.count(KIND, &key.cluster, &existing);
        let wanted = Wanted {
            count,
            certain: if self.is_planning(plan) { count } else { self.ledger.count_planned(KIND, &key.cluster) },
            path: Path::attribute("cluster_name"),
            found: format!(
                "Cluster {cluster} would have {count} Fargate profiles with the profiles planned so far (currently {})",
                existing.len()
            ),
            instead: "Combine selectors into fewer profiles, delete unused profiles in a separate apply",
        };
        quota::PROFILES.check(self.client, wanted, self.is_strict, &mut plan.diagnostics).await;
        Ok(())
    }

    /// Whether this is certainly a plan and not an apply: only a plan reads states and has unknown values.
    fn is_planning(&self, plan: &Plan<FargateProfile>) -> bool {
        self.ledger.state_was_read() || !plan.config.to_value().is_wholly_known()
    }

    /// Whether the existing profile is being deleted, or belongs to an interrupted apply of this configuration. If this
    /// cannot be determined, the apply checks it.
    async fn gives_way(&self, key: &ObjectKey) -> bool {
        if self.ledger.creations().unfinished(key).is_some() {
            return true;
        }
        self.client
            .describe(&key.cluster.cluster, &key.name)
            .await
            .is_ok_and(|live| live.status == FargateProfileStatus::Deleting)
    }

    fn unreadable(&self, error: &ApiError, diagnostics: &mut Diagnostics) {
        // The preflight checks or the apply report invalid credentials.
        if error.kind != ErrorKind::Denied || error.is_credentials_error() {
            tracing::warn!(%error, "skipping the Fargate profile quota check: request failed");
        } else if self.ledger.is_first_report(KIND) {
            diagnostics.warning_at(
                Path::attribute("cluster_name"),
                "Unable to list the Fargate profiles of the cluster",
                format!(
                    "{error}\n\nName conflicts and an exceeded quota are reported only when the profiles are created. \
                     Grant eks:ListFargateProfiles to check them at plan time."
                ),
            );
        }
    }
}

/// Returns the key of the profile, or `None` while its identity is unknown. The Region defaults to the provider Region.
pub(super) fn key(model: &FargateProfile, region: &str) -> Option<ObjectKey> {
    let region = model.region.text().unwrap_or(region);
    Some(ObjectKey::new(KIND, region, model.cluster_name.text()?, model.fargate_profile_name.text()?))
}

/// Explains which arguments force a replacement.
fn explain_replacement(plan: &mut Plan<FargateProfile>) {
    if !plan.is_replace() {
        return;
    }
    for path in plan.replaced_by().to_vec() {
        let Some(Step::Attribute(name)) = path.steps().first() else { continue };
        if name == "status" {
            let status = plan.prior.as_ref().and_then(|prior| prior.status.text()).unwrap_or_default();
            let detail = format!(
                "The Fargate profile has status {status} and cannot become ACTIVE again. The apply waits until it is \
                 deleted and then recreates it."
            );
            plan.diagnostics.warning_at(path.clone(), "Fargate profile has failed or is being deleted", detail);
            continue;
        }
        let clash = if name == "fargate_profile_name" || name == "cluster_name" {
            ""
        } else {
            " With create_before_destroy, the replacement needs a different fargate_profile_name."
        };
        let detail = format!(
            "EKS can change only the tags of a Fargate profile in place. The profile is deleted together with its \
             running pods. New pods stay Pending until the replacement is ACTIVE.{clash}"
        );
        plan.diagnostics.warning_at(path.clone(), format!("Changing {name} replaces the Fargate profile"), detail);
    }
}
