//! Updates an entry to the plan: access policies, groups and user name, and tags.
//!
//! Permissions are granted before others are revoked, so that there is no gap in access.

use clients::errors::ApiError;
use clients::partial_read::unchanged_identity;
use clients::retry::Retry;
use clients::wait::Limits;
use framework::diagnostics::Diagnostics;
use framework::difference::{MapDifference, changed, merged_set};
use framework::model::Attr;
use framework::resource::{Change, Record};
use framework::tags::TagPolicy;

use super::client::{AccessEntry as Live, AccessEntryClient, Associations, Scope};
use super::model::AccessEntry;
use super::validators::{STANDARD, policy_name};
use super::{api, policies};

/// Updates the entry. Completed changes are recorded even if a later step fails.
pub(super) async fn update(
    client: &dyn AccessEntryClient,
    policy: &TagPolicy,
    limits: &Limits,
    change: &Change<AccessEntry>,
    record: &mut Record<AccessEntry>,
) -> Result<(), Diagnostics> {
    let owned = policies::are_owned(change.prior.as_ref(), &change.planned, &record.private);
    let announced = policies::take_announced(&mut record.private);
    let (prior, planned) = (change.prior.as_ref(), &change.planned);
    let work = Work { client, policy, limits, prior, planned, announced };
    let error = match work.settle(owned).await {
        Ok((live, associations)) => {
            let read = api::from_live(&change.planned, &live, associations.as_ref(), policy);
            record.save(change.complete(&read));
            policies::remember(&change.planned, &mut record.private);
            return Ok(());
        }
        Err(error) => error,
    };
    // A failed update can be partial, so the entry is read again. After an interruption, the next refresh reads it.
    if !limits.cancellation.is_cancelled()
        && let Ok((live, associations)) = work.read(owned).await
    {
        let stored = change.prior.as_ref().unwrap_or(&change.planned);
        record.save(api::from_live(stored, &live, associations.as_ref(), policy));
    }
    Err(error.into_diagnostic(format!("Unable to update access entry {}", work.id()), "").into())
}

/// The context of an update.
pub(super) struct Work<'w> {
    pub(super) client: &'w dyn AccessEntryClient,
    pub(super) policy: &'w TagPolicy,
    pub(super) limits: &'w Limits,
    /// `None` for an entry that is created or adopted, which is updated as a whole.
    pub(super) prior: Option<&'w AccessEntry>,
    pub(super) planned: &'w AccessEntry,
    /// The unmanaged policies that the plan listed for removal.
    pub(super) announced: Vec<String>,
}

/// An entry, and its policies if the resource manages them.
type Read = (Live, Option<Associations>);

