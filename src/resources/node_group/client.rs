//! The AWS operations for node groups, in plain types. [`super::aws`] calls the services.

use std::collections::BTreeMap;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use clients::creation::CreateRequest;
use clients::errors::ApiError;
pub use clients::issues::Issue;

use super::scaling_group::ScalingGroupClient;
pub use super::status::{NodeGroupStatus, UpdateStatus};

/// The API calls for one Region.
#[async_trait]
pub trait NodeGroupClient: ScalingGroupClient {
    /// `eks:CreateNodegroup`.
    async fn create(&self, request: &CreateNodeGroup) -> Result<NodeGroup, ApiError>;
    /// `eks:DescribeNodegroup`.
    async fn describe(&self, cluster: &str, name: &str) -> Result<NodeGroup, ApiError>;
    /// `eks:ListNodegroups`, all pages.
    async fn list(&self, cluster: &str) -> Result<Vec<String>, ApiError>;
    /// The same, read once per process.
    async fn names_at_first(&self, cluster: &str) -> Result<Vec<String>, ApiError>;
    /// `eks:ListClusters`, all pages.
    async fn clusters(&self) -> Result<Vec<String>, ApiError>;
    /// `eks:UpdateNodegroupConfig`; returns the ID of the update.
    async fn update_config(&self, request: &ConfigUpdate) -> Result<String, ApiError>;
    /// `eks:UpdateNodegroupVersion`; returns the ID of the update.
    async fn update_version(&self, request: &VersionUpdate) -> Result<String, ApiError>;
    /// `eks:DeleteNodegroup`.
    async fn delete(&self, cluster: &str, name: &str) -> Result<(), ApiError>;
    /// `eks:DescribeUpdate`.
    async fn describe_update(&self, cluster: &str, name: &str, id: &str) -> Result<Update, ApiError>;
    /// `eks:TagResource`.
    async fn tag(&self, arn: &str, tags: &BTreeMap<String, String>) -> Result<(), ApiError>;
    /// `eks:UntagResource`.
    async fn untag(&self, arn: &str, keys: &[String]) -> Result<(), ApiError>;
    /// Returns the recommended release version for an AMI type and a Kubernetes version (`ssm:GetParameter` on public
    /// parameters), read once per process. Returns `None` if the parameter does not exist, which means that the
    /// combination is not offered.
    async fn recommended_release(&self, ami_type: &str, version: &str) -> Result<Option<String>, ApiError>;
    /// Returns the ID of a launch template that has this version. Read together with its number.
    async fn launch_template_id(&self, template: &TemplateName, version: &str) -> Result<String, ApiError>;
    /// Returns the number that `$Latest` or `$Default` currently resolves to (`ec2:DescribeLaunchTemplateVersions`),
    /// read once per process.
    async fn launch_template_version(&self, template: &TemplateName, version: &str) -> Result<String, ApiError>;
    /// Returns the AMI that a launch template version specifies, if any. Read together with its number.
    async fn launch_template_image(&self, template: &TemplateName, version: &str) -> Result<Option<String>, ApiError>;
    /// Returns the tags of Auto Scaling groups by group name (`autoscaling:DescribeTags`), batched with concurrent
    /// requests. Never cached.
    async fn auto_scaling_group_tags(&self, group: &str) -> Result<BTreeMap<String, GroupTag>, ApiError>;
    /// `autoscaling:CreateOrUpdateTags`.
    async fn tag_auto_scaling_group(&self, group: &str, tags: &BTreeMap<String, GroupTag>) -> Result<(), ApiError>;
    /// `autoscaling:DeleteTags`.
    async fn untag_auto_scaling_group(&self, group: &str, keys: &[String]) -> Result<(), ApiError>;
    /// Returns the messages of the latest failed scaling activities of a group
    /// (`autoscaling:DescribeScalingActivities`), newest first, without duplicates.
    async fn failed_scaling_activities(&self, group: &str) -> Result<Vec<String>, ApiError>;
    /// Returns the instances of a group (`autoscaling:DescribeAutoScalingGroups`).
    async fn auto_scaling_group_instances(&self, group: &str) -> Result<Vec<GroupInstance>, ApiError>;
    /// Returns the newest console output of an instance (`ec2:GetConsoleOutput`), or `None` if EC2 has none yet.
    async fn console_output(&self, instance: &str) -> Result<Option<Vec<u8>>, ApiError>;
}

