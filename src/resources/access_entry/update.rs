//! Bringing an entry to what is planned: access policies, groups and user name, tags.
//!
//! What gives rights comes before what takes rights, so that nobody is without them for a moment.

use crate::clients::errors::ApiError;
use crate::clients::retry::Retry;
use crate::clients::wait::Limits;
use crate::framework::diagnostics::Diagnostics;
use crate::framework::model::Attr;
use crate::framework::resource::{Change, Record};
use crate::framework::tags::TagPolicy;

use super::client::{AccessEntry as Live, AccessEntryClient, Associations};
use super::model::AccessEntry;
use super::{api, policies};

/// Changes the entry. What was really changed is recorded even if a later step fails.
pub(super) async fn update(
    client: &dyn AccessEntryClient,
    policy: &TagPolicy,
    limits: &Limits,
    change: &Change<AccessEntry>,
    record: &mut Record<AccessEntry>,
) -> Result<(), Diagnostics> {
    let owned = policies::are_owned(change.prior.as_ref(), &change.planned, &record.private);
    let work = Work { client, policy, limits, planned: &change.planned };
    let error = match work.settle(owned).await {
        Ok((live, associations)) => {
            let read = api::from_live(&change.planned, &live, associations.as_ref(), policy);
            record.save(change.complete(&read));
            policies::remember(&change.planned, &mut record.private);
            return Ok(());
        }
        Err(error) => error,
    };
    // Only reading tells what a failed update has changed. After an interruption the next refresh does.
    if !limits.cancellation.is_cancelled()
        && let Ok((live, associations)) = work.read(owned).await
    {
        let stored = change.prior.as_ref().unwrap_or(&change.planned);
        record.save(api::from_live(stored, &live, associations.as_ref(), policy));
    }
    Err(error.into_diagnostic(format!("Cannot update access entry {}", work.id()), "").into())
}

/// What an entry is brought to its plan with.
pub(super) struct Work<'w> {
    pub(super) client: &'w dyn AccessEntryClient,
    pub(super) policy: &'w TagPolicy,
    pub(super) limits: &'w Limits,
    pub(super) planned: &'w AccessEntry,
}

/// An entry, and its policies where they are ours.
type Read = (Live, Option<Associations>);

impl Work<'_> {
    fn id(&self) -> String {
        let (cluster, principal) = api::names(self.planned);
        api::id(cluster, principal)
    }

    /// Reads the entry. One made a moment ago may not be visible yet.
    pub(super) async fn read(&self, owned: bool) -> Result<Read, ApiError> {
        let (cluster, principal) = api::names(self.planned);
        let doing = format!("reading access entry {}", self.id());
        let retry = Retry::new().just_created();
        let live = retry.run(&doing, self.limits, || self.client.describe(cluster, principal)).await?;
        if !owned {
            return Ok((live, None));
        }
        let associations = retry.run(&doing, self.limits, || self.client.associations(cluster, principal)).await?;
        Ok((live, Some(associations)))
    }

    /// Brings the entry to what is planned, and reads it.
    pub(super) async fn settle(&self, owned: bool) -> Result<Read, ApiError> {
        let (live, associations) = self.read(owned).await?;
        let wanted = api::associations(self.planned);
        let present = associations.clone().unwrap_or_default();
        let mut changed = false;
        if owned {
            changed |= self.associate(&wanted, &present).await?;
        }
        changed |= self.entry(&live).await?;
        if owned {
            changed |= self.disassociate(&wanted, &present).await?;
        }
        changed |= self.tags(&live).await?;
        if changed { self.read(owned).await } else { Ok((live, associations)) }
    }

    /// Adds policies, and changes scopes.
    async fn associate(&self, wanted: &Associations, present: &Associations) -> Result<bool, ApiError> {
        let (cluster, principal) = api::names(self.planned);
        let mut changed = false;
        for (policy, scope) in wanted.iter().filter(|(policy, scope)| present.get(*policy) != Some(*scope)) {
            let doing = format!("associating {} with access entry {}", api::policy_name(policy), self.id());
            let call = || self.client.associate(cluster, principal, policy, scope);
            Retry::new().just_created().run(&doing, self.limits, call).await?;
            changed = true;
        }
        Ok(changed)
    }

    /// Takes policies away; one that is gone already is fine.
    async fn disassociate(&self, wanted: &Associations, present: &Associations) -> Result<bool, ApiError> {
        let (cluster, principal) = api::names(self.planned);
        let mut changed = false;
        for policy in present.keys().filter(|policy| !wanted.contains_key(*policy)) {
            let doing = format!("disassociating {} from access entry {}", api::policy_name(policy), self.id());
            let call = || async {
                match self.client.disassociate(cluster, principal, policy).await {
                    Err(error) if error.is_not_found() => Ok(()),
                    answer => answer,
                }
            };
            Retry::new().run(&doing, self.limits, call).await?;
            changed = true;
        }
        Ok(changed)
    }

    /// Groups and user name.
    async fn entry(&self, live: &Live) -> Result<bool, ApiError> {
        let planned = self.planned;
        if live.kind != api::STANDARD {
            return Ok(false);
        }
        let groups = match planned.kubernetes_groups {
            Attr::Known(_) => api::elements(&planned.kubernetes_groups),
            _ => live.groups.clone(),
        };
        let username = planned.user_name.text().filter(|name| *name != live.username);
        if groups == live.groups && username.is_none() {
            return Ok(false);
        }
        let (cluster, principal) = api::names(planned);
        let call = || self.client.update(cluster, principal, &groups, username);
        Retry::new().run(&format!("changing access entry {}", self.id()), self.limits, call).await?;
        Ok(true)
    }

    async fn tags(&self, live: &Live) -> Result<bool, ApiError> {
        let (missing, obsolete) = self.policy.changes(&api::members(&self.planned.tags_all), &live.tags);
        let doing = format!("tagging access entry {}", self.id());
        if !obsolete.is_empty() {
            Retry::new().run(&doing, self.limits, || self.client.untag(&live.arn, &obsolete)).await?;
        }
        if !missing.is_empty() {
            Retry::new().run(&doing, self.limits, || self.client.tag(&live.arn, &missing)).await?;
        }
        Ok(!missing.is_empty() || !obsolete.is_empty())
    }
}
