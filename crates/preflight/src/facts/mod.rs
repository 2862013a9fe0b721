//! Facts about an account, as plain structs that checks request. `clients::facts` reads them.

mod cluster;
mod compute;
mod identity;
mod insights;
mod network;
mod template;
mod workloads;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

pub use cluster::{AccessEntry, Addon, AwsAuth, Cluster, ClusterVersion};
pub use compute::{
    Availability, CapacityReservation, Image, InstanceType, KeyPair, KmsKey, PlacementGroup, Quota, RecommendedRelease,
};
pub use identity::{Caller, Decision, InstanceProfile, InstanceProfiles, Role, RolePolicies};
pub use insights::{
    AddonCompatibility, Insight, InsightCategory, InsightDetails, InsightId, InsightKind, InsightList, InsightResource,
    InsightStatus,
};
pub use network::{
    AclRule, DhcpOptions, Endpoint, EndpointKind, NatGateway, NetworkAcl, Route, RouteTable, RuleSource, SecurityGroup,
    SecurityRule, Subnet, Target, VpcDns, Zone,
};
pub use template::{BlockDevice, Template, TemplateInterface, TemplateName};
pub use workloads::{
    Amount, BudgetLimit, DisruptionBudget, LabelExpression, LabelSelector, Node, Owner, Pod, PodPhase, Workloads,
};

/// The reason why a check ends early.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Skip {
    /// There is nothing to check: an input is unset, or an object does not exist, which another check reports.
    Absent,
    /// An input is known only after apply.
    Unknown,
    /// These facts have not been read yet.
    Needs(BTreeSet<Ask>),
    /// A fact cannot be read.
    Unreadable(Unreadable),
}

/// A fact that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unreadable {
    /// The IAM action of the API call, such as `iam:GetRole`.
    pub action: &'static str,
    /// The reason why it could not be read.
    pub cause: Cause,
    /// The error message of the service.
    pub message: String,
}

impl Unreadable {
    /// Returns the service of the action, such as `iam`.
    #[must_use]
    pub fn service(&self) -> &'static str {
        self.action.split(':').next().unwrap_or_default()
    }
}

/// The reason why a fact could not be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// The caller lacks the permission.
    Denied,
    /// AWS rejects the credentials, or the caller is in an account that is not allowed. All other requests fail, too.
    Caller,
    /// The service cannot be reached.
    Unreachable,
    /// The call failed.
    Failed,
}

/// The result of reading a fact.
#[derive(Debug, Clone, PartialEq)]
pub enum FactResult<T> {
    /// The fact is known.
    Known(T),
    /// The object does not exist.
    Missing,
    /// The fact cannot be read.
    Unreadable(Unreadable),
}

impl<T> FactResult<T> {
    fn answer(&self) -> Result<Option<&T>, Skip> {
        match self {
            Self::Known(value) => Ok(Some(value)),
            Self::Missing => Ok(None),
            Self::Unreadable(unreadable) => Err(Skip::Unreadable(unreadable.clone())),
        }
    }
}

/// Combines several facts: returns all of them, or requests the missing ones in one round.
///
/// # Errors
/// Returns the facts to read first, or else the first other reason.
pub fn together<T>(answers: impl IntoIterator<Item = Result<T, Skip>>) -> Result<Vec<T>, Skip> {
    let mut found = Vec::new();
    let mut needs = BTreeSet::new();
    let mut other = None;
    for answer in answers {
        match answer {
            Ok(value) => found.push(value),
            Err(Skip::Needs(asks)) => needs.extend(asks),
            Err(skip) => other = other.or(Some(skip)),
        }
    }
    match other {
        _ if !needs.is_empty() => Err(Skip::Needs(needs)),
        Some(skip) => Err(skip),
        None => Ok(found),
    }
}

/// Requests two facts of different kinds in one round, as [`together`] does.
///
/// # Errors
/// Returns the facts to read first, or else the first other reason.
pub fn both<A, B>(one: Result<A, Skip>, other: Result<B, Skip>) -> Result<(A, B), Skip> {
    match (one, other) {
        (Ok(one), Ok(other)) => Ok((one, other)),
        (Err(Skip::Needs(mut needs)), Err(Skip::Needs(others))) => {
            needs.extend(others);
            Err(Skip::Needs(needs))
        }
        (Err(needs @ Skip::Needs(_)), _) | (_, Err(needs @ Skip::Needs(_))) => Err(needs),
        (Err(skip), _) | (_, Err(skip)) => Err(skip),
    }
}

