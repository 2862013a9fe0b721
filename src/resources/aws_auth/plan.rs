//! Plans an entry: its values, and what prevents it from being written or from taking effect.

use clients::check_runner::fatal_call_diagnostic;
use clients::errors::KUBERNETES;
use clients::run_ledger::{ClusterKey, NameConflict};
use framework::diagnostics::{Diagnostic, Diagnostics, Severity};
use framework::model::{Attr, Set};
use framework::path::Path;
use framework::resource::Plan;
use render::aws_auth::Listing;

use super::client::Access;
use super::mapped::{Mapped, Values, id, is_of, key};
use super::messages;

/// Refines a plan. Without access, or if the cluster does not exist, only values from the configuration are planned.
pub(super) async fn plan<M: Mapped>(
    access: Option<&Access>,
    region: Option<&str>,
    plan: &mut Plan<M>,
) -> Result<(), Diagnostics> {
    decide(region, plan)?;
    note(access, plan)?;
    let spec = plan.planned.spec();
    let touched = plan.prior.as_ref().is_none_or(|prior| {
        let prior = prior.spec();
        prior.username != spec.username || prior.groups != spec.groups
    });
    let (Some(access), Some(cluster), Some(arn)) = (access, spec.cluster_name.text(), spec.arn.text()) else {
        return Ok(());
    };
    if !touched {
        return Ok(());
    }
    let (cluster, arn) = (cluster.to_owned(), M::written_arn(arn).map_err(|reason| not_mappable::<M>(&reason))?);
    has_effect(access, plan, &cluster, &arn).await?;
    if plan.is_create() {
        is_free(access, plan, &cluster, &arn).await?;
    }
    Ok(())
}

/// Records the planned operation, and returns an error if another resource manages the entry.
fn note<M: Mapped>(access: Option<&Access>, plan: &Plan<M>) -> Result<(), Diagnostics> {
    let Some(Access { ledger, cluster, .. }) = access else { return Ok(()) };
    let key_of = |model: &M| {
        let spec = model.spec();
        let cluster = ClusterKey { cluster: spec.cluster_name.text()?.to_owned(), ..cluster.clone() };
        Some(key::<M>(&cluster, &M::written_arn(spec.arn.text()?).ok()?))
    };
    let Some((key, conflict)) = ledger.record_plan(plan, key_of) else {
        key_of(&plan.planned).iter().for_each(|key| ledger.record_replacement(plan, key));
        return Ok(());
    };
    let arn = plan.planned.spec().arn.text().and_then(|arn| M::written_arn(arn).ok()).unwrap_or(key.name);
    Err(match conflict {
        NameConflict::Destroyed => messages::renamed::<M>(&cluster.cluster, &arn),
        NameConflict::Kept | NameConflict::Created => messages::twice::<M>(&cluster.cluster, &arn),
    }
    .into())
}

fn not_mappable<M: Mapped>(reason: &str) -> Diagnostics {
    Diagnostic::error(format!("The {} cannot be mapped", M::NOUN), format!("{reason}."))
        .at(Path::attribute(M::ARN))
        .into()
}

/// Plans all values that the configuration or the provider determines.
fn decide<M: Mapped>(region: Option<&str>, plan: &mut Plan<M>) -> Result<(), Diagnostics> {
    let config = plan.config.spec();
    let (username, groups) = match plan.config.preset() {
        Some(preset) => (preset.username.into(), preset.group_set()),
        None if plan.config.preset_is_open() => (open(config.username), open(config.groups)),
        None => (config.username.clone(), if config.groups.is_null() { Set::of([]) } else { config.groups.clone() }),
    };
    let planned = plan.planned.spec();
    let region = match (planned.region, region) {
        (Attr::Unknown, Some(region)) if config.region.is_null() => region.into(),
        (planned, _) => planned.clone(),
    };
    let mapped = match planned.arn {
        Attr::Known(arn) => M::written_arn(arn).map_err(|reason| not_mappable::<M>(&reason))?.into(),
        _ => Attr::Unknown,
    };
    let id = match (planned.cluster_name.text(), mapped.text()) {
        (Some(cluster), Some(arn)) => id(cluster, arn).into(),
        _ => Attr::Unknown,
    };
    plan.planned.fill(Values { region, username, groups, id, mapped_arn: mapped });
    Ok(())
}

fn open<T: Clone>(configured: &Attr<T>) -> Attr<T> {
    if configured.is_null() { Attr::Unknown } else { configured.clone() }
}

