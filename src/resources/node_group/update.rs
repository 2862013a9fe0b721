//! Updates a node group in place: version, then configuration, then tags. Each update is waited for by its ID.

use clients::errors::ApiError;
use clients::kube::KubernetesApi;
use clients::partial_read::{is_another, unchanged_identity};
use clients::retry::Retry;
use clients::wait::Limits;
use framework::diagnostics::{Diagnostic, Diagnostics};
use framework::path::Path;
use framework::private::Private;
use framework::resource::{Change, Record};
use framework::tags::TagPolicy;

use super::client::{NodeGroup as Live, NodeGroupClient, UpdateStatus, VersionUpdate};
use super::model::NodeGroup;
use super::roll_progress::RollProgress;
use super::{api, auto_scaling_group, changes, evictions, generated_name, group_tags, health, join, waiting};

/// Updates the live node group to the plan. Completed changes are recorded even if a later step fails.
pub(super) async fn update(
    client: &dyn NodeGroupClient,
    kubernetes: &dyn KubernetesApi,
    policy: &TagPolicy,
    limits: &Limits,
    change: &Change<NodeGroup>,
    record: &mut Record<NodeGroup>,
) -> Result<(), Diagnostics> {
    let Some(prior) = &change.prior else { return Ok(()) };
    let steps = Steps {
        client,
        kubernetes,
        policy,
        limits,
        prior,
        planned: &change.planned,
        cluster: change.planned.cluster_name.text().unwrap_or_default(),
        name: prior.node_group_name.text().unwrap_or_default(),
    };
    let result = steps.all(record).await;
    // A failed update can be partial, so the group is read again. After an interruption, the state is unchanged, and
    // the next refresh reads it.
    let live = match &result {
        Ok(live) => Some(live.clone()),
        Err(_) if limits.cancellation.is_cancelled() => None,
        Err(_) => client.describe(steps.cluster, steps.name).await.ok().filter(|live| steps.is_same(live)),
    };
    if let Some(live) = live {
        let stored = if result.is_ok() { &change.planned } else { record.state().unwrap_or(prior) };
        let model = api::from_live(stored, &live, policy);
        record.save(if result.is_ok() { change.complete(&model) } else { model });
    }
    result.map(|_| ())
}

struct Steps<'s> {
    client: &'s dyn NodeGroupClient,
    kubernetes: &'s dyn KubernetesApi,
    policy: &'s TagPolicy,
    limits: &'s Limits,
    prior: &'s NodeGroup,
    planned: &'s NodeGroup,
    cluster: &'s str,
    name: &'s str,
}

