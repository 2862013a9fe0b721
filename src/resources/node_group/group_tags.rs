//! Manages the configured tags on the Auto Scaling groups of a node group. Other tags are left unchanged.

use std::collections::BTreeMap;

use clients::retry::Retry;
use clients::wait::Limits;
use framework::diagnostics::Diagnostics;
use framework::difference::MapDifference;
use framework::model::{Attr, Map};

use super::client::{GroupTag, NodeGroup as Live, NodeGroupClient};
use super::model::NodeGroup;

/// Updates the tags of the groups from the state to the plan.
pub(super) async fn apply(
    client: &dyn NodeGroupClient,
    limits: &Limits,
    planned: &NodeGroup,
    prior: Option<&NodeGroup>,
    live: &Live,
) -> Result<(), Diagnostics> {
    let before = prior.map_or(&Attr::Null, |prior| &prior.auto_scaling_group_tags);
    let changes = MapDifference::between(before, &planned.auto_scaling_group_tags);
    if changes == MapDifference::default() {
        return Ok(());
    }
    for group in &live.auto_scaling_groups {
        group_tags(client, limits, group, &changes).await?;
    }
    Ok(())
}

async fn group_tags(
    client: &dyn NodeGroupClient,
    limits: &Limits,
    group: &str,
    changes: &MapDifference,
) -> Result<(), Diagnostics> {
    let summary = format!("Unable to tag Auto Scaling group {group}");
    let reading = format!("reading the tags of Auto Scaling group {group}");
    let present = Retry::new()
        .run(&reading, limits, || client.auto_scaling_group_tags(group))
        .await
        .map_err(|error| error.into_diagnostic(&summary, ""))?;
    let present = present.into_iter().map(|(key, tag)| (key, tag.value)).collect();
    let MapDifference { set, removed } = changes.clone().missing_in(&present);
    let tag = |(key, value): (String, String)| (key, GroupTag { value, propagate_at_launch: false });
    let set: BTreeMap<_, _> = set.into_iter().map(tag).collect();
    let doing = format!("tagging Auto Scaling group {group}");
    if !set.is_empty() {
        let call = || client.tag_auto_scaling_group(group, &set);
        Retry::new().run(&doing, limits, call).await.map_err(|error| error.into_diagnostic(&summary, ""))?;
    }
    if !removed.is_empty() {
        let call = || client.untag_auto_scaling_group(group, &removed);
        Retry::new().run(&doing, limits, call).await.map_err(|error| error.into_diagnostic(&summary, ""))?;
    }
    Ok(())
}

/// Returns the live values of the stored tags, so that changed or removed tags appear as drift.
pub(super) async fn read(
    client: &dyn NodeGroupClient,
    stored: &Map<String>,
    live: &Live,
) -> Result<Map<String>, clients::errors::ApiError> {
    let Attr::Known(tags) = stored else { return Ok(Attr::Null) };
    if tags.is_empty() || live.auto_scaling_groups.is_empty() {
        return Ok(stored.clone());
    }
    let mut found = tags.clone();
    for group in &live.auto_scaling_groups {
        let present = client.auto_scaling_group_tags(group).await?;
        found.retain(|key, _| present.contains_key(key));
        for (key, value) in &mut found {
            if let Some(tag) = present.get(key)
                && value.text() != Some(&tag.value)
            {
                *value = tag.value.as_str().into();
            }
        }
    }
    Ok(Attr::Known(found))
}
