//! Converts models to requests, and responses to models. Performs no I/O.

use render::arn::Arn;
use std::collections::{BTreeMap, BTreeSet};

use clients::names::account_and_region;
use framework::blocks::{Blocks, SetBlock};
use framework::model::{Attr, Map, Set};
use framework::tags::TagPolicy;

use super::client::{self, Associations, CreateAccessEntry, Scope};
use super::model::{AccessEntry, AccessScope, PolicyAssociation};
use super::validators::{STANDARD, policy_name};

/// The part of an access policy ARN between the partition and the name.
const POLICY: &str = ":eks::aws:cluster-access-policy/";

/// Returns the ID, which is also the import ID.
pub(super) fn id(cluster: &str, principal: &str) -> String {
    format!("{cluster}:{principal}")
}

/// Returns the names of the cluster and the principal.
pub(super) fn names(model: &AccessEntry) -> (&str, &str) {
    (model.cluster_name.text().unwrap_or_default(), model.principal_arn.text().unwrap_or_default())
}

/// Returns the ARN of an access policy that is configured by ARN or name, in the partition of the principal.
pub(super) fn policy_arn(written: &str, principal: &str) -> String {
    if written.starts_with("arn:") {
        return written.to_owned();
    }
    let partition = Arn::parse(principal).map_or("aws", |arn| arn.partition);
    format!("arn:{partition}{POLICY}{written}")
}

/// Returns the user name that EKS generates for a principal of type `STANDARD`.
pub(super) fn default_user_name(principal: &str) -> String {
    match Arn::parse(principal) {
        Some(Arn { partition, service: "iam", account, resource, .. }) if resource.starts_with("role/") => {
            let name = policy_name(resource);
            format!("arn:{partition}:sts::{account}:assumed-role/{name}/{{{{SessionName}}}}")
        }
        _ => principal.to_owned(),
    }
}

/// Returns the known elements of a set.
pub(super) fn elements(set: &Set<String>) -> BTreeSet<String> {
    set.known_elements().cloned().collect()
}

pub(super) fn members(map: &Map<String>) -> BTreeMap<String, String> {
    map.known_members().map(|(key, value)| (key.clone(), value.clone())).collect()
}

/// Returns the request for a planned entry. All configurable values are known at this point.
pub(super) fn create_request(planned: &AccessEntry, token: &str) -> CreateAccessEntry {
    let (cluster, principal) = names(planned);
    let kind = planned.kind.text().unwrap_or(STANDARD);
    // EKS sets the names of nodes and rejects them in requests.
    let is_standard = kind == STANDARD;
    CreateAccessEntry {
        cluster_name: cluster.to_owned(),
        principal_arn: principal.to_owned(),
        client_request_token: token.to_owned(),
        kind: kind.to_owned(),
        groups: if is_standard { elements(&planned.kubernetes_groups) } else { BTreeSet::new() },
        username: planned.user_name.text().filter(|_| is_standard).map(str::to_owned),
        tags: members(&planned.tags_all),
    }
}

/// Returns the scopes of the configured access policies, by ARN.
pub(super) fn associations(model: &AccessEntry) -> Associations {
    let principal = names(model).1;
    let each = model
        .policy_association
        .iter()
        .filter_map(|association| Some((policy_arn(association.policy_arn.text()?, principal), scope(association))));
    each.collect()
}

fn scope(association: &PolicyAssociation) -> Scope {
    let scope = association.access_scope.first();
    Scope {
        kind: scope.and_then(|scope| scope.kind.text()).unwrap_or_default().to_owned(),
        namespaces: scope.map(|scope| elements(&scope.namespaces)).unwrap_or_default(),
    }
}

/// Whether access policies are configured, or unknown.
pub(super) fn has_associations(model: &AccessEntry) -> bool {
    model.policy_association.0.known().is_none_or(|blocks| !blocks.is_empty())
}

/// Whether all values that determine the access are known.
pub(super) fn is_certain(model: &AccessEntry) -> bool {
    let blocks = model.policy_association.0.known();
    let certain = |association: &PolicyAssociation| {
        association.policy_arn.is_known()
            && association.access_scope.first().is_some_and(|scope| {
                scope.kind.is_known()
                    && !scope.namespaces.is_unknown()
                    && scope.namespaces.known().is_none_or(|names| names.0.iter().all(Attr::is_known))
            })
    };
    let groups = model.kubernetes_groups.known().is_some_and(|groups| groups.0.iter().all(Attr::is_known));
    blocks.is_some_and(|blocks| blocks.iter().all(certain))
        && (groups || model.kind.text().is_some_and(|kind| kind != STANDARD))
        && model.kind.is_known()
        && !model.tags_all.is_unknown()
}

/// Returns the model of a live entry. Values that exist only in configuration, and their spelling, are taken from
/// `stored`: the state or the plan. Without `associations`, the access policies are not managed.
pub(super) fn from_live(
    stored: &AccessEntry,
    live: &client::AccessEntry,
    associations: Option<&Associations>,
    policy: &TagPolicy,
) -> AccessEntry {
    let (tags, tags_all) = policy.from_remote(&live.tags, &stored.tags);
    let region = account_and_region(&live.arn).map(|(_, region)| region);
    let flag = |flag: &Attr<bool>| Attr::Known(flag.known().copied().unwrap_or(false));
    let written = |(arn, scope): (&String, &Scope)| association_from_live(stored, arn, scope);
    AccessEntry {
        cluster_name: live.cluster_name.as_str().into(),
        principal_arn: live.principal_arn.as_str().into(),
        kind: live.kind.as_str().into(),
        kubernetes_groups: groups_from_live(stored, live),
        user_name: live.username.as_str().into(),
        adopt: flag(&stored.adopt),
        deletion_policy: stored.deletion_policy.text().map(str::to_owned).into(),
        skip_lockout_guard: flag(&stored.skip_lockout_guard),
        region: region.or_else(|| stored.region.text().map(str::to_owned)).into(),
        tags,
        tags_all,
        access_entry_arn: live.arn.as_str().into(),
        created_at: live.created_at.clone().into(),
        modified_at: live.modified_at.clone().into(),
        id: id(&live.cluster_name, &live.principal_arn).into(),
        policy_association: SetBlock::of(associations.into_iter().flatten().map(written)),
        timeouts: stored.timeouts.clone(),
    }
}

/// Returns the groups. EKS sets the groups of nodes, so unset groups are not compared.
fn groups_from_live(stored: &AccessEntry, live: &client::AccessEntry) -> Set<String> {
    let none = Set::of([]);
    if live.kind != STANDARD && stored.kubernetes_groups == none { none } else { Set::of(live.groups.iter().cloned()) }
}

/// A policy that is configured by name keeps this spelling.
fn association_from_live(stored: &AccessEntry, arn: &str, live: &Scope) -> PolicyAssociation {
    let principal = names(stored).1;
    let is_this = |written: &&PolicyAssociation| {
        written.policy_arn.text().is_some_and(|written| policy_arn(written, principal) == arn)
    };
    let written = stored.policy_association.iter().find(is_this);
    let namespaces = &live.namespaces;
    let namespaces = if namespaces.is_empty() { Attr::Null } else { Set::of(namespaces.iter().cloned()) };
    PolicyAssociation {
        policy_arn: written.and_then(|written| written.policy_arn.text()).unwrap_or(arn).into(),
        access_scope: Blocks::Known(vec![AccessScope { kind: live.kind.as_str().into(), namespaces }]),
    }
}
