//! Facts about subnets and their routes, from EC2.

use std::collections::BTreeMap;

/// A subnet.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Subnet {
    /// The ID.
    pub id: String,
    /// Its VPC.
    pub vpc_id: String,
    /// The account that owns the subnet. If another account shares the VPC, resources such as its NAT gateways and
    /// endpoints are not visible.
    pub owner_id: String,
    /// The zone name in this account, such as `us-east-1a`.
    pub zone: String,
    /// The zone ID, such as `use1-az3`.
    pub zone_id: String,
    /// Its IPv4 CIDR block. Empty for an IPv6-only subnet.
    pub cidr: String,
    /// Free IPv4 addresses.
    pub free_addresses: i64,
    /// Its IPv6 CIDR blocks.
    pub ipv6_cidrs: Vec<String>,
    /// Whether new interfaces get an IPv6 address.
    pub assigns_ipv6: bool,
    /// Whether new instances get a public IPv4 address.
    pub maps_public_ip: bool,
    /// The Outpost it is on.
    pub outpost_arn: Option<String>,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
}

/// A route table.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RouteTable {
    /// The ID.
    pub id: String,
    /// Whether it applies to subnets without an explicit route table.
    pub main: bool,
    /// The subnets associated with it.
    pub subnets: Vec<String>,
    /// Its routes.
    pub routes: Vec<Route>,
}

/// A route.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// A CIDR block of IPv4 or IPv6, or the ID of a prefix list.
    pub destination: String,
    /// The target of the route.
    pub target: Target,
    /// Whether the target was deleted.
    pub blackhole: bool,
}

/// The target of a route, by ID.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// Inside the VPC.
    Local,
    /// An internet gateway.
    InternetGateway(String),
    /// An egress-only internet gateway for IPv6.
    EgressOnlyGateway(String),
    /// A NAT gateway.
    NatGateway(String),
    /// A gateway endpoint.
    Endpoint(String),
    /// Any other target: a transit gateway, a peering connection, an interface, a virtual private gateway, …
    Other(String),
}

/// How a VPC endpoint is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EndpointKind {
    /// Through an IP address in subnets.
    Interface,
    /// Through routes.
    Gateway,
    /// In another way.
    Other,
}

/// A VPC endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// The ID.
    pub id: String,
    /// The service, such as `com.amazonaws.eu-central-1.ecr.api`.
    pub service: String,
    /// How it is reached.
    pub kind: EndpointKind,
    /// Whether its state is `available`.
    pub available: bool,
    /// Whether the public name of the service resolves to it.
    pub private_dns: bool,
    /// Its subnets.
    pub subnets: Vec<String>,
    /// Its security groups.
    pub security_groups: Vec<String>,
    /// The route tables with a route to it.
    pub route_tables: Vec<String>,
}

/// A NAT gateway.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NatGateway {
    /// The ID.
    pub id: String,
    /// `pending`, `failed`, `available`, or `deleting`.
    pub state: String,
    /// Its subnet.
    pub subnet_id: String,
    /// Its public IP addresses. Empty for a private NAT gateway.
    pub public_ips: Vec<String>,
    /// Whether it provides internet access.
    pub public: bool,
}

/// A network ACL.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NetworkAcl {
    /// The ID.
    pub id: String,
    /// The subnets associated with it.
    pub subnets: Vec<String>,
    /// Its rules in order of their numbers.
    pub rules: Vec<AclRule>,
}

/// A rule of a network ACL.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AclRule {
    /// The rule number. The first matching rule applies.
    pub number: i32,
    /// Whether it applies to outbound traffic.
    pub egress: bool,
    /// Whether it allows the traffic.
    pub allow: bool,
    /// `-1` for all, `6` for TCP, `17` for UDP.
    pub protocol: String,
    /// A CIDR block of IPv4 or IPv6.
    pub cidr: String,
    /// The first and the last port. `None` for all ports.
    pub ports: Option<(i32, i32)>,
}

/// The DNS settings of a VPC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct VpcDns {
    /// `enableDnsSupport`.
    pub support: bool,
    /// `enableDnsHostnames`.
    pub hostnames: bool,
}

/// The DHCP options of a VPC.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DhcpOptions {
    /// The ID.
    pub id: String,
    /// `AmazonProvidedDNS` or IP addresses. Empty if there are no options.
    pub domain_name_servers: Vec<String>,
    /// The IPv4 CIDR blocks of the VPC.
    pub vpc_cidrs: Vec<String>,
}

/// A security group.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SecurityGroup {
    /// The ID.
    pub id: String,
    /// Its VPC.
    pub vpc_id: String,
    /// Inbound rules.
    pub ingress: Vec<SecurityRule>,
    /// Outbound rules.
    pub egress: Vec<SecurityRule>,
}

/// A rule of a security group.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SecurityRule {
    /// `-1` for all, `tcp`, `udp`, `icmp` or a number.
    pub protocol: String,
    /// The first and the last port. `None` for all ports.
    pub ports: Option<(i32, i32)>,
    /// The sources or destinations.
    pub peers: Vec<RuleSource>,
}

/// The source or destination of a security group rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RuleSource {
    /// A CIDR block of IPv4 or IPv6.
    Cidr(String),
    /// The members of a security group.
    Group(String),
    /// The IP addresses of a prefix list.
    PrefixList(String),
}

/// A zone.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Zone {
    /// The ID, such as `use1-az3`.
    pub id: String,
    /// The name in this account.
    pub name: String,
    /// `availability-zone`, `local-zone`, or `wavelength-zone`.
    pub kind: String,
}
