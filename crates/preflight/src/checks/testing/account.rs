//! The facts of a standard account: a cluster in a VPC with public and private subnets, a NAT gateway and a role.

use super::{CLUSTER_GROUP, IMAGE, ROLE, VPC};
use crate::facts::{
    Addon, Caller, Cluster, ClusterVersion, Decision, DhcpOptions, Endpoint, EndpointKind, Fact, FactResult, Image,
    InstanceProfiles, InstanceType, KeyPair, NatGateway, Principal, Quota, QuotaCode, RecommendedRelease, Release,
    Role, RolePolicies, Route, RouteTable, RuleSource, SecurityGroup, SecurityRule, Subnet, Target, VpcDns, Wish, Zone,
};
use crate::policy::Policy;
use crate::testing::Account;

/// The facts of an account whose role trusts a service.
pub(super) fn account(service: &str) -> Account {
    [identity(service), cluster(), network(), compute()].concat().into_iter().collect()
}

fn identity(service: &str) -> Vec<Fact> {
    let caller = Caller { account: "111122223333".to_owned(), ..Caller::default() };
    let role = Role {
        arn: ROLE.to_owned(),
        name: "nodes".to_owned(),
        path: "/".to_owned(),
        trust: trust(service),
        boundary: None,
        created_at: 1_000,
        is_new: false,
    };
    let policies = ["AmazonEKSWorkerNodePolicy", "AmazonEC2ContainerRegistryPullOnly", "AmazonEKS_CNI_Policy"];
    let mut facts = vec![
        Fact::Today((), FactResult::Known("2025-06-01".to_owned())),
        Fact::InstanceProfiles((), FactResult::Known(InstanceProfiles { count: 3, most: 1000 })),
        Fact::Caller((), FactResult::Known(caller)),
        Fact::Role(ROLE.to_owned(), FactResult::Known(role)),
        Fact::RolePolicies(ROLE.to_owned(), attached(&policies)),
    ];
    let actions = [
        "ec2:DescribeInstances",
        "ecr:GetAuthorizationToken",
        "ec2:DescribeNetworkInterfaces",
        "ec2:AssignIpv6Addresses",
    ];
    facts.extend(actions.map(|action| decision(action, Decision::Allowed)));
    facts
}

/// The simulation result for the role and an action.
pub(in super::super) fn decision(action: &str, decision: Decision) -> Fact {
    let (action, resource) = (action.to_owned(), "*".to_owned());
    let wish = Wish { principal: ROLE.to_owned(), action, resource, context: Vec::new() };
    Fact::Allowed(wish, FactResult::Known(decision))
}

/// The simulation result for the caller, with one condition key if it has a name. Missing if the simulator does not
/// find the caller.
pub(in super::super) fn caller_decision(
    caller: &str,
    action: &str,
    resource: &str,
    (key, value): (&str, &str),
    decision: Option<Decision>,
) -> Fact {
    let context = (!key.is_empty()).then(|| (key.to_owned(), value.to_owned()));
    let wish = Wish {
        principal: caller.to_owned(),
        action: action.to_owned(),
        resource: resource.to_owned(),
        context: context.into_iter().collect(),
    };
    Fact::Allowed(wish, decision.map_or(FactResult::Missing, FactResult::Known))
}

/// A trust policy for a service.
pub(in super::super) fn trust(service: &str) -> Option<Policy> {
    let text = format!(
        r#"{{"Statement":[{{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{{"Service":"{service}"}}}}]}}"#
    );
    Policy::parse(&text)
}

/// Policies of AWS attached to the role, and no others.
pub(in super::super) fn attached(names: &[&str]) -> FactResult<RolePolicies> {
    let attached = names.iter().map(|name| format!("arn:aws:iam::aws:policy/{name}")).collect();
    FactResult::Known(RolePolicies { attached, inline: Vec::new() })
}

