//! Sends the planned changes of the settings to the groups of a node group.

use clients::errors::{ApiError, ErrorKind};
use clients::retry::Retry;
use clients::wait::Limits;
use framework::blocks::ListBlock;
use framework::diagnostics::{Diagnostic, Diagnostics};
use framework::path::Path;
use framework::private::Private;

use super::super::client::{NodeGroup as Live, NodeGroupClient};
use super::super::group_settings::GroupSettings;
use super::super::model::NodeGroup;
use super::super::scaling_group::{ScalingGroup, ScalingGroupUpdate, TRAFFIC_SOURCES_AT_ONCE};
use super::changes::{Changes, Elements, ProtectionChange};
use super::originals::Originals;
use super::{BLOCK, argument, protection};

/// Updates the settings of the groups from the state to the plan. `private` receives the values from before.
pub(in super::super) async fn apply(
    client: &dyn NodeGroupClient,
    limits: &Limits,
    planned: &NodeGroup,
    prior: Option<&NodeGroup>,
    live: &Live,
    private: &mut Private,
) -> Result<(), Diagnostics> {
    if prior.is_none() {
        Originals::clear(private);
    }
    let unset = GroupSettings::default();
    let before = prior.and_then(|prior| prior.auto_scaling_group.first()).unwrap_or(&unset);
    let after = planned.auto_scaling_group.first().unwrap_or(&unset);
    if before == after {
        return Ok(());
    }
    for group in &live.auto_scaling_groups {
        Target { client, limits, group }.change(before, after, private).await?;
    }
    Ok(())
}

/// Removes the protection from scale-in before a deletion. EKS deletes a node group by scaling its group in, which
/// protected instances prevent. Without the permissions, the deletion continues.
pub(in super::super) async fn unprotect(
    client: &dyn NodeGroupClient,
    limits: &Limits,
    stored: &NodeGroup,
    live: &Live,
) {
    let is_protected = |settings: &GroupSettings| settings.protect_from_scale_in.known() == Some(&true);
    if !stored.auto_scaling_group.first().is_some_and(is_protected) {
        return;
    }
    let changes = Changes {
        update: ScalingGroupUpdate { protects_new_instances: Some(false), ..ScalingGroupUpdate::default() },
        protection: Some(ProtectionChange { protected: false, exceptions: Vec::new() }),
        ..Changes::default()
    };
    for group in &live.auto_scaling_groups {
        let changed = Target { client, limits, group }.send(&changes).await;
        for each in changed.err().iter().flat_map(Diagnostics::iter) {
            tracing::warn!("instances remain protected from scale-in: {}: {}", each.summary, each.detail);
        }
    }
}

/// Returns the settings to store after a failed update: the settings from before, and the planned ones.
pub(in super::super) fn attempted(prior: &NodeGroup, planned: &NodeGroup) -> ListBlock<GroupSettings> {
    match (prior.auto_scaling_group.first(), planned.auto_scaling_group.first()) {
        (Some(prior), Some(planned)) => ListBlock::of([planned.and(prior)]),
        (Some(_), None) => prior.auto_scaling_group.clone(),
        (None, _) => planned.auto_scaling_group.clone(),
    }
}

/// A group to change.
pub(super) struct Target<'t> {
    pub(super) client: &'t dyn NodeGroupClient,
    pub(super) limits: &'t Limits,
    pub(super) group: &'t str,
}

