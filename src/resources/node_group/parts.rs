//! The parts of a node group that other services provide. A read continues if they fail, because neither refresh nor
//! destroy requires them.

use clients::errors::{ApiError, ErrorKind};
use clients::partial_read::{Part, PartialReads};
use framework::blocks::ListBlock;
use framework::diagnostics::Diagnostics;
use framework::model::Map;

use super::client::{NodeGroup as Live, NodeGroupClient};
use super::group_settings::GroupSettings;
use super::model::NodeGroup;
use super::{auto_scaling_group, group_tags, update};

/// A node group that is being read.
pub(super) struct Parts<'p> {
    pub(super) client: &'p dyn NodeGroupClient,
    pub(super) reads: &'p PartialReads,
    pub(super) stored: &'p NodeGroup,
    pub(super) live: &'p Live,
}

impl Parts<'_> {
    /// Returns the tags of the Auto Scaling groups, or the stored tags if they cannot be read.
    pub(super) async fn group_tags(&self, diagnostics: &mut Diagnostics) -> Map<String> {
        let stored = &self.stored.auto_scaling_group_tags;
        let part = Part {
            name: "tags of the Auto Scaling groups",
            action: "autoscaling:DescribeTags",
            advice: "Changes to auto_scaling_group_tags require these tags.",
        };
        self.or_stored(group_tags::read(self.client, stored, self.live).await, stored, part, diagnostics)
    }

    /// Returns the managed settings of the Auto Scaling groups, or the stored settings if they cannot be read.
    pub(super) async fn group_settings(&self, diagnostics: &mut Diagnostics) -> ListBlock<GroupSettings> {
        let stored = &self.stored.auto_scaling_group;
        let part = Part {
            name: "settings of the Auto Scaling groups",
            action: "autoscaling:DescribeAutoScalingGroups",
            advice: "Changes to auto_scaling_group require these settings.",
        };
        self.or_stored(auto_scaling_group::read(self.client, stored, self.live).await, stored, part, diagnostics)
    }

    /// Returns a part, or the stored part with a warning if it cannot be read.
    fn or_stored<T: Clone>(
        &self,
        read: Result<T, ApiError>,
        stored: &T,
        part: Part<'_>,
        diagnostics: &mut Diagnostics,
    ) -> T {
        read.unwrap_or_else(|error| {
            self.reads.part(part, &error).into_iter().for_each(|warning| diagnostics.push(warning));
            stored.clone()
        })
    }

    /// Keeps `$Latest` or `$Default` in state while it resolves to the live version number. Otherwise, state shows the
    /// live number, so the plan shows the change. If the template cannot be read, the stored value is kept.
    pub(super) async fn keep_template_version(&self, model: &mut NodeGroup, diagnostics: &mut Diagnostics) {
        let (Some(template), Some(shown)) = (self.stored.launch_template.first(), model.launch_template.first_mut())
        else {
            return;
        };
        if !template.version.text().is_some_and(|version| version.starts_with('$')) {
            return;
        }
        let number = self.live.launch_template.as_ref().and_then(|template| template.version.clone());
        match update::resolve(self.client, template).await {
            Ok(newest) if newest != number => {}
            Ok(_) => shown.version = template.version.clone(),
            Err(error) => {
                let advice = match error.kind {
                    ErrorKind::NotFound => {
                        "The launch template, or this version of it, was deleted. The nodes keep running. Set \
                         launch_template to an existing launch template before the next update of the node group."
                    }
                    _ => "Updates to the launch template version require it.",
                };
                let action = "ec2:DescribeLaunchTemplateVersions";
                let part = Part { name: "launch template version", action, advice };
                self.reads.part(part, &error).into_iter().for_each(|warning| diagnostics.push(warning));
                shown.version = template.version.clone();
            }
        }
    }
}
