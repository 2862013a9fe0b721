//! The access policies of an entry: whether they exist, and whose they are.

use crate::clients::errors::ErrorKind;
use framework::diagnostics::{Diagnostic, Diagnostics};
use framework::private::Private;

use super::client::{AccessEntryClient, Associations};
use super::model::AccessEntry;
use super::{api, words};

/// Private: this resource has associated the policies that the state has.
const OWNED: &str = "owns_policies";

/// Remembers whether the policies are this resource's.
pub(super) fn remember(model: &AccessEntry, private: &mut Private) {
    private.set(OWNED, &api::has_associations(model));
}

/// Whether the policies of an entry become those that are planned. Where neither is written, nor was, they are left alone.
pub(super) fn are_owned(prior: Option<&AccessEntry>, planned: &AccessEntry, private: &Private) -> bool {
    let had = prior.is_some_and(api::has_associations) && private.get(OWNED).unwrap_or(false);
    api::has_associations(planned) || had
}

/// Finds policies that EKS does not have.
pub(super) async fn check(client: &dyn AccessEntryClient, planned: &AccessEntry, diagnostics: &mut Diagnostics) {
    let written: Vec<_> =
        planned.policy_association.iter().filter_map(|association| association.policy_arn.text()).collect();
    if written.is_empty() {
        return;
    }
    let known = match client.policies().await {
        Ok(known) => known,
        Err(error) if error.kind == ErrorKind::Denied => {
            diagnostics.push(words::policies_not_compared(&error));
            return;
        }
        Err(error) => {
            tracing::warn!(%error, "the access policies are not compared");
            return;
        }
    };
    // The principal may be known later only; then names are compared.
    let principal = planned.principal_arn.text();
    let is_known = |written: &str| match principal {
        Some(principal) => known.contains(&api::policy_arn(written, principal)),
        None => known.iter().any(|arn| arn == written || api::policy_name(arn) == written),
    };
    for written in written.into_iter().filter(|written| !is_known(written)) {
        diagnostics.push(words::no_such_policy(written, &known));
    }
}

/// Says which policies the change takes away although the state does not show them, or leaves although it does.
pub(super) async fn warn(
    client: &dyn AccessEntryClient,
    prior: Option<&AccessEntry>,
    planned: &AccessEntry,
    private: &Private,
) -> Option<Diagnostic> {
    let (cluster, principal) = api::names(planned);
    let id = api::id(cluster, principal);
    let names = |policies: &Associations| -> Vec<String> { policies.keys().cloned().collect() };
    let shown = prior.map(api::associations).unwrap_or_default();
    if !are_owned(prior, planned, private) {
        let kept = names(&shown);
        let kept: Vec<_> = kept.iter().map(|arn| api::policy_name(arn)).collect();
        return (!kept.is_empty()).then(|| words::left_alone(&id, &kept));
    }
    if !shown.is_empty() || !api::is_certain(planned) {
        return None;
    }
    let (live, wanted) = (client.associations(cluster, principal).await.ok()?, api::associations(planned));
    let taken: Vec<_> = live.keys().filter(|arn| !wanted.contains_key(*arn)).map(|arn| api::policy_name(arn)).collect();
    (!taken.is_empty()).then(|| words::takes_back(&id, &taken))
}