impl Steps<'_> {
    async fn all(&self, record: &mut Record<NodeGroup>) -> Result<Live, Diagnostics> {
        let live = self.settled().await?;
        let live = self.version(live, &mut record.private).await?;
        let live = self.config(live, &mut record.diagnostics).await?;
        self.tags(&live).await?;
        group_tags::apply(self.client, self.limits, self.planned, Some(self.prior), &live).await?;
        self.group_settings(&live, record).await?;
        self.describe().await
    }

    /// Changes the settings of the groups. After a failure, each of them can have the prior or the planned value, so the
    /// state contains all of them, and the next refresh reads them.
    async fn group_settings(&self, live: &Live, record: &mut Record<NodeGroup>) -> Result<(), Diagnostics> {
        let (client, limits, prior) = (self.client, self.limits, Some(self.prior));
        let result = auto_scaling_group::apply(client, limits, self.planned, prior, live, &mut record.private).await;
        if result.is_err() {
            let auto_scaling_group = auto_scaling_group::attempted(self.prior, self.planned);
            record.save(NodeGroup { auto_scaling_group, ..self.prior.clone() });
        }
        result
    }

    fn to<'u>(&'u self, live: &'u Live) -> changes::Update<'u> {
        changes::Update { prior: self.prior, planned: self.planned, live }
    }

    fn id(&self) -> String {
        api::id(self.cluster, self.name)
    }

    fn cannot(&self, error: ApiError) -> Diagnostics {
        error.into_diagnostic(format!("Unable to update node group {}", self.id()), "").into()
    }

    async fn describe(&self) -> Result<Live, Diagnostics> {
        let doing = format!("reading node group {}", self.id());
        Retry::new()
            .run(&doing, self.limits, || self.client.describe(self.cluster, self.name))
            .await
            .map_err(|error| self.cannot(error))
    }

    async fn settled(&self) -> Result<Live, Diagnostics> {
        let live = waiting::settled(self.client, self.limits, self.cluster, self.name).await;
        let doing = format!("reading node group {}", self.id());
        let same = |live: Live| unchanged_identity(&doing, self.prior.arn.text(), &live.arn).map(|()| live);
        live.and_then(same).map_err(|error| self.cannot(error))
    }

    fn is_same(&self, live: &Live) -> bool {
        !is_another(self.prior.arn.text(), &live.arn)
    }

    async fn version(&self, live: Live, private: &mut Private) -> Result<Live, Diagnostics> {
        let number = self.template_version().await?;
        let token = generated_name::token();
        let Some(request) = self.to(&live).version(number.as_deref(), &token) else { return Ok(live) };
        let settings = (self.prior, self.planned);
        let resumed = auto_scaling_group::resume(self.client, self.limits, settings, &live, private).await?;
        let updated = self.roll(&request).await;
        match (updated, resumed.suspend_again().await) {
            (updated, Ok(())) => updated,
            (Ok(_), Err(errors)) => Err(errors),
            (Err(mut errors), Err(more)) => {
                errors.extend(more);
                Err(errors)
            }
        }
    }

    /// Starts a rolling update and waits for it.
    async fn roll(&self, request: &VersionUpdate) -> Result<Live, Diagnostics> {
        let doing = format!("updating the version of node group {}", self.id());
        let update = Retry::new()
            .run(&doing, self.limits, || self.client.update_version(request))
            .await
            .map_err(|error| self.cannot(error))?;
        self.finish(&update, Some(&RollProgress::new(self.kubernetes, self.name))).await
    }

    async fn config(&self, live: Live, diagnostics: &mut Diagnostics) -> Result<Live, Diagnostics> {
        let token = generated_name::token();
        let Some(request) = self.to(&live).config(&token) else { return Ok(live) };
        let resized = self.to(&live).resized();
        let doing = format!("updating the configuration of node group {}", self.id());
        let update = Retry::new()
            .run(&doing, self.limits, || self.client.update_config(&request))
            .await
            .map_err(|error| self.cannot(error))?;
        if let Some(resized) = resized {
            diagnostics.push(resize_warning(&self.id(), resized));
        }
        self.finish(&update, None).await
    }

    /// Waits for an update by its ID, because the group status does not indicate success.
    async fn finish(&self, id: &str, progress: Option<&RollProgress<'_>>) -> Result<Live, Diagnostics> {
        let update = waiting::update(self.client, progress, self.limits, (self.cluster, self.name), id)
            .await
            .map_err(|error| self.cannot(error))?;
        if update.status == UpdateStatus::Successful {
            return self.settled().await;
        }
        let live = self.client.describe(self.cluster, self.name).await.unwrap_or_default();
        let errors = health::describe_update_errors(&update, &live.health);
        let evictions = evictions::explain(self.kubernetes, self.limits, self.name, &update.errors).await;
        let join = join::explain(self.client, self.limits, &live, &update.errors).await;
        let detail = health::paragraphs(&[&evictions, &join, &errors]);
        Err(Diagnostic::error(
            format!("Update {id} of node group {} ended with status {}", self.id(), update.status),
            detail,
        )
        .into())
    }

    /// Returns the number that the planned launch template version resolves to.
    async fn template_version(&self) -> Result<Option<String>, Diagnostics> {
        let Some(template) = self.planned.launch_template.first() else { return Ok(None) };
        resolve(self.client, template).await.map_err(|error| self.cannot(error))
    }

    async fn tags(&self, live: &Live) -> Result<(), Diagnostics> {
        let changes = self.policy.changes(Some(&self.prior.tags_all), &self.planned.tags_all, &live.tags);
        let doing = format!("tagging node group {}", self.id());
        if !changes.removed.is_empty() {
            let call = || self.client.untag(&live.arn, &changes.removed);
            Retry::new().run(&doing, self.limits, call).await.map_err(|error| self.cannot(error))?;
        }
        if !changes.set.is_empty() {
            let call = || self.client.tag(&live.arn, &changes.set);
            Retry::new().run(&doing, self.limits, call).await.map_err(|error| self.cannot(error))?;
        }
        Ok(())
    }
}

/// Returns a warning about a change that the plan could not show, because the number of nodes changed after the plan.
fn resize_warning(id: &str, changes::Resized { from, to }: changes::Resized) -> Diagnostic {
    let (limit, size) = if to > from { ("min_size", "below") } else { ("max_size", "above") };
    let nodes = if from == 1 { "node" } else { "nodes" };
    Diagnostic::warning(
        format!("Node group {id} was resized"),
        format!(
            "The node group had {from} {nodes}, which is {size} the new {limit}, so EKS accepts {limit} only with a \
             different desired size. The provider changed the desired size from {from} to {to}. If another value of \
             desired_size is planned or ignored, the next plan shows the current value."
        ),
    )
    .at(Path::attribute("scaling_config").index(0).then(limit))
}

/// Returns the number that a launch template version resolves to, or the version itself if it is a number.
pub(super) async fn resolve(
    client: &dyn NodeGroupClient,
    template: &super::model::LaunchTemplate,
) -> Result<Option<String>, ApiError> {
    let Some(version) = template.version.text() else { return Ok(None) };
    if !version.starts_with('$') {
        return Ok(Some(version.to_owned()));
    }
    let Some(name) = api::template_name(template) else { return Ok(None) };
    client.launch_template_version(&name, version).await.map(Some)
}