fn cluster() -> Vec<Fact> {
    let demo = || "demo".to_owned();
    let cluster = Cluster {
        name: demo(),
        arn: "arn:aws:eks:us-east-1:111122223333:cluster/demo".to_owned(),
        status: "ACTIVE".to_owned(),
        version: "1.33".to_owned(),
        role_arn: "arn:aws:iam::111122223333:role/cluster".to_owned(),
        endpoint: "https://0123456789.gr7.us-east-1.eks.amazonaws.com".to_owned(),
        vpc_id: VPC.to_owned(),
        security_group_id: Some(CLUSTER_GROUP.to_owned()),
        public_access: true,
        private_access: true,
        public_access_cidrs: vec!["0.0.0.0/0".to_owned()],
        ip_family: "ipv4".to_owned(),
        authentication_mode: "API_AND_CONFIG_MAP".to_owned(),
        ..Cluster::default()
    };
    let supported = ClusterVersion { status: "STANDARD_SUPPORT".to_owned(), ..ClusterVersion::default() };
    let principal = Principal { cluster: demo(), arn: ROLE.to_owned() };
    vec![
        Fact::Cluster(demo(), FactResult::Known(cluster)),
        Fact::AccessEntry(principal, FactResult::Missing),
        Fact::AwsAuth(demo(), FactResult::Missing),
        Fact::VpcCni(demo(), FactResult::Known(Addon::default())),
        Fact::ClusterVersions((), FactResult::Known([("1.33".to_owned(), supported)].into())),
        Fact::NodeGroups(demo(), FactResult::Known(vec!["other".to_owned()])),
        Fact::FargateProfiles(demo(), FactResult::Known(vec!["other".to_owned()])),
        quota("L-6D54EA21", 30.0),
        quota("L-BD136A63", 450.0),
        quota("L-33415657", 10.0),
    ]
}

/// An EKS quota.
pub(in super::super) fn quota(code: &str, value: f64) -> Fact {
    quota_of("eks", code, value)
}

/// A quota of a service.
pub(in super::super) fn quota_of(service: &str, code: &str, value: f64) -> Fact {
    let code = QuotaCode { service: service.to_owned(), code: code.to_owned() };
    Fact::Quota(code, FactResult::Known(Quota { value, applied: true }))
}

fn network() -> Vec<Fact> {
    let local = || Route { destination: "10.0.0.0/16".to_owned(), target: Target::Local, blackhole: false };
    let table = |id: &str, subnets: &[&str], routes: Vec<Route>| RouteTable {
        id: id.to_owned(),
        main: id == "rtb-main",
        subnets: subnets.iter().map(|id| (*id).to_owned()).collect(),
        routes,
    };
    let tables = vec![
        table("rtb-main", &[], vec![local()]),
        table(
            "rtb-public",
            &["subnet-public"],
            vec![local(), route("0.0.0.0/0", Target::InternetGateway("igw-1".to_owned()))],
        ),
        table(
            "rtb-private",
            &["subnet-a", "subnet-b"],
            vec![local(), route("0.0.0.0/0", Target::NatGateway("nat-1".to_owned()))],
        ),
    ];
    let nat = NatGateway {
        id: "nat-1".to_owned(),
        state: "available".to_owned(),
        subnet_id: "subnet-public".to_owned(),
        public_ips: vec!["198.51.100.7".to_owned()],
        public: true,
    };
    let all =
        SecurityRule { protocol: "-1".to_owned(), ports: None, peers: vec![RuleSource::Cidr("0.0.0.0/0".to_owned())] };
    let itself = SecurityRule {
        protocol: "-1".to_owned(),
        ports: None,
        peers: vec![RuleSource::Group(CLUSTER_GROUP.to_owned())],
    };
    let options = DhcpOptions {
        id: "dopt-1".to_owned(),
        domain_name_servers: vec!["AmazonProvidedDNS".to_owned()],
        vpc_cidrs: vec!["10.0.0.0/16".to_owned()],
    };
    let group = SecurityGroup {
        id: CLUSTER_GROUP.to_owned(),
        vpc_id: VPC.to_owned(),
        ingress: vec![itself.clone()],
        egress: vec![all, itself],
    };
    vec![
        subnet("subnet-a", 1),
        subnet("subnet-b", 2),
        subnet("subnet-public", 1),
        Fact::RouteTables(VPC.to_owned(), FactResult::Known(tables)),
        Fact::NatGateways(VPC.to_owned(), FactResult::Known(vec![nat])),
        Fact::Endpoints(VPC.to_owned(), FactResult::Known(Vec::new())),
        Fact::NetworkAcls(VPC.to_owned(), FactResult::Known(Vec::new())),
        Fact::DhcpOptions(VPC.to_owned(), FactResult::Known(options)),
        Fact::VpcDns(VPC.to_owned(), FactResult::Known(VpcDns { support: true, hostnames: true })),
        Fact::SecurityGroup(CLUSTER_GROUP.to_owned(), FactResult::Known(group)),
        zone("use1-az1", "availability-zone"),
        zone("use1-az2", "availability-zone"),
    ]
}

/// A zone.
pub(in super::super) fn zone(id: &str, kind: &str) -> Fact {
    let zone = Zone { id: id.to_owned(), kind: kind.to_owned(), ..Zone::default() };
    Fact::Zone(id.to_owned(), FactResult::Known(zone))
}

