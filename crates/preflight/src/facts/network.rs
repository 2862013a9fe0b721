//! Facts about subnets and their routes, from EC2.

use std::collections::BTreeMap;

/// A subnet.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Subnet {
    /// The id.
    pub id: String,
    /// Its VPC.
    pub vpc_id: String,
    /// The account it belongs to. What belongs to a VPC that another account shares, such as its NAT gateways and
    /// endpoints, cannot be seen.
    pub owner_id: String,
    /// The zone's name in this account, e.g. `us-east-1a`.
    pub zone: String,
    /// The zone's id, e.g. `use1-az3`.
    pub zone_id: String,
    /// Its IPv4 addresses; empty for a subnet of IPv6 only.
    pub cidr: String,
    /// Free IPv4 addresses.
    pub free_addresses: i64,
    /// Its IPv6 addresses.
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
    /// The id.
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
    /// A CIDR block of IPv4 or IPv6, or the id of a prefix list.
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
    /// Anything else: a transit gateway, a peering connection, an interface, a virtual private gateway, …
    Other(String),
}

/// How a VPC endpoint is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EndpointKind {
    /// By an address in subnets.
    Interface,
    /// By routes.
    Gateway,
    /// Another.
    Other,
}

/// A VPC endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// The id.
    pub id: String,
    /// The service, e.g. `com.amazonaws.eu-central-1.ecr.api`.
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
    /// The route tables that lead to it.
    pub route_tables: Vec<String>,
}

/// A NAT gateway.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NatGateway {
    /// The id.
    pub id: String,
    /// `pending`, `failed`, `available` or `deleting`.
    pub state: String,
    /// Its subnet.
    pub subnet_id: String,
    /// Its public addresses; none for a private one.
    pub public_ips: Vec<String>,
    /// Whether it leads to the internet.
    pub public: bool,
}

/// A network ACL.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NetworkAcl {
    /// The id.
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
    /// Whether it is about what leaves the subnet.
    pub egress: bool,
    /// Whether it allows.
    pub allow: bool,
    /// `-1` for all, `6` for TCP, `17` for UDP.
    pub protocol: String,
    /// A CIDR block of IPv4 or IPv6.
    pub cidr: String,
    /// The first and the last port; none for all.
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
    /// The id.
    pub id: String,
    /// `AmazonProvidedDNS` or addresses; empty when there are no options.
    pub domain_name_servers: Vec<String>,
    /// The IPv4 blocks of the VPC.
    pub vpc_cidrs: Vec<String>,
}

/// A security group.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SecurityGroup {
    /// The id.
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
    /// The first and the last port; none for all.
    pub ports: Option<(i32, i32)>,
    /// From or to whom.
    pub peers: Vec<RuleSource>,
}

/// From or to whom a rule of a security group lets traffic pass.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RuleSource {
    /// A CIDR block of IPv4 or IPv6.
    Cidr(String),
    /// The members of a security group.
    Group(String),
    /// The addresses of a prefix list.
    PrefixList(String),
}

/// A zone.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Zone {
    /// The id, e.g. `use1-az3`.
    pub id: String,
    /// The name in this account.
    pub name: String,
    /// `availability-zone`, `local-zone` or `wavelength-zone`.
    pub kind: String,
}
