//! Calls EKS and Auto Scaling for rolling replacements.

use std::sync::Arc;

use async_trait::async_trait;

use clients::aws::errors::sorted;
use clients::context::Clients;
use clients::errors::{ApiError, ErrorKind};

use super::client::{RollClient, RolledGroup};

struct AwsGroups {
    eks: aws_sdk_eks::Client,
    auto_scaling: aws_sdk_autoscaling::Client,
}

/// Returns a client for `region`, or for the configured Region if it is `None`.
#[must_use]
pub fn connect(clients: &Clients, region: Option<&str>) -> Arc<dyn RollClient> {
    let aws = clients.aws();
    Arc::new(AwsGroups { eks: aws.eks(region), auto_scaling: aws.autoscaling(region) })
}

#[async_trait]
impl RollClient for AwsGroups {
    async fn describe(&self, cluster: &str, node_group: &str) -> Result<RolledGroup, ApiError> {
        let request = self.eks.describe_nodegroup().cluster_name(cluster).nodegroup_name(node_group).send();
        let group = request.await.map_err(sorted("EKS", "DescribeNodegroup"))?.nodegroup;
        let group = group.unwrap_or_else(|| aws_sdk_eks::types::Nodegroup::builder().build());
        let desired = group.scaling_config().and_then(|scaling| scaling.desired_size());
        Ok(RolledGroup {
            status: group.status().map_or("", |status| status.as_str()).to_owned(),
            desired_size: desired.and_then(|size| usize::try_from(size).ok()).unwrap_or_default(),
        })
    }

    async fn terminate(&self, instance: &str) -> Result<(), ApiError> {
        let request = self.auto_scaling.terminate_instance_in_auto_scaling_group().instance_id(instance);
        let request = request.should_decrement_desired_capacity(false).send();
        let operation = "TerminateInstanceInAutoScalingGroup";
        match request.await.map_err(sorted("Auto Scaling", operation)) {
            // The service has no separate code for it.
            Err(error) if error.message.contains("No managed instance found") => {
                Err(ApiError { kind: ErrorKind::NotFound, ..error })
            }
            Err(error) => Err(error),
            Ok(_) => Ok(()),
        }
    }
}