/// A route that works.
pub(in super::super) fn route(destination: &str, target: Target) -> Route {
    Route { destination: destination.to_owned(), target, blackhole: false }
}

fn subnet(id: &str, number: u8) -> Fact {
    let subnet = Subnet {
        id: id.to_owned(),
        vpc_id: VPC.to_owned(),
        owner_id: "111122223333".to_owned(),
        zone: format!("us-east-1{}", if number == 1 { 'a' } else { 'b' }),
        zone_id: format!("use1-az{number}"),
        cidr: format!("10.0.{number}.0/24"),
        free_addresses: 250,
        ..Subnet::default()
    };
    Fact::Subnet(id.to_owned(), FactResult::Known(subnet))
}

/// The endpoints that nodes without an outbound route need, for both subnets.
pub(in super::super) fn endpoints() -> Vec<Endpoint> {
    let interface = |name: &str| Endpoint {
        id: format!("vpce-{name}"),
        service: format!("com.amazonaws.us-east-1.{name}"),
        kind: EndpointKind::Interface,
        available: true,
        private_dns: true,
        subnets: vec!["subnet-a".to_owned(), "subnet-b".to_owned()],
        security_groups: vec![CLUSTER_GROUP.to_owned()],
        route_tables: Vec::new(),
    };
    let gateway = Endpoint {
        kind: EndpointKind::Gateway,
        private_dns: false,
        subnets: Vec::new(),
        security_groups: Vec::new(),
        route_tables: vec!["rtb-private".to_owned()],
        ..interface("s3")
    };
    ["ec2", "ecr.api", "ecr.dkr", "sts", "eks", "logs"].map(interface).into_iter().chain([gateway]).collect()
}

fn compute() -> Vec<Fact> {
    let x86 = |name: &str| instance(name, "x86_64");
    let mut facts = vec![
        x86("m5.large"),
        x86("t3.medium"),
        x86("m5a.large"),
        instance("m6g.large", "arm64"),
        Fact::DefaultVolumeKey((), FactResult::Missing),
        quota_of("ec2", "L-1216C47A", 640.0),
        quota_of("ec2", "L-34B43A08", 640.0),
        Fact::KeyPair(
            "operator".to_owned(),
            FactResult::Known(KeyPair { name: "operator".to_owned(), kind: "rsa".to_owned() }),
        ),
    ];
    let image = Image {
        id: IMAGE.to_owned(),
        name: "own".to_owned(),
        state: "available".to_owned(),
        architecture: "x86_64".to_owned(),
        root_size: Some(8),
        root_device: Some("/dev/xvda".to_owned()),
        ..Image::default()
    };
    facts.push(Fact::Image(IMAGE.to_owned(), FactResult::Known(image)));
    let zones = ["use1-az1", "use1-az2"].map(str::to_owned);
    for name in ["m5.large", "t3.medium", "m5a.large", "m6g.large"] {
        facts.push(Fact::OfferedIn(name.to_owned(), FactResult::Known(zones.clone().into())));
    }
    let releases = [
        ("AL2023_x86_64_STANDARD", "1.33.4-20250904"),
        ("AL2023_ARM_64_STANDARD", "1.33.4-20250904"),
        ("AL2023_x86_64_NVIDIA", "1.33.4-20250904"),
        ("BOTTLEROCKET_x86_64", "1.47.0-8b2fd5a6"),
        ("WINDOWS_CORE_2022_x86_64", "1.33-2025.10.16"),
    ];
    for (ami_type, version) in releases {
        let ask = Release { ami_type: ami_type.to_owned(), version: "1.33".to_owned() };
        facts
            .push(Fact::RecommendedRelease(ask, FactResult::Known(RecommendedRelease { version: version.to_owned() })));
    }
    facts
}

/// An instance type like m5.large.
pub(in super::super) fn instance_type(name: &str, architecture: &str) -> InstanceType {
    InstanceType {
        name: name.to_owned(),
        architectures: vec![architecture.to_owned()],
        vcpus: 2,
        network_interfaces: 3,
        ipv4_addresses_per_interface: 10,
        usage_classes: vec!["on-demand".to_owned(), "spot".to_owned()],
        hypervisor: "nitro".to_owned(),
        hibernation: true,
        ..InstanceType::default()
    }
}

fn instance(name: &str, architecture: &str) -> Fact {
    Fact::InstanceType(name.to_owned(), FactResult::Known(instance_type(name, architecture)))
}