impl Work<'_> {
    fn id(&self) -> String {
        let (cluster, principal) = api::names(self.planned);
        api::id(cluster, principal)
    }

    /// Reads the entry. A recently created entry may not be visible yet.
    pub(super) async fn read(&self, owned: bool) -> Result<Read, ApiError> {
        let (cluster, principal) = api::names(self.planned);
        let doing = format!("reading access entry {}", self.id());
        let retry = Retry::new().just_created();
        let live = retry.run(&doing, self.limits, || self.client.describe(cluster, principal)).await?;
        unchanged_identity(&doing, self.prior.and_then(|prior| prior.access_entry_arn.text()), &live.arn)?;
        if !owned {
            return Ok((live, None));
        }
        let associations = retry.run(&doing, self.limits, || self.client.associations(cluster, principal)).await?;
        Ok((live, Some(associations)))
    }

    /// Applies the planned changes, and reads the entry.
    pub(super) async fn settle(&self, owned: bool) -> Result<Read, ApiError> {
        let (live, associations) = self.read(owned).await?;
        let (wanted, obsolete) = self.policies(&associations.clone().unwrap_or_default());
        let mut changed = false;
        if owned {
            changed |= self.associate(&wanted).await?;
        }
        changed |= self.entry(&live).await?;
        if owned {
            changed |= self.disassociate(&obsolete).await?;
        }
        changed |= self.tags(&live).await?;
        if changed { self.read(owned).await } else { Ok((live, associations)) }
    }

    /// Returns the policies to associate, and the policies to disassociate.
    ///
    /// An adopted entry has exactly the planned policies afterwards. An entry whose policies were not managed before loses
    /// the policies that the plan listed. A policy that the plan did not list stays, and the next plan shows it.
    fn policies(&self, live: &Associations) -> (Associations, Vec<String>) {
        let (before, planned) = (self.prior.map(api::associations), api::associations(self.planned));
        let before = before.as_ref().unwrap_or(live);
        let obsolete = before.keys().chain(&self.announced);
        let obsolete = obsolete.filter(|policy| !planned.contains_key(*policy) && live.contains_key(*policy));
        let obsolete = obsolete.cloned().collect();
        let differs =
            |policy: &String, scope: &Scope| before.get(policy) != Some(scope) && live.get(policy) != Some(scope);
        (planned.into_iter().filter(|(policy, scope)| differs(policy, scope)).collect(), obsolete)
    }

    /// Associates policies and changes scopes.
    async fn associate(&self, wanted: &Associations) -> Result<bool, ApiError> {
        let (cluster, principal) = api::names(self.planned);
        for (policy, scope) in wanted {
            let doing = format!("associating {} with access entry {}", policy_name(policy), self.id());
            let call = || self.client.associate(cluster, principal, policy, scope);
            Retry::new().just_created().run(&doing, self.limits, call).await?;
        }
        Ok(!wanted.is_empty())
    }

    /// Disassociates policies. A missing association is not an error.
    async fn disassociate(&self, obsolete: &[String]) -> Result<bool, ApiError> {
        let (cluster, principal) = api::names(self.planned);
        for policy in obsolete {
            let doing = format!("disassociating {} from access entry {}", policy_name(policy), self.id());
            let call = || async {
                match self.client.disassociate(cluster, principal, policy).await {
                    Err(error) if error.is_not_found() => Ok(()),
                    answer => answer,
                }
            };
            Retry::new().run(&doing, self.limits, call).await?;
        }
        Ok(!obsolete.is_empty())
    }

    /// Updates the groups and the user name.
    async fn entry(&self, live: &Live) -> Result<bool, ApiError> {
        let planned = self.planned;
        if live.kind != STANDARD {
            return Ok(false);
        }
        let before = self.prior.map_or_else(|| live.groups.clone(), |prior| api::elements(&prior.kubernetes_groups));
        let groups = match planned.kubernetes_groups {
            // The API replaces all groups in one call.
            Attr::Known(_) => merged_set(&before, &api::elements(&planned.kubernetes_groups), &live.groups),
            _ => live.groups.clone(),
        };
        let before = self.prior.map_or(&Attr::Null, |prior| &prior.user_name);
        let username = changed(before, &planned.user_name).filter(|name| **name != live.username).map(String::as_str);
        if groups == live.groups && username.is_none() {
            return Ok(false);
        }
        let (cluster, principal) = api::names(planned);
        let call = || self.client.update(cluster, principal, &groups, username);
        Retry::new().run(&format!("changing access entry {}", self.id()), self.limits, call).await?;
        Ok(true)
    }

    async fn tags(&self, live: &Live) -> Result<bool, ApiError> {
        let before = self.prior.map(|prior| &prior.tags_all);
        let MapDifference { set, removed } = self.policy.changes(before, &self.planned.tags_all, &live.tags);
        let doing = format!("tagging access entry {}", self.id());
        if !removed.is_empty() {
            Retry::new().run(&doing, self.limits, || self.client.untag(&live.arn, &removed)).await?;
        }
        if !set.is_empty() {
            Retry::new().run(&doing, self.limits, || self.client.tag(&live.arn, &set)).await?;
        }
        Ok(!set.is_empty() || !removed.is_empty())
    }
}