/// A node group as the API describes it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct NodeGroup {
    /// The cluster.
    pub cluster_name: String,
    /// The name.
    pub node_group_name: String,
    /// The ARN.
    pub arn: String,
    /// The status.
    pub status: NodeGroupStatus,
    /// The Kubernetes version. `None` with a custom AMI.
    pub version: Option<String>,
    /// The AMI release, or the ID of a custom AMI.
    pub release_version: Option<String>,
    /// The creation time, in RFC 3339 format.
    pub created_at: Option<String>,
    /// The time of the last change, in RFC 3339 format.
    pub modified_at: Option<String>,
    /// The capacity type: `ON_DEMAND`, `SPOT`, or `CAPACITY_BLOCK`.
    pub capacity_type: Option<String>,
    /// The numbers of nodes.
    pub scaling: Option<Scaling>,
    /// The instance types. Empty if the launch template specifies the type.
    pub instance_types: Vec<String>,
    /// The subnet IDs.
    pub subnets: Vec<String>,
    /// SSH or RDP access. `None` with a launch template.
    pub remote_access: Option<RemoteAccess>,
    /// The AMI type. `CUSTOM` with a custom AMI.
    pub ami_type: Option<String>,
    /// The ARN of the node role.
    pub node_role: String,
    /// Kubernetes labels.
    pub labels: BTreeMap<String, String>,
    /// Kubernetes taints.
    pub taints: Vec<Taint>,
    /// Names of the Auto Scaling groups that EKS created.
    pub auto_scaling_groups: Vec<String>,
    /// The security group that EKS created for remote access.
    pub remote_access_security_group: Option<String>,
    /// The disk size in GiB. `None` with a launch template.
    pub disk_size: Option<i64>,
    /// The health issues.
    pub health: Vec<Issue>,
    /// The update settings.
    pub update_config: Option<UpdateSettings>,
    /// Automatic repair.
    pub repair: Option<Repair>,
    /// ID, name, and version number of the launch template.
    pub launch_template: Option<Template>,
    /// The warm pool.
    pub warm_pool: Option<WarmPool>,
    /// AWS tags.
    pub tags: BTreeMap<String, String>,
}

/// Numbers of nodes. Values that a request omits are unchanged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Scaling {
    /// The minimum.
    pub min: Option<i64>,
    /// The maximum.
    pub max: Option<i64>,
    /// The desired number.
    pub desired: Option<i64>,
}

/// SSH or RDP access.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct RemoteAccess {
    /// The name of the EC2 key pair.
    pub ec2_ssh_key: Option<String>,
    /// Security groups that are allowed to connect.
    pub source_security_groups: Vec<String>,
}

/// A Kubernetes taint, with its effect as spelled by EKS (`NO_SCHEDULE`, `NO_EXECUTE`, `PREFER_NO_SCHEDULE`).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
pub struct Taint {
    /// The key.
    pub key: String,
    /// The value. `None` and an empty string are equivalent.
    pub value: Option<String>,
    /// The effect.
    pub effect: String,
}

/// Update settings.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct UpdateSettings {
    /// Maximum number of unavailable nodes.
    pub max_unavailable: Option<i64>,
    /// Maximum percentage of unavailable nodes.
    pub max_unavailable_percentage: Option<i64>,
    /// `DEFAULT` or `MINIMAL`.
    pub strategy: Option<String>,
}

/// Automatic repair.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Repair {
    /// Whether repair is enabled.
    pub enabled: Option<bool>,
    /// Number of unhealthy nodes above which repair stops.
    pub max_unhealthy_count: Option<i64>,
    /// Percentage of unhealthy nodes above which repair stops.
    pub max_unhealthy_percentage: Option<i64>,
    /// Maximum number of nodes to repair concurrently.
    pub max_parallel_count: Option<i64>,
    /// Maximum percentage of nodes to repair concurrently.
    pub max_parallel_percentage: Option<i64>,
    /// Repair actions of specific conditions.
    pub overrides: Vec<RepairOverride>,
}

/// The repair action of a specific condition.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
pub struct RepairOverride {
    /// The condition of the node monitoring agent.
    pub node_monitoring_condition: String,
    /// The reason.
    pub node_unhealthy_reason: String,
    /// Minimum time to wait, in minutes.
    pub min_repair_wait_time_mins: i64,
    /// The action: `Replace`, `Reboot`, or `NoAction`.
    pub repair_action: String,
}

/// A launch template by ID or name. The API returns both.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Template {
    /// `lt-…`.
    pub id: Option<String>,
    /// The name.
    pub name: Option<String>,
    /// The version: a number, `$Latest`, or `$Default` in requests, and a number in responses.
    pub version: Option<String>,
}