/// One line per kind of fact: the method, its name, its key, its type, and the IAM actions of the calls that read it.
macro_rules! families {
    ($($(#[$doc:meta])* $method:ident: $family:ident($key:ty) -> $value:ty, $actions:expr;)*) => {
        /// The kinds of facts.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Family {
            $($(#[$doc])* $family,)*
        }

        impl Family {
            /// All kinds.
            pub const ALL: &[Self] = &[$(Self::$family),*];

            /// Returns the IAM actions of the API calls that read it, or an empty list if no permission is required.
            #[must_use]
            pub const fn actions(self) -> &'static [&'static str] {
                match self {
                    $(Self::$family => &$actions,)*
                }
            }
        }

        /// A request for a fact.
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Ask {
            $($(#[$doc])* $family($key),)*
        }

        impl Ask {
            /// Returns the kind of fact that this request reads.
            #[must_use]
            pub fn family(&self) -> Family {
                match self {
                    $(Self::$family(_) => Family::$family,)*
                }
            }
        }

        /// A request and its result.
        #[derive(Debug, Clone, PartialEq)]
        pub enum Fact {
            $($(#[$doc])* $family($key, FactResult<$value>),)*
        }

        impl Fact {
            /// Returns the result for a request that could not be sent.
            #[must_use]
            pub fn unreadable(ask: Ask, why: Unreadable) -> Self {
                match ask {
                    $(Ask::$family(key) => Self::$family(key, FactResult::Unreadable(why)),)*
                }
            }

            /// Returns the request.
            #[must_use]
            pub fn ask(&self) -> Ask {
                match self {
                    $(Self::$family(key, _) => Ask::$family(key.clone()),)*
                }
            }

            /// Returns why the fact could not be read, or `None` if it was read.
            #[must_use]
            pub fn why_unreadable(&self) -> Option<&Unreadable> {
                match self {
                    $(Self::$family(_, FactResult::Unreadable(why)) => Some(why),)*
                    _ => None,
                }
            }
        }

        /// The facts that have been read.
        #[derive(Debug, Clone, Default)]
        pub struct Facts {
            $($method: BTreeMap<$key, FactResult<$value>>,)*
        }

        impl Facts {
            /// Adds a result.
            pub fn add(&mut self, fact: Fact) {
                match fact {
                    $(Fact::$family(key, reading) => {
                        self.$method.insert(key, reading);
                    })*
                }
            }

            /// Returns these facts and one more, for tests.
            #[must_use]
            pub fn with(mut self, fact: Fact) -> Self {
                self.add(fact);
                self
            }

            $(
                $(#[$doc])*
                ///
                /// # Errors
                /// Returns an error if it is not read yet or cannot be read.
                pub fn $method(&self, key: impl Into<$key>) -> Result<Option<&$value>, Skip> {
                    let key = key.into();
                    match self.$method.get(&key) {
                        Some(reading) => reading.answer(),
                        None => Err(Skip::Needs(BTreeSet::from([Ask::$family(key)]))),
                    }
                }
            )*
        }
    };
}

/// A cluster and the ARN of a principal.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Principal {
    /// The cluster's name.
    pub cluster: String,
    /// The ARN of a role.
    pub arn: String,
}

/// A selector of a node class for subnets and security groups.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Selector {
    /// The ID.
    Id(String),
    /// The name of a security group.
    Name(String),
    /// Tags that must all match. The value `*` matches any value.
    Tags(BTreeMap<String, String>),
}

impl std::fmt::Display for Selector {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Id(id) => write!(formatter, "the ID {id}"),
            Self::Name(name) => write!(formatter, "the name {name}"),
            Self::Tags(tags) => {
                let each = |(key, value): (&String, &String)| match value.as_str() {
                    "*" => format!("the tag {key}"),
                    value => format!("the tag {key} = {value}"),
                };
                formatter.write_str(&tags.iter().map(each).collect::<Vec<_>>().join(" and "))
            }
        }
    }
}

/// An action of a principal.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Wish {
    /// The ARN of a role or user.
    pub principal: String,
    /// The action, such as `ecr:GetAuthorizationToken`.
    pub action: String,
    /// An ARN, or `*`.
    pub resource: String,
    /// The context for conditions: keys such as `iam:PassedToService`, with one value each.
    pub context: Vec<(String, String)>,
}

/// An AMI type and a Kubernetes version.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Release {
    /// The AMI type, such as `AL2023_x86_64_STANDARD`.
    pub ami_type: String,
    /// The Kubernetes version, such as `1.33`.
    pub version: String,
}

/// A launch template and its version.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TemplateVersion {
    /// The launch template.
    pub template: TemplateName,
    /// A number, `$Latest`, or `$Default`.
    pub version: String,
}

/// A quota of a service.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct QuotaCode {
    /// The service, such as `eks`.
    pub service: String,
    /// The quota code, such as `L-6D54EA21`.
    pub code: String,
}

