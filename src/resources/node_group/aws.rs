//! Calls the AWS services for node groups. With `aws/`, the only files in this module that use the SDK.

mod convert;
mod scaling_groups;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_autoscaling::types::{Filter, Tag};

use clients::aws::answers::present;
use clients::aws::errors::sorted;
use clients::cache::{Batch, Cache, Facts};
use clients::context::Clients;
use clients::errors::{ApiError, ErrorKind};
use render::ami_types;

use super::client::{
    ConfigUpdate, CreateNodeGroup, GroupInstance, GroupTag, NodeGroup, NodeGroupClient, TemplateName, Update,
    VersionUpdate,
};
use super::scaling_group::ScalingGroup;

const EKS: &str = "EKS";
const EC2: &str = "EC2";
const SSM: &str = "Systems Manager";
const AUTO_SCALING: &str = "Auto Scaling";

/// Maximum number of names per filter.
const GROUPS_AT_ONCE: usize = 200;

/// The resource type in tags of an Auto Scaling group.
const GROUP: &str = "auto-scaling-group";

type GroupTags = BTreeMap<String, GroupTag>;

/// A version of a launch template.
#[derive(Debug, Clone)]
struct TemplateVersion {
    id: String,
    number: String,
    image: Option<String>,
}

/// The services of one Region, and the data that was read from them.
pub struct AwsNodeGroups {
    eks: aws_sdk_eks::Client,
    ec2: aws_sdk_ec2::Client,
    ssm: aws_sdk_ssm::Client,
    auto_scaling: aws_sdk_autoscaling::Client,
    names: Cache<String, Vec<String>>,
    releases: Cache<(String, String), Option<String>>,
    template_versions: Cache<(TemplateName, String), TemplateVersion>,
    group_tags: Batch<String, GroupTags>,
    scaling_groups: Batch<String, ScalingGroup>,
}

/// The SDK clients of one Region.
#[derive(Debug, Clone)]
pub struct Services {
    /// Node groups and clusters.
    pub eks: aws_sdk_eks::Client,
    /// Launch templates.
    pub ec2: aws_sdk_ec2::Client,
    /// Recommended releases.
    pub ssm: aws_sdk_ssm::Client,
    /// Auto Scaling groups.
    pub auto_scaling: aws_sdk_autoscaling::Client,
}

impl AwsNodeGroups {
    /// Uses these clients, without cached data.
    #[must_use]
    pub fn new(services: Services) -> Self {
        let Services { eks, ec2, ssm, auto_scaling } = services;
        let group_tags = {
            let auto_scaling = auto_scaling.clone();
            Batch::new(GROUPS_AT_ONCE, move |groups| describe_tags(auto_scaling.clone(), groups))
        };
        let scaling_groups = {
            let auto_scaling = auto_scaling.clone();
            let describe = move |groups| scaling_groups::describe(auto_scaling.clone(), groups);
            Batch::new(scaling_groups::GROUPS_AT_ONCE, describe)
        };
        let (names, releases, template_versions) = (Cache::default(), Cache::default(), Cache::default());
        Self { eks, ec2, ssm, auto_scaling, names, releases, template_versions, group_tags, scaling_groups }
    }

    /// Returns the shared instance of this process for the Region, and creates it on first use.
    #[must_use]
    pub fn shared(facts: &Facts, region: &str, services: impl FnOnce() -> Services) -> Arc<Self> {
        facts.of_key(region.to_owned(), || Self::new(services()))
    }
}

/// Returns a client for the services of `region`, or of the provider Region if it is `None`.
#[must_use]
pub fn connect(clients: &Clients, region: Option<&str>) -> Arc<dyn NodeGroupClient> {
    let aws = clients.aws();
    AwsNodeGroups::shared(clients.facts(), region.unwrap_or(aws.region()), || Services {
        eks: aws.eks(region),
        ec2: aws.ec2(region),
        ssm: aws.ssm(region),
        auto_scaling: aws.autoscaling(region),
    })
}

impl AwsNodeGroups {
    async fn template_version(&self, template: &TemplateName, version: &str) -> Result<TemplateVersion, ApiError> {
        let call = self.ec2.describe_launch_template_versions().versions(version);
        let call = match template {
            TemplateName::Id(id) => call.launch_template_id(id),
            TemplateName::Name(name) => call.launch_template_name(name),
        };
        let load = || async move {
            let operation = "DescribeLaunchTemplateVersions";
            let answer = call.send().await.map_err(sorted(EC2, operation))?;
            let found = answer.launch_template_versions().first();
            let image = found.and_then(|found| found.launch_template_data()).and_then(|data| data.image_id());
            let image = image.filter(|image| !image.is_empty()).map(str::to_owned);
            let number = present(found.and_then(|found| found.version_number()), EC2, operation, "version number")?;
            let id = found.and_then(|found| found.launch_template_id()).unwrap_or_default().to_owned();
            Ok(TemplateVersion { id, number: number.to_string(), image })
        };
        self.template_versions.get((template.clone(), version.to_owned()), load).await
    }
}