impl Target<'_> {
    async fn change(
        &self,
        before: &GroupSettings,
        after: &GroupSettings,
        private: &mut Private,
    ) -> Result<(), Diagnostics> {
        let Some(live) = self.read().await.map_err(|error| self.cannot(error, Path::attribute(BLOCK)))? else {
            return if after.is_set() { Err(self.missing().into()) } else { Ok(()) };
        };
        let mut originals = Originals::of(private);
        let mut original = originals.get(self.group);
        original.remember(after, &live);
        if after.protect_from_scale_in.is_known() && original.protection.is_none() {
            let protection = protection::read(self.client, self.limits, self.group, live.protects_new_instances).await;
            let cannot = |error| self.cannot(error, argument("protect_from_scale_in"));
            original.protection = Some(protection.map_err(cannot)?);
        }
        originals.store(self.group, original.clone(), private);
        self.send(&Changes::between(before, after, &original, &live)).await?;
        original.keep_only(after);
        originals.store(self.group, original, private);
        Ok(())
    }

    pub(super) async fn read(&self) -> Result<Option<ScalingGroup>, ApiError> {
        let doing = format!("reading Auto Scaling group {}", self.group);
        Retry::new().run(&doing, self.limits, || self.client.scaling_group(self.group)).await
    }

    async fn send(&self, changes: &Changes) -> Result<(), Diagnostics> {
        let Changes { processes, target_groups, metrics, update, protection } = changes;
        let at = |name: &'static str| move |error| self.cannot(error, argument(name));
        self.target_groups(target_groups).await.map_err(at("target_group_arns"))?;
        self.processes(processes).await.map_err(at("suspended_processes"))?;
        self.metrics(metrics).await.map_err(at("enabled_metrics"))?;
        if let Some(change) = protection {
            // Instances first: the group shows the planned value only when they have it too.
            let set = || protection::set(self.client, self.limits, self.group, change);
            set().await.map_err(at("protect_from_scale_in"))?;
            self.update(update).await?;
            if update.protects_new_instances.is_some() {
                // Instances that were launched meanwhile.
                set().await.map_err(at("protect_from_scale_in"))?;
            }
            return Ok(());
        }
        self.update(update).await
    }

    async fn processes(&self, Elements { added, removed }: &Elements) -> Result<(), ApiError> {
        let (client, group) = (self.client, self.group);
        if !added.is_empty() {
            self.call("suspending processes", || client.suspend_processes(group, added)).await?;
        }
        if !removed.is_empty() {
            self.call("resuming processes", || client.resume_processes(group, removed)).await?;
        }
        Ok(())
    }

    async fn metrics(&self, Elements { added, removed }: &Elements) -> Result<(), ApiError> {
        let (client, group) = (self.client, self.group);
        if !added.is_empty() {
            self.call("enabling metrics", || client.enable_metrics(group, added)).await?;
        }
        if !removed.is_empty() {
            self.call("disabling metrics", || client.disable_metrics(group, removed)).await?;
        }
        Ok(())
    }

    async fn target_groups(&self, Elements { added, removed }: &Elements) -> Result<(), ApiError> {
        for some in added.chunks(TRAFFIC_SOURCES_AT_ONCE) {
            let attach = || self.client.attach_target_groups(self.group, some);
            self.call("attaching target groups", attach).await?;
        }
        for some in removed.chunks(TRAFFIC_SOURCES_AT_ONCE) {
            self.call("detaching target groups", || self.detach(some)).await?;
        }
        Ok(())
    }

    /// Detaches target groups. Auto Scaling rejects target groups that are no longer attached, such as after a lost
    /// response or if another process detached them.
    async fn detach(&self, arns: &[String]) -> Result<(), ApiError> {
        let error = match self.client.detach_target_groups(self.group, arns).await {
            Err(error) if error.kind == ErrorKind::Invalid => error,
            other => return other,
        };
        let Some(live) = self.client.scaling_group(self.group).await? else { return Ok(()) };
        let attached: Vec<_> = arns.iter().filter(|arn| live.target_groups.contains(*arn)).cloned().collect();
        match attached.len() {
            0 => Ok(()),
            count if count < arns.len() => self.client.detach_target_groups(self.group, &attached).await,
            _ => Err(error),
        }
    }

    async fn update(&self, update: &ScalingGroupUpdate) -> Result<(), Diagnostics> {
        if *update == ScalingGroupUpdate::default() {
            return Ok(());
        }
        let call = || self.client.update_scaling_group(self.group, update);
        let cannot = |error| self.cannot(error, Path::attribute(BLOCK));
        self.call("updating the settings", call).await.map_err(cannot)
    }

    async fn call<F, R>(&self, doing: &str, call: F) -> Result<(), ApiError>
    where
        F: FnMut() -> R,
        R: Future<Output = Result<(), ApiError>>,
    {
        Retry::new().run(&format!("{doing} of Auto Scaling group {}", self.group), self.limits, call).await
    }

    fn cannot(&self, error: ApiError, path: Path) -> Diagnostics {
        error.into_diagnostic(format!("Unable to configure Auto Scaling group {}", self.group), "").at(path).into()
    }

    fn missing(&self) -> Diagnostic {
        let detail = "Another process deleted the Auto Scaling group that EKS created, so its settings cannot be \
                      changed. The health issues of the node group describe how to recover.";
        Diagnostic::error(format!("Auto Scaling group {} not found", self.group), detail).at(Path::attribute(BLOCK))
    }
}