/// Checks whether the cluster uses the ConfigMap and this entry.
async fn has_effect<M: Mapped>(
    access: &Access,
    plan: &mut Plan<M>,
    cluster: &str,
    arn: &str,
) -> Result<(), Diagnostics> {
    let mode = match access.facts.authentication_mode(cluster).await {
        Ok(mode) => mode,
        // If the cluster does not exist or cannot be read, the apply checks this.
        Err(error) => {
            if let Some(error) = fatal_call_diagnostic(&error) {
                return Err(error.into());
            }
            tracing::debug!(error = %error, "unable to read the authentication mode of cluster {cluster}");
            return Ok(());
        }
    };
    if mode == "API" {
        let ignored = messages::ignored(cluster, arn);
        if plan.is_create() {
            return Err(ignored.into());
        }
        // An existing entry can still be destroyed.
        plan.diagnostics.push(Diagnostic { severity: Severity::Warning, ..ignored });
        return Ok(());
    }
    if mode == "CONFIG_MAP" && plan.config.preset().is_some_and(|preset| preset.node_type == "hybrid") {
        let detail = format!(
            "Cluster {cluster} has authentication mode CONFIG_MAP. EKS supports hybrid nodes only with \
             API_AND_CONFIG_MAP or API. Change access_config.authentication_mode of the cluster. The change cannot be \
             reverted."
        );
        let diagnostic = Diagnostic::error("Hybrid nodes cannot join this cluster", detail);
        return Err(diagnostic.at(Path::attribute("node_type")).into());
    }
    if mode == "API_AND_CONFIG_MAP"
        && plan.is_create()
        && let Ok(entries) = access.facts.access_entries(cluster).await
        && entries.iter().any(|entry| is_of::<M>(entry, arn))
    {
        let detail = format!(
            "Cluster {cluster} has an access entry for {arn}, and access entries take precedence. The aws-auth entry \
             has no effect as long as the access entry exists."
        );
        plan.diagnostics.push(
            Diagnostic::warning(format!("Access entry for the {} already exists", M::NOUN), detail)
                .at(Path::attribute(M::ARN)),
        );
    }
    Ok(())
}

/// Checks whether the entry can be created.
async fn is_free<M: Mapped>(access: &Access, plan: &mut Plan<M>, cluster: &str, arn: &str) -> Result<(), Diagnostics> {
    let map = match access.editor.read().await {
        Ok(map) => map,
        Err(error) => {
            if let Some(error) = fatal_call_diagnostic(&error) {
                return Err(error.into());
            }
            tracing::debug!(error = %error, "unable to read aws-auth in cluster {cluster} during plan");
            // If the cluster does not exist or is not ready, the same apply can create it.
            if error.service == KUBERNETES && !error.is_not_found() && access.ledger.is_first_report(M::TYPE) {
                plan.diagnostics.push(messages::unreadable_warning(cluster, error));
            }
            return Ok(());
        }
    };
    let listing = match Listing::read(map.text(M::MAPPING), M::MAPPING) {
        Ok(listing) => listing,
        Err(refusal) => {
            // The write returns the error. An error during plan would prevent all other changes and the destruction of
            // resources.
            let refused = messages::refused::<M>(cluster, &refusal);
            plan.diagnostics.push(Diagnostic { severity: Severity::Warning, ..refused });
            return Ok(());
        }
    };
    let spec = plan.planned.spec();
    let found: Vec<_> = listing.of(arn).collect();
    let key = key::<M>(&access.cluster, arn);
    // An entry of another resource in this run is replaced: it is destroyed first. The creation that an interrupted
    // apply of this configuration started is continued.
    let ours = access.ledger.is_known(&key)
        || access.ledger.creations().unfinished(&key).is_some_and(|begun| map.proves(&begun));
    if !(found.is_empty() || spec.adopt || ours) {
        let positions: Vec<_> = found.iter().map(|found| found.position).collect();
        let exists = messages::exists::<M>(cluster, arn, &positions);
        if access.ledger.state_was_read() {
            return Err(exists.into());
        }
        // The plan can run during an apply. An error would then leave the object that is being replaced deposed.
        plan.diagnostics.push(Diagnostic { severity: Severity::Warning, ..exists });
        return Ok(());
    }
    if found.len() > 1 {
        let positions = found.iter().map(|found| found.position).collect();
        let refusal = render::aws_auth::Refusal::Duplicate { arn: arn.to_owned(), positions };
        return Err(messages::refused::<M>(cluster, &refusal).into());
    }
    if !map.rewritten_by.is_empty() {
        plan.diagnostics.push(messages::rewritten(cluster, &map.rewritten_by));
    }
    for dead in listing.entries().iter().filter(|entry| never_matches::<M>(entry.arn.as_deref(), arn)) {
        plan.diagnostics.push(messages::dead(cluster, arn, dead));
    }
    Ok(())
}

/// Whether an entry contains this role with its path, so that it never matches.
fn never_matches<M: Mapped>(entry: Option<&str>, arn: &str) -> bool {
    entry.is_some_and(|entry| !entry.eq_ignore_ascii_case(arn) && is_of::<M>(entry, arn))
}
