//! Facts about a cluster, from EKS.

/// A cluster.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Cluster {
    /// The name.
    pub name: String,
    /// The ARN.
    pub arn: String,
    /// `CREATING`, `ACTIVE`, `DELETING`, `FAILED`, `UPDATING`, or `PENDING`.
    pub status: String,
    /// The Kubernetes version, such as `1.33`.
    pub version: String,
    /// The platform version, such as `eks.12`.
    pub platform_version: String,
    /// The ARN of the cluster role.
    pub role_arn: String,
    /// The address of the API server.
    pub endpoint: String,
    /// The certificate authority of the API server: PEM in Base64.
    pub certificate_authority: String,
    /// The VPC.
    pub vpc_id: String,
    /// The cluster subnets.
    pub subnet_ids: Vec<String>,
    /// The cluster security group, which EKS creates for the control plane and nodes.
    pub security_group_id: Option<String>,
    /// Additional security groups of the control plane network interfaces.
    pub further_security_group_ids: Vec<String>,
    /// Whether the API server has a public endpoint.
    pub public_access: bool,
    /// Whether the API server has a private endpoint.
    pub private_access: bool,
    /// The CIDR blocks that can reach the API server from outside the VPC.
    pub public_access_cidrs: Vec<String>,
    /// `ipv4` or `ipv6`.
    pub ip_family: String,
    /// The IP addresses of services.
    pub service_cidr: Option<String>,
    /// `CONFIG_MAP`, `API_AND_CONFIG_MAP`, or `API`.
    pub authentication_mode: String,
    /// Whether EKS Auto Mode is enabled.
    pub auto_mode: bool,
    /// Whether it is a local cluster on an Outpost.
    pub on_outpost: bool,
    /// Health issues, as reported by EKS.
    pub health_issues: Vec<String>,
}

impl Cluster {
    /// Returns whether pods have IPv6 addresses.
    #[must_use]
    pub fn is_ipv6(&self) -> bool {
        self.ip_family == "ipv6"
    }
}

/// A Kubernetes version of EKS.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ClusterVersion {
    /// `STANDARD_SUPPORT`, `EXTENDED_SUPPORT`, or `UNSUPPORTED`.
    pub status: String,
    /// RFC 3339.
    pub end_of_standard_support: Option<String>,
    /// RFC 3339.
    pub end_of_extended_support: Option<String>,
}

/// An access entry of a cluster.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AccessEntry {
    /// `STANDARD`, `EC2_LINUX`, `EC2_WINDOWS`, `FARGATE_LINUX`, `EC2`, …
    pub kind: String,
    /// The Kubernetes user.
    pub username: String,
    /// The Kubernetes groups.
    pub groups: Vec<String>,
    /// Creation time, in seconds since 1970.
    pub created_at: i64,
}

/// The ConfigMap `kube-system/aws-auth`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AwsAuth {
    /// The contents of `mapRoles`, or an empty string.
    pub roles: String,
}

/// An add-on of a cluster.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Addon {
    /// Whether it uses a separate role, through IAM roles for service accounts or EKS Pod Identity.
    pub has_own_role: bool,
    /// The version, such as `v1.20.0-eksbuild.1`.
    pub version: String,
}