#[async_trait]
impl NodeGroupClient for AwsNodeGroups {
    async fn create(&self, request: &CreateNodeGroup) -> Result<NodeGroup, ApiError> {
        let operation = "CreateNodegroup";
        let call = convert::create(self.eks.create_nodegroup(), request)?;
        let answer = call.send().await.map_err(sorted(EKS, operation))?;
        convert::node_group(present(answer.nodegroup, EKS, operation, "nodegroup")?)
    }

    async fn describe(&self, cluster: &str, name: &str) -> Result<NodeGroup, ApiError> {
        let operation = "DescribeNodegroup";
        let call = self.eks.describe_nodegroup().cluster_name(cluster).nodegroup_name(name);
        let answer = call.send().await.map_err(sorted(EKS, operation))?;
        convert::node_group(present(answer.nodegroup, EKS, operation, "nodegroup")?)
    }

    async fn list(&self, cluster: &str) -> Result<Vec<String>, ApiError> {
        list(self.eks.clone(), cluster.to_owned()).await
    }

    async fn names_at_first(&self, cluster: &str) -> Result<Vec<String>, ApiError> {
        self.names.get(cluster.to_owned(), || list(self.eks.clone(), cluster.to_owned())).await
    }

    async fn clusters(&self) -> Result<Vec<String>, ApiError> {
        let pages = self.eks.list_clusters().max_results(100).into_paginator();
        pages.items().send().collect::<Result<_, _>>().await.map_err(sorted(EKS, "ListClusters"))
    }

    async fn update_config(&self, request: &ConfigUpdate) -> Result<String, ApiError> {
        let operation = "UpdateNodegroupConfig";
        let call = convert::config_update(self.eks.update_nodegroup_config(), request)?;
        let answer = call.send().await.map_err(sorted(EKS, operation))?;
        present(answer.update.and_then(|update| update.id), EKS, operation, "update ID")
    }

    async fn update_version(&self, request: &VersionUpdate) -> Result<String, ApiError> {
        let operation = "UpdateNodegroupVersion";
        let call = convert::version_update(self.eks.update_nodegroup_version(), request);
        let answer = call.send().await.map_err(sorted(EKS, operation))?;
        present(answer.update.and_then(|update| update.id), EKS, operation, "update ID")
    }

    async fn delete(&self, cluster: &str, name: &str) -> Result<(), ApiError> {
        let call = self.eks.delete_nodegroup().cluster_name(cluster).nodegroup_name(name);
        call.send().await.map_err(sorted(EKS, "DeleteNodegroup")).map(drop)
    }

    async fn describe_update(&self, cluster: &str, name: &str, id: &str) -> Result<Update, ApiError> {
        let operation = "DescribeUpdate";
        let call = self.eks.describe_update().name(cluster).nodegroup_name(name).update_id(id);
        let answer = call.send().await.map_err(sorted(EKS, operation))?;
        Ok(convert::update(present(answer.update, EKS, operation, "update")?))
    }

    async fn tag(&self, arn: &str, tags: &BTreeMap<String, String>) -> Result<(), ApiError> {
        let call = self.eks.tag_resource().resource_arn(arn).set_tags(Some(tags.clone().into_iter().collect()));
        call.send().await.map_err(sorted(EKS, "TagResource")).map(drop)
    }

    async fn untag(&self, arn: &str, keys: &[String]) -> Result<(), ApiError> {
        let call = self.eks.untag_resource().resource_arn(arn).set_tag_keys(Some(keys.to_vec()));
        call.send().await.map_err(sorted(EKS, "UntagResource")).map(drop)
    }

    async fn recommended_release(&self, ami_type: &str, version: &str) -> Result<Option<String>, ApiError> {
        let Some(known) = ami_types::find(ami_type) else { return Ok(None) };
        let parameter = known.release_parameter(version);
        let call = self.ssm.get_parameter().name(&parameter.name);
        let load = || async move {
            let operation = "GetParameter";
            let answer = match call.send().await.map_err(sorted(SSM, operation)) {
                Err(error) if error.is_not_found() => return Ok(None),
                answer => answer?,
            };
            let value = present(answer.parameter.and_then(|found| found.value), SSM, operation, "value")?;
            let what = format!("release in {} ({value:?})", parameter.name);
            present(parameter.release(&value), SSM, operation, &what).map(Some)
        };
        self.releases.get((ami_type.to_owned(), version.to_owned()), load).await
    }