families! {
    /// The day in UTC, such as `2026-11-21`.
    today: Today(()) -> String, [];
    /// The caller.
    caller: Caller(()) -> Caller, [];
    /// A role by its ARN, or by its name.
    role: Role(String) -> Role, ["iam:GetRole"];
    /// The managed policies attached to a role and the names of its inline policies, by the role ARN.
    role_policies: RolePolicies(String) -> RolePolicies, ["iam:ListAttachedRolePolicies", "iam:ListRolePolicies"];
    /// Whether the policies of a principal, within its permissions boundary, allow an action.
    allowed: Allowed(Wish) -> Decision, ["iam:SimulatePrincipalPolicy"];
    /// An instance profile by its name.
    instance_profile: InstanceProfile(String) -> InstanceProfile, ["iam:GetInstanceProfile"];
    /// The instance profiles of the account.
    instance_profiles: InstanceProfiles(()) -> InstanceProfiles, ["iam:GetAccountSummary"];
    /// A cluster by its name.
    cluster: Cluster(String) -> Cluster, ["eks:DescribeCluster"];
    /// The names of the clusters in the Region.
    clusters: Clusters(()) -> Vec<String>, ["eks:ListClusters"];
    /// The EKS Kubernetes versions by version, such as `1.33`.
    cluster_versions: ClusterVersions(()) -> BTreeMap<String, ClusterVersion>, ["eks:DescribeClusterVersions"];
    /// The names of the node groups of a cluster.
    node_groups: NodeGroups(String) -> Vec<String>, ["eks:ListNodegroups"];
    /// The node roles of the node groups of a cluster, by the names of the groups.
    node_roles: NodeRoles(String) -> BTreeMap<String, String>, ["eks:ListNodegroups", "eks:DescribeNodegroup"];
    /// The names of the Fargate profiles of a cluster.
    fargate_profiles: FargateProfiles(String) -> Vec<String>, ["eks:ListFargateProfiles"];
    /// The access entry of a role.
    access_entry: AccessEntry(Principal) -> AccessEntry, ["eks:DescribeAccessEntry"];
    /// The ARNs of the access policies of an access entry.
    access_policies: AccessPolicies(Principal) -> Vec<String>, ["eks:ListAssociatedAccessPolicies"];
    /// The ConfigMap `kube-system/aws-auth` of a cluster, read from its API server.
    aws_auth: AwsAuth(String) -> AwsAuth, [];
    /// The nodes of the managed node groups of a cluster and what runs on them, read from its API server. Shared, because
    /// a cluster can have thousands of pods.
    workloads: Workloads(String) -> Arc<Workloads>, [];
    /// The insights of a cluster in one category whose status is WARNING or ERROR.
    insights: Insights(InsightList) -> Vec<Insight>, ["eks:ListInsights"];
    /// The details of an insight.
    insight_details: InsightDetails(InsightId) -> InsightDetails, ["eks:DescribeInsight"];
    /// The `vpc-cni` add-on of a cluster. Missing if the CNI is installed in another way.
    vpc_cni: VpcCni(String) -> Addon, ["eks:DescribeAddon", "eks:ListPodIdentityAssociations"];
    /// A subnet by its ID.
    subnet: Subnet(String) -> Subnet, ["ec2:DescribeSubnets"];
    /// The subnets that a node class selects by ID or tags, or an empty list.
    selected_subnets: SelectedSubnets(Selector) -> Vec<Subnet>, ["ec2:DescribeSubnets"];
    /// The route tables of a VPC.
    route_tables: RouteTables(String) -> Vec<RouteTable>, ["ec2:DescribeRouteTables"];
    /// The VPC endpoints of a VPC.
    endpoints: Endpoints(String) -> Vec<Endpoint>, ["ec2:DescribeVpcEndpoints"];
    /// The NAT gateways of a VPC that are not deleted.
    nat_gateways: NatGateways(String) -> Vec<NatGateway>, ["ec2:DescribeNatGateways"];
    /// The network ACLs of a VPC.
    network_acls: NetworkAcls(String) -> Vec<NetworkAcl>, ["ec2:DescribeNetworkAcls"];
    /// The DNS settings of a VPC.
    vpc_dns: VpcDns(String) -> VpcDns, ["ec2:DescribeVpcAttribute"];
    /// The DHCP options of a VPC.
    dhcp_options: DhcpOptions(String) -> DhcpOptions, ["ec2:DescribeVpcs", "ec2:DescribeDhcpOptions"];
    /// A security group by its ID.
    security_group: SecurityGroup(String) -> SecurityGroup, ["ec2:DescribeSecurityGroups"];
    /// The IDs of the VPCs that a security group is associated with, in addition to its own VPC.
    security_group_vpcs: SecurityGroupVpcs(String) -> Vec<String>, ["ec2:DescribeSecurityGroupVpcAssociations"];
    /// The security groups that a node class selects by ID, name, or tags, or an empty list.
    selected_security_groups: SelectedSecurityGroups(Selector) -> Vec<SecurityGroup>, ["ec2:DescribeSecurityGroups"];
    /// A zone by its ID, such as `use1-az3`.
    zone: Zone(String) -> Zone, ["ec2:DescribeAvailabilityZones"];
    /// An instance type by its name.
    instance_type: InstanceType(String) -> InstanceType, ["ec2:DescribeInstanceTypes"];
    /// The IDs of the zones where an instance type is offered.
    offered_in: OfferedIn(String) -> BTreeSet<String>, ["ec2:DescribeInstanceTypeOfferings"];
    /// The recommended release of an AMI type for a Kubernetes version. Missing if EKS does not offer the combination.
    recommended_release: RecommendedRelease(Release) -> RecommendedRelease, ["ssm:GetParameter"];
    /// A public Systems Manager parameter, such as the ID of an AMI.
    public_parameter: PublicParameter(String) -> String, ["ssm:GetParameters"];
    /// A launch template version. Missing if the launch template or the version does not exist.
    template: Template(TemplateVersion) -> Template, ["ec2:DescribeLaunchTemplateVersions"];
    /// An AMI by its ID.
    image: Image(String) -> Image, ["ec2:DescribeImages"];
    /// A key pair by its name.
    key_pair: KeyPair(String) -> KeyPair, ["ec2:DescribeKeyPairs"];
    /// The capacity reservations that the account owns or that are shared with it, in every state.
    capacity_reservations: CapacityReservations(()) -> Vec<CapacityReservation>, ["ec2:DescribeCapacityReservations"];
    /// A placement group by its name or its ID.
    placement_group: PlacementGroup(String) -> PlacementGroup, ["ec2:DescribePlacementGroups"];
    /// A KMS key by its ID or ARN, or by an alias.
    kms_key: KmsKey(String) -> KmsKey, ["kms:DescribeKey", "kms:GetKeyPolicy", "kms:ListGrants"];
    /// The default encryption key for volumes in the Region. Missing if volumes are not encrypted by default.
    default_volume_key: DefaultVolumeKey(()) -> String, ["ec2:GetEbsEncryptionByDefault", "ec2:GetEbsDefaultKmsKeyId"];
    /// A quota of the account in the Region.
    quota: Quota(QuotaCode) -> Quota, ["servicequotas:GetServiceQuota", "servicequotas:GetAWSDefaultServiceQuota"];
}

