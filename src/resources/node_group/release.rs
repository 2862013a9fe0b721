//! The AMI release of `ami_update_policy = "latest"`.

use clients::errors::{ApiError, ErrorKind};
use framework::diagnostics::Diagnostics;
use framework::model::Attr;
use framework::path::Path;
use framework::resource::Plan;

use super::model::NodeGroup;
use super::name_conflict::NameContext;

/// The name of the value that is recorded in the plan.
const RECOMMENDED: &str = "recommended_release";

/// With `ami_update_policy = "latest"`, plans the currently recommended release. EKS selects it for a new node group.
pub(super) async fn newest(ground: NameContext<'_>, plan: &mut Plan<NodeGroup>) {
    let planned = &plan.planned;
    // EKS recommends no release for a custom AMI: the launch template sets it.
    let custom = planned.ami_type.text() == Some("CUSTOM");
    let latest = planned.ami_update_policy.text() == Some("latest") && plan.config.release_version.is_null();
    let Some(prior) = plan.prior.as_ref().filter(|_| latest && !custom && !plan.is_replace()) else { return };
    let key = ground.named(prior, prior.node_group_name.text().unwrap_or_default());
    let (Some(ami_type), Some(version)) = (planned.ami_type.text(), planned.version.text()) else {
        if planned.version.is_unknown() {
            plan.planned.release_version = Attr::Unknown;
        }
        return;
    };
    let (ami_type, version) = (ami_type.to_owned(), version.to_owned());
    let read = ground.client.recommended_release(&ami_type, &version);
    // A release that is published between plan and apply is left for the next plan.
    match ground.ledger.fact(plan, &key, RECOMMENDED, read).await {
        Ok(Some(release)) => plan.planned.release_version = release.into(),
        Ok(None) => {
            let detail = format!(
                "AWS does not publish a recommended release of AMI type {ami_type} for Kubernetes {version} in this \
                 Region, so the current release is kept. Use another ami_type, or see the ekscompute_node_group \
                 documentation for the AMI types of each version."
            );
            plan.diagnostics.warning_at(Path::attribute("ami_update_policy"), "No recommended AMI release", detail);
        }
        Err(error) => plan.diagnostics.extend(unknown(&error)),
    }
}

fn unknown(error: &ApiError) -> Diagnostics {
    let mut diagnostics = Diagnostics::new();
    let action = if error.kind == ErrorKind::Denied {
        "Grant ssm:GetParameter on arn:aws:ssm:*::parameter/aws/service/*, or set ami_update_policy to pinned."
    } else {
        "Retry the plan, or set ami_update_policy to pinned."
    };
    diagnostics.warning_at(
        Path::attribute("ami_update_policy"),
        "Unable to read the recommended AMI release",
        format!("{error}\n\nThe current release is kept. {action}"),
    );
    diagnostics
}