    async fn launch_template_id(&self, template: &TemplateName, version: &str) -> Result<String, ApiError> {
        self.template_version(template, version).await.map(|found| found.id)
    }

    async fn launch_template_version(&self, template: &TemplateName, version: &str) -> Result<String, ApiError> {
        self.template_version(template, version).await.map(|found| found.number)
    }

    async fn launch_template_image(&self, template: &TemplateName, version: &str) -> Result<Option<String>, ApiError> {
        self.template_version(template, version).await.map(|found| found.image)
    }

    async fn auto_scaling_group_tags(&self, group: &str) -> Result<GroupTags, ApiError> {
        let group = group.to_owned();
        self.group_tags.forget(&group);
        self.group_tags.get(group).await.map(Option::unwrap_or_default)
    }

    async fn tag_auto_scaling_group(&self, group: &str, tags: &GroupTags) -> Result<(), ApiError> {
        let tags = tags.iter().map(|(key, tag)| {
            let builder = Tag::builder().resource_id(group).resource_type(GROUP).key(key).value(&tag.value);
            builder.propagate_at_launch(tag.propagate_at_launch).build()
        });
        let call = self.auto_scaling.create_or_update_tags().set_tags(Some(tags.collect()));
        call.send().await.map_err(sorted(AUTO_SCALING, "CreateOrUpdateTags")).map(drop)
    }

    async fn untag_auto_scaling_group(&self, group: &str, keys: &[String]) -> Result<(), ApiError> {
        let tags = keys.iter().map(|key| Tag::builder().resource_id(group).resource_type(GROUP).key(key).build());
        let call = self.auto_scaling.delete_tags().set_tags(Some(tags.collect()));
        call.send().await.map_err(sorted(AUTO_SCALING, "DeleteTags")).map(drop)
    }

    async fn failed_scaling_activities(&self, group: &str) -> Result<Vec<String>, ApiError> {
        // EKS may already have deleted the group of a failed node group.
        let call = self.auto_scaling.describe_scaling_activities().auto_scaling_group_name(group);
        let call = call.include_deleted_groups(true);
        let answer = call.send().await.map_err(sorted(AUTO_SCALING, "DescribeScalingActivities"))?;
        Ok(convert::failures(answer.activities()))
    }

    async fn auto_scaling_group_instances(&self, group: &str) -> Result<Vec<GroupInstance>, ApiError> {
        let call = self.auto_scaling.describe_auto_scaling_groups().auto_scaling_group_names(group);
        let answer = call.send().await.map_err(sorted(AUTO_SCALING, "DescribeAutoScalingGroups"))?;
        Ok(answer.auto_scaling_groups().iter().flat_map(|group| group.instances()).map(convert::instance).collect())
    }

    async fn console_output(&self, instance: &str) -> Result<Option<Vec<u8>>, ApiError> {
        let output = |latest| async move {
            let call = self.ec2.get_console_output().instance_id(instance).latest(latest);
            let answer = call.send().await.map_err(sorted(EC2, "GetConsoleOutput"))?;
            Ok::<_, ApiError>(answer.output().and_then(convert::console_output))
        };
        // EC2 has the current output only of Nitro instances, and output of earlier events of all instances.
        match output(true).await {
            Ok(Some(output)) => Ok(Some(output)),
            Err(error) if error.kind == ErrorKind::Denied || error.is_credentials_error() => Err(error),
            Ok(None) | Err(_) => output(false).await,
        }
    }
}

/// Returns the names of the node groups of a cluster.
async fn list(eks: aws_sdk_eks::Client, cluster: String) -> Result<Vec<String>, ApiError> {
    let pages = eks.list_nodegroups().cluster_name(cluster).max_results(100).into_paginator();
    pages.items().send().collect::<Result<_, _>>().await.map_err(sorted(EKS, "ListNodegroups"))
}

/// Returns the tags by group. Groups that do not exist or have no tags are omitted.
async fn describe_tags(
    auto_scaling: aws_sdk_autoscaling::Client,
    groups: Vec<String>,
) -> Result<HashMap<String, GroupTags>, ApiError> {
    let filter = Filter::builder().name(GROUP).set_values(Some(groups)).build();
    let pages = auto_scaling.describe_tags().filters(filter).max_records(100).into_paginator();
    let tags: Vec<_> =
        pages.items().send().collect::<Result<_, _>>().await.map_err(sorted(AUTO_SCALING, "DescribeTags"))?;
    Ok(convert::group_tags(tags))
}

#[cfg(test)]
#[path = "aws/tests.rs"]
mod tests;
