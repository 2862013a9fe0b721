//! Converts models to requests, and responses to models. Performs no I/O.

use std::collections::BTreeMap;

use clients::names::account_and_region;
use framework::blocks::SetBlock;
use framework::model::{Attr, List, Map, Set};
use framework::tags::TagPolicy;

use super::client::{self, CreateFargateProfile};
use super::model::{FargateProfile, HealthIssue, Selector};

/// Returns the ID, which is also the import ID.
pub(super) fn id(cluster: &str, name: &str) -> String {
    format!("{cluster}:{name}")
}

/// Returns the names of the cluster and the profile.
pub(super) fn names(model: &FargateProfile) -> (&str, &str) {
    (model.cluster_name.text().unwrap_or_default(), model.fargate_profile_name.text().unwrap_or_default())
}

/// Returns the request for a planned profile. All configurable values are known at this point.
pub(super) fn create_request(planned: &FargateProfile, token: &str) -> CreateFargateProfile {
    let (cluster, name) = names(planned);
    CreateFargateProfile {
        cluster_name: cluster.to_owned(),
        name: name.to_owned(),
        client_request_token: token.to_owned(),
        pod_execution_role: planned.pod_execution_role_arn.text().unwrap_or_default().to_owned(),
        subnets: planned.subnet_ids.known_elements().cloned().collect(),
        selectors: planned.selector.iter().map(selector).collect(),
        tags: members(&planned.tags_all),
    }
}

pub(super) fn members(map: &Map<String>) -> BTreeMap<String, String> {
    map.known_members().map(|(key, value)| (key.clone(), value.clone())).collect()
}

fn selector(selector: &Selector) -> client::Selector {
    client::Selector {
        namespace: selector.namespace.text().unwrap_or_default().to_owned(),
        labels: members(&selector.labels),
    }
}

/// Returns the model of a live profile. Values that exist only in configuration, and their spelling, are taken from
/// `stored`: the state or the plan.
pub(super) fn from_live(stored: &FargateProfile, live: &client::FargateProfile, policy: &TagPolicy) -> FargateProfile {
    let (tags, tags_all) = policy.from_remote(&live.tags, &stored.tags);
    let region = account_and_region(&live.arn).map(|(_, region)| region);
    FargateProfile {
        cluster_name: live.cluster_name.as_str().into(),
        fargate_profile_name: live.name.as_str().into(),
        pod_execution_role_arn: live.pod_execution_role.as_str().into(),
        subnet_ids: Set::of(live.subnets.iter().cloned()),
        skip_preflight: stored.skip_preflight.known().cloned().into(),
        region: region.or_else(|| stored.region.text().map(str::to_owned)).into(),
        tags,
        tags_all,
        arn: live.arn.as_str().into(),
        created_at: live.created_at.clone().into(),
        health: List::of(live.health.iter().map(issue_from_live)),
        id: id(&live.cluster_name, &live.name).into(),
        status: live.status.as_str().into(),
        selector: SetBlock::of(live.selectors.iter().map(selector_from_live)),
        timeouts: stored.timeouts.clone(),
    }
}

fn selector_from_live(live: &client::Selector) -> Selector {
    Selector {
        namespace: live.namespace.as_str().into(),
        labels: if live.labels.is_empty() { Attr::Null } else { Map::of(live.labels.clone()) },
    }
}

fn issue_from_live(issue: &client::Issue) -> HealthIssue {
    HealthIssue {
        code: issue.code.as_str().into(),
        message: issue.message.as_str().into(),
        resource_ids: List::of(issue.resource_ids.iter().cloned()),
    }
}