/// The identifier of a launch template.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum TemplateName {
    /// `lt-…`.
    Id(String),
    /// The name.
    Name(String),
}

/// A warm pool.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct WarmPool {
    /// `false` in an update removes the pool.
    pub enabled: Option<bool>,
    /// Maximum number of instances in the pool and in service combined.
    pub max_group_prepared_capacity: Option<i64>,
    /// Minimum number of instances in the pool.
    pub min_size: Option<i64>,
    /// The state: `STOPPED`, `RUNNING`, or `HIBERNATED`.
    pub pool_state: Option<String>,
    /// Whether instances return to the pool.
    pub reuse_on_scale_in: Option<bool>,
}

/// A tag of an Auto Scaling group.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct GroupTag {
    /// The value.
    pub value: String,
    /// Whether new instances inherit the tag.
    pub propagate_at_launch: bool,
}

/// An instance of an Auto Scaling group.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct GroupInstance {
    /// `i-…`.
    pub id: String,
    /// The Availability Zone.
    pub zone: String,
}

/// A node group to create.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct CreateNodeGroup {
    /// The cluster.
    pub cluster_name: String,
    /// The name.
    pub node_group_name: String,
    /// Client request token, shared by all attempts so that retries are idempotent.
    pub client_request_token: String,
    /// The numbers of nodes, all of them set.
    pub scaling: Scaling,
    /// The subnet IDs.
    pub subnets: Vec<String>,
    /// The ARN of the node role.
    pub node_role: String,
    /// The disk size in GiB.
    pub disk_size: Option<i64>,
    /// The instance types, in order of preference.
    pub instance_types: Vec<String>,
    /// The AMI type.
    pub ami_type: Option<String>,
    /// The capacity type.
    pub capacity_type: Option<String>,
    /// SSH or RDP access.
    pub remote_access: Option<RemoteAccess>,
    /// Kubernetes labels.
    pub labels: BTreeMap<String, String>,
    /// Kubernetes taints.
    pub taints: Vec<Taint>,
    /// AWS tags.
    pub tags: BTreeMap<String, String>,
    /// A launch template by ID or name.
    pub launch_template: Option<Template>,
    /// The update settings.
    pub update_config: Option<UpdateSettings>,
    /// Automatic repair.
    pub repair: Option<Repair>,
    /// The warm pool.
    pub warm_pool: Option<WarmPool>,
    /// The Kubernetes version.
    pub version: Option<String>,
    /// The AMI release.
    pub release_version: Option<String>,
}

/// Changes in one call that do not replace nodes. Omitted values are unchanged.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ConfigUpdate {
    /// The cluster.
    pub cluster_name: String,
    /// The name.
    pub node_group_name: String,
    /// Client request token, shared by all attempts so that retries are idempotent.
    pub client_request_token: String,
    /// Labels to add or change.
    pub add_labels: BTreeMap<String, String>,
    /// Keys of labels to remove.
    pub remove_labels: Vec<String>,
    /// Taints to add or change.
    pub add_taints: Vec<Taint>,
    /// Taints to remove, with all their fields.
    pub remove_taints: Vec<Taint>,
    /// Numbers of nodes.
    pub scaling: Option<Scaling>,
    /// The update settings.
    pub update_config: Option<UpdateSettings>,
    /// Automatic repair.
    pub repair: Option<Repair>,
    /// The warm pool.
    pub warm_pool: Option<WarmPool>,
}

/// A rolling update. Omitted values are unchanged.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct VersionUpdate {
    /// The cluster.
    pub cluster_name: String,
    /// The name.
    pub node_group_name: String,
    /// Client request token, shared by all attempts so that retries are idempotent.
    pub client_request_token: String,
    /// The Kubernetes version.
    pub version: Option<String>,
    /// The AMI release.
    pub release_version: Option<String>,
    /// The same launch template with another version, by ID or name.
    pub launch_template: Option<Template>,
    /// Whether to delete pods that cannot be evicted.
    pub force: bool,
}

/// An update of a node group.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Update {
    /// The ID.
    pub id: String,
    /// The status.
    pub status: UpdateStatus,
    /// The type, such as `ConfigUpdate` or `VersionUpdate`.
    pub kind: String,
    /// The errors of a failed update.
    pub errors: Vec<Issue>,
}

impl CreateRequest for CreateNodeGroup {
    fn token_mut(&mut self) -> &mut String {
        &mut self.client_request_token
    }

    fn token(&self) -> &str {
        &self.client_request_token
    }
}
