//! The access policies of an entry: whether they exist, and whether the resource manages them.

use clients::errors::{ApiError, ErrorKind};
use clients::run_ledger::{ObjectKey, RunLedger};
use framework::diagnostics::{Diagnostic, Diagnostics};
use framework::private::Private;
use framework::resource::Plan;

use super::client::AccessEntryClient;
use super::model::AccessEntry;
use super::validators::policy_name;
use super::{api, messages};

/// Private data: this resource associated the policies in state.
const OWNED: &str = "owns_policies";

/// Private data of a plan: the unmanaged policies that the plan listed for removal.
const ANNOUNCED: &str = "announced_policies";

/// Returns the unmanaged policies that the plan listed for removal, and clears the list.
pub(super) fn take_announced(private: &mut Private) -> Vec<String> {
    let announced = private.get(ANNOUNCED).unwrap_or_default();
    private.remove(ANNOUNCED);
    announced
}

/// Records whether the resource manages the policies.
pub(super) fn remember(model: &AccessEntry, private: &mut Private) {
    private.set(OWNED, &api::has_associations(model));
}

/// Whether the resource manages the policies of the entry. It does not if neither the plan nor the state contains
/// policies.
pub(super) fn are_owned(prior: Option<&AccessEntry>, planned: &AccessEntry, private: &Private) -> bool {
    let had = prior.is_some_and(api::has_associations) && private.get(OWNED).unwrap_or(false);
    api::has_associations(planned) || had
}

/// Reports policies that do not exist.
pub(super) async fn check(client: &dyn AccessEntryClient, planned: &AccessEntry, diagnostics: &mut Diagnostics) {
    let written: Vec<_> =
        planned.policy_association.iter().filter_map(|association| association.policy_arn.text()).collect();
    if written.is_empty() {
        return;
    }
    let known = match client.policies().await {
        Ok(known) => known,
        Err(error) if error.kind == ErrorKind::Denied => {
            diagnostics.push(messages::policies_not_compared(&error));
            return;
        }
        Err(error) => {
            tracing::warn!(%error, "skipping the check of access policies: request failed");
            return;
        }
    };
    // If the principal is unknown, names are compared.
    let principal = planned.principal_arn.text();
    let is_known = |written: &str| match principal {
        Some(principal) => known.contains(&api::policy_arn(written, principal)),
        None => known.iter().any(|arn| arn == written || policy_name(arn) == written),
    };
    for written in written.into_iter().filter(|written| !is_known(written)) {
        diagnostics.push(messages::no_such_policy(written, &known));
    }
}

/// The warning that lists the policies that an adoption disassociates.
pub(super) async fn warn_of_adoption(client: &dyn AccessEntryClient, planned: &AccessEntry) -> Option<Diagnostic> {
    if !api::has_associations(planned) || !api::is_certain(planned) {
        return None;
    }
    takes_back(planned, &of_others(client, planned).await.ok()?)
}

/// Adds a warning with the policies that the change disassociates although they are not in state, or keeps although
/// they are in state. The update disassociates only these policies, and none that are associated later.
pub(super) async fn announce(
    client: &dyn AccessEntryClient,
    (ledger, key): (&RunLedger, &ObjectKey),
    plan: &mut Plan<AccessEntry>,
    prior: &AccessEntry,
) {
    let shown = api::associations(prior);
    if !are_owned(Some(prior), &plan.planned, &plan.private) {
        let (cluster, principal) = api::names(&plan.planned);
        let kept: Vec<_> = shown.keys().map(|arn| policy_name(arn)).collect();
        if !kept.is_empty() {
            plan.diagnostics.push(messages::left_alone(&api::id(cluster, principal), &kept));
        }
        return;
    }
    if !shown.is_empty() || !api::is_certain(&plan.planned) {
        return;
    }
    let planned = plan.planned.clone();
    let read = async { of_others(client, &planned).await.map(|arns| Some(arns.join(","))) };
    let Ok(Some(arns)) = ledger.fact(plan, key, ANNOUNCED, read).await else { return };
    let arns: Vec<_> = arns.split(',').filter(|arn| !arn.is_empty()).map(str::to_owned).collect();
    plan.private.set(ANNOUNCED, &arns);
    takes_back(&planned, &arns).into_iter().for_each(|warning| plan.diagnostics.push(warning));
}

/// Returns the policies of the live entry that are not planned.
async fn of_others(client: &dyn AccessEntryClient, planned: &AccessEntry) -> Result<Vec<String>, ApiError> {
    let (cluster, principal) = api::names(planned);
    let (live, wanted) = (client.associations(cluster, principal).await?, api::associations(planned));
    Ok(live.into_keys().filter(|arn| !wanted.contains_key(arn)).collect())
}

fn takes_back(planned: &AccessEntry, arns: &[String]) -> Option<Diagnostic> {
    let (cluster, principal) = api::names(planned);
    let names: Vec<_> = arns.iter().map(|arn| policy_name(arn)).collect();
    (!names.is_empty()).then(|| messages::takes_back(&api::id(cluster, principal), &names))
}
