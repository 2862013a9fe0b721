//! Facts about a launch template, from EC2.

/// The identifier of a launch template.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TemplateName {
    /// `lt-…`.
    Id(String),
    /// The name.
    Name(String),
}

/// A launch template version, with the settings that are relevant for node groups.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Template {
    /// `lt-…`.
    pub id: String,
    /// The name.
    pub name: String,
    /// The number of the version.
    pub version: i64,
    /// The AMI: an ID, or `resolve:ssm:…`.
    pub image_id: Option<String>,
    /// The instance type.
    pub instance_type: Option<String>,
    /// Whether instance requirements select the instance types.
    pub has_requirements: bool,
    /// The instance profile, by name or ARN.
    pub instance_profile: Option<String>,
    /// The shutdown behavior of instances.
    pub shutdown_behavior: Option<String>,
    /// Whether hibernation is enabled.
    pub hibernation: bool,
    /// `spot` or `capacity-block`.
    pub market_type: Option<String>,
    /// The capacity reservation that it specifies.
    pub capacity_reservation_id: Option<String>,
    /// The key pair.
    pub key_name: Option<String>,
    /// Security groups of the instance.
    pub security_groups: Vec<String>,
    /// Network interfaces.
    pub interfaces: Vec<TemplateInterface>,
    /// Volumes.
    pub volumes: Vec<BlockDevice>,
    /// User data in Base64.
    pub user_data: Option<String>,
    /// Whether the instance metadata service is disabled.
    pub metadata_disabled: bool,
    /// The hop limit for responses of the instance metadata service.
    pub metadata_hop_limit: Option<i32>,
    /// The placement group: its name or its ID.
    pub placement_group: Option<String>,
}

/// A network interface of a launch template.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TemplateInterface {
    /// The device index.
    pub device_index: i32,
    /// The subnet.
    pub subnet_id: Option<String>,
    /// Security groups.
    pub security_groups: Vec<String>,
    /// Whether it gets a public IP address. `None` if the subnet decides.
    pub public_ip: Option<bool>,
    /// Whether it is an Elastic Fabric Adapter.
    pub efa: bool,
}

/// A volume of a launch template.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct BlockDevice {
    /// The device name, such as `/dev/xvda`.
    pub device: String,
    /// The size in GiB.
    pub size: Option<i64>,
    /// Whether it is encrypted. `None` if the account default decides.
    pub encrypted: Option<bool>,
    /// The KMS key: an ID, an ARN, or an alias.
    pub kms_key: Option<String>,
}