#[cfg(test)]
mod tests {
    use super::*;

    fn denied() -> Unreadable {
        Unreadable { action: "iam:GetRole", cause: Cause::Denied, message: "no".to_owned() }
    }

    #[test]
    fn unread_fact_is_requested() {
        let ask = Ask::Role("arn:aws:iam::111122223333:role/a".to_owned());
        let facts = Facts::default();
        assert_eq!(facts.role("arn:aws:iam::111122223333:role/a"), Err(Skip::Needs(BTreeSet::from([ask.clone()]))));
        assert_eq!(ask.family(), Family::Role);
        let facts = facts.with(Fact::unreadable(ask, denied()));
        assert_eq!(facts.role("arn:aws:iam::111122223333:role/a"), Err(Skip::Unreadable(denied())));
    }

    #[test]
    fn multiple_facts_are_requested_together() {
        let facts = Facts::default().with(Fact::Subnet("subnet-1".to_owned(), FactResult::Missing));
        let ids = ["subnet-1", "subnet-2", "subnet-3"];
        let asked = together(ids.map(|id| facts.subnet(id)));
        let expected = ["subnet-2", "subnet-3"].map(|id| Ask::Subnet(id.to_owned()));
        assert_eq!(asked, Err(Skip::Needs(expected.into())));
        assert_eq!(together([Err::<(), _>(Skip::Unreadable(denied())), Ok(())]), Err(Skip::Unreadable(denied())));
        let vpc = "vpc-1";
        let asked = both(facts.route_tables(vpc), facts.endpoints(vpc));
        let expected = [Ask::RouteTables(vpc.to_owned()), Ask::Endpoints(vpc.to_owned())];
        assert_eq!(asked, Err(Skip::Needs(expected.into())));
        assert_eq!(
            both(Err::<(), _>(Skip::Unknown), facts.endpoints(vpc)).map(|_| ()),
            facts.endpoints(vpc).map(|_| ())
        );
    }

    #[test]
    fn every_action_has_a_known_service() {
        let services = ["ec2", "eks", "iam", "kms", "servicequotas", "ssm"];
        for action in Family::ALL.iter().flat_map(|family| family.actions()) {
            let (service, operation) = action.split_once(':').expect("service:Operation");
            assert!(services.contains(&service) && operation.starts_with(char::is_uppercase), "{action}");
        }
    }
}
