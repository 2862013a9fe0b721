//! A standard account for the tests of checks, and what each of them must keep.

use std::collections::{BTreeMap, BTreeSet};

use crate::framework::model::Attr;
use crate::framework::path::Path;
use crate::preflight::facts::{
    Addon, Ask, Caller, Cluster, Decision, Endpoint, EndpointKind, Fact, Facts, Family, Image, InstanceType, KeyPair,
    NatGateway, Principal, Quota, QuotaCode, Reading, RecommendedRelease, Release, Role, RolePolicies, Route,
    RouteTable, RuleSource, SecurityGroup, SecurityRule, Subnet, Target, Template, TemplateName, TemplateVersion,
    Unreadable, VpcDns, Wish, Zone,
};
use crate::preflight::policy::Policy;
use crate::preflight::subject::{Given, ScalingInput, TemplateInput, UpdateInput, WarmPoolInput};
use crate::preflight::{Check, Input, Kind, Outcome, Severity, Subject, Verdict};

pub(super) const ROLE: &str = "arn:aws:iam::111122223333:role/nodes";
pub(super) const VPC: &str = "vpc-1";
pub(super) const CLUSTER_GROUP: &str = "sg-cluster";
pub(super) const IMAGE: &str = "ami-1";

/// What is planned, and the account.
#[derive(Debug, Clone)]
pub(super) struct World {
    pub(super) subject: Subject,
    facts: BTreeMap<Ask, Fact>,
}

fn given<T>(path: Path) -> Given<T> {
    Given::new(path, Attr::Null)
}

fn known<T>(path: Path, value: impl Into<T>) -> Given<T> {
    Given::new(path, Attr::Known(value.into()))
}

/// A node group of two m5.large in two private subnets with a NAT gateway.
pub(super) fn node_group() -> World {
    let at = Path::attribute;
    let scaling = at("scaling_config").index(0);
    let size = |name: &str, size: i64| known(scaling.then(name), size);
    let scaling_input =
        ScalingInput { min: size("min_size", 1), max: size("max_size", 3), desired: size("desired_size", 2) };
    let subject = Subject {
        kind: Kind::NodeGroup,
        region: "us-east-1".to_owned(),
        partition: "aws".to_owned(),
        cluster: known(at("cluster_name"), "demo"),
        name: known(at("node_group_name"), "workers"),
        role_arn: known(at("node_role_arn"), ROLE),
        subnets: known(at("subnet_ids"), ["subnet-a", "subnet-b"].map(Attr::<String>::from)),
        ami_type: given(at("ami_type")),
        capacity_type: given(at("capacity_type")),
        instance_types: known(at("instance_types"), ["m5.large".to_owned()]),
        version: given(at("version")),
        release_version: given(at("release_version")),
        launch_template: given(at("launch_template").index(0)),
        remote_access: given(at("remote_access").index(0)),
        scaling: known(scaling, scaling_input),
        update_config: known(at("update_config"), UpdateInput::default()),
        warm_pool: given(at("warm_pool_config").index(0)),
        selectors: given(at("selector")),
        ..Subject::default()
    };
    World { subject, facts: account("ec2.amazonaws.com") }
}

/// A Fargate profile in two private subnets with a NAT gateway.
pub(super) fn fargate_profile() -> World {
    let node_group = node_group().subject;
    let at = Path::attribute;
    let subject = Subject {
        kind: Kind::FargateProfile,
        name: known(at("fargate_profile_name"), "profile"),
        role_arn: known(at("pod_execution_role_arn"), ROLE),
        cluster: node_group.cluster,
        subnets: node_group.subnets,
        region: node_group.region,
        partition: node_group.partition,
        ..Subject::default()
    };
    let mut world = World { subject, facts: account("eks-fargate-pods.amazonaws.com") };
    world.set(Fact::RolePolicies(ROLE.to_owned(), attached(&["AmazonEKSFargatePodExecutionRolePolicy"])));
    world
}

fn account(service: &str) -> BTreeMap<Ask, Fact> {
    let facts = [identity(service), cluster(), network(), compute()].concat();
    facts.into_iter().map(|fact| (fact.ask(), fact)).collect()
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
        age: 120,
    };
    let policies = ["AmazonEKSWorkerNodePolicy", "AmazonEC2ContainerRegistryPullOnly", "AmazonEKS_CNI_Policy"];
    let mut facts = vec![
        Fact::Caller((), Reading::Known(caller)),
        Fact::Role(ROLE.to_owned(), Reading::Known(role)),
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

/// What the simulator says of the role and an action.
pub(super) fn decision(action: &str, decision: Decision) -> Fact {
    let wish = Wish { principal: ROLE.to_owned(), action: action.to_owned(), resource: "*".to_owned() };
    Fact::Allowed(wish, Reading::Known(decision))
}

/// A trust policy for a service.
pub(super) fn trust(service: &str) -> Policy {
    let text = format!(
        r#"{{"Statement":[{{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{{"Service":"{service}"}}}}]}}"#
    );
    Policy::parse(&text).expect("a policy")
}

/// Policies of AWS attached to the role, and no others.
pub(super) fn attached(names: &[&str]) -> Reading<RolePolicies> {
    let attached = names.iter().map(|name| format!("arn:aws:iam::aws:policy/{name}")).collect();
    Reading::Known(RolePolicies { attached, inline: Vec::new() })
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
    let principal = Principal { cluster: demo(), arn: ROLE.to_owned() };
    vec![
        Fact::Cluster(demo(), Reading::Known(cluster)),
        Fact::AccessEntry(principal, Reading::Missing),
        Fact::VpcCni(demo(), Reading::Known(Addon::default())),
        Fact::NodeGroups(demo(), Reading::Known(vec!["other".to_owned()])),
        Fact::FargateProfiles(demo(), Reading::Known(vec!["other".to_owned()])),
        quota("L-6D54EA21", 30.0),
        quota("L-BD136A63", 450.0),
        quota("L-33415657", 10.0),
    ]
}

/// A quota of EKS.
pub(super) fn quota(code: &str, value: f64) -> Fact {
    let code = QuotaCode { service: "eks".to_owned(), code: code.to_owned() };
    Fact::Quota(code, Reading::Known(Quota { value }))
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
    let from_itself = SecurityRule {
        protocol: "-1".to_owned(),
        ports: None,
        peers: vec![RuleSource::Group(CLUSTER_GROUP.to_owned())],
    };
    let group = SecurityGroup {
        id: CLUSTER_GROUP.to_owned(),
        vpc_id: VPC.to_owned(),
        ingress: vec![from_itself],
        egress: vec![all],
    };
    vec![
        subnet("subnet-a", 1),
        subnet("subnet-b", 2),
        subnet("subnet-public", 1),
        Fact::RouteTables(VPC.to_owned(), Reading::Known(tables)),
        Fact::NatGateways(VPC.to_owned(), Reading::Known(vec![nat])),
        Fact::Endpoints(VPC.to_owned(), Reading::Known(Vec::new())),
        Fact::NetworkAcls(VPC.to_owned(), Reading::Known(Vec::new())),
        Fact::VpcDns(VPC.to_owned(), Reading::Known(VpcDns { support: true, hostnames: true })),
        Fact::SecurityGroup(CLUSTER_GROUP.to_owned(), Reading::Known(group)),
        zone("use1-az1", "availability-zone"),
        zone("use1-az2", "availability-zone"),
    ]
}

/// A zone.
pub(super) fn zone(id: &str, kind: &str) -> Fact {
    let zone = Zone { id: id.to_owned(), kind: kind.to_owned(), ..Zone::default() };
    Fact::Zone(id.to_owned(), Reading::Known(zone))
}

/// A route that works.
pub(super) fn route(destination: &str, target: Target) -> Route {
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
    Fact::Subnet(id.to_owned(), Reading::Known(subnet))
}

/// The endpoints that nodes without a way out need, for both subnets.
pub(super) fn endpoints() -> Vec<Endpoint> {
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
        Fact::DefaultVolumeKey((), Reading::Missing),
        Fact::KeyPair(
            "operator".to_owned(),
            Reading::Known(KeyPair { name: "operator".to_owned(), kind: "rsa".to_owned() }),
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
    facts.push(Fact::Image(IMAGE.to_owned(), Reading::Known(image)));
    let zones = ["use1-az1", "use1-az2"].map(str::to_owned);
    for name in ["m5.large", "t3.medium", "m5a.large", "m6g.large"] {
        facts.push(Fact::OfferedIn(name.to_owned(), Reading::Known(zones.clone().into())));
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
        facts.push(Fact::RecommendedRelease(ask, Reading::Known(RecommendedRelease { version: version.to_owned() })));
    }
    facts
}

/// An instance type like m5.large.
pub(super) fn instance_type(name: &str, architecture: &str) -> InstanceType {
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
    Fact::InstanceType(name.to_owned(), Reading::Known(instance_type(name, architecture)))
}

macro_rules! changes {
    ($($method:ident: $family:ident($value:ty);)*) => {
        $(
            /// The same account with this fact changed.
            pub(super) fn $method(mut self, key: &str, change: impl FnOnce(&mut $value)) -> Self {
                let ask = Ask::$family(key.to_owned());
                let Some(Fact::$family(_, Reading::Known(value))) = self.facts.get_mut(&ask) else {
                    panic!("the account has no {ask:?}")
                };
                change(value);
                self
            }
        )*
    };
}

impl World {
    changes! {
        cluster: Cluster(Cluster);
        role: Role(Role);
        subnet: Subnet(Subnet);
        route_tables: RouteTables(Vec<RouteTable>);
        nat_gateways: NatGateways(Vec<NatGateway>);
        endpoints: Endpoints(Vec<Endpoint>);
        vpc_dns: VpcDns(VpcDns);
        instance_type: InstanceType(InstanceType);
        offered_in: OfferedIn(BTreeSet<String>);
        image: Image(Image);
        security_group: SecurityGroup(SecurityGroup);
    }

    fn set(&mut self, fact: Fact) {
        self.facts.insert(fact.ask(), fact);
    }

    /// The same with another fact.
    pub(super) fn with(mut self, fact: Fact) -> Self {
        self.set(fact);
        self
    }

    /// The same with another plan.
    pub(super) fn plan(mut self, change: impl FnOnce(&mut Subject)) -> Self {
        change(&mut self.subject);
        self
    }

    /// The same with other instance types.
    pub(super) fn of_types(self, names: &[&str]) -> Self {
        let names: Vec<_> = names.iter().map(|name| (*name).to_owned()).collect();
        self.plan(|subject| subject.instance_types.value = Attr::Known(names))
    }

    /// The same with another AMI type.
    pub(super) fn of_ami_type(self, name: &str) -> Self {
        self.plan(|subject| subject.ami_type.value = Attr::from(name))
    }

    /// The same with other routes of the private subnets, beside the local one.
    pub(super) fn routes(self, routes: Vec<Route>) -> Self {
        self.route_tables(VPC, |tables| {
            let table = tables.iter_mut().find(|table| table.id == "rtb-private").expect("the private table");
            table.routes.truncate(1);
            table.routes.extend(routes);
        })
    }

    /// The same without a way out of the private subnets, but with the endpoints.
    pub(super) fn isolated(self) -> Self {
        let to_s3 = route("pl-63a5400a", Target::Endpoint("vpce-s3".to_owned()));
        self.routes(vec![to_s3]).endpoints(VPC, |found| *found = endpoints())
    }

    /// The same in the public subnet.
    pub(super) fn public(self) -> Self {
        self.plan(|subject| subject.subnets.value = Attr::Known(vec!["subnet-public".into()]))
            .subnet("subnet-public", |subnet| subnet.maps_public_ip = true)
    }

    /// The same with a launch template, and instance types where it names one left out.
    pub(super) fn template(mut self, template: Template) -> Self {
        let block = self.subject.launch_template.path.clone();
        let input = TemplateInput {
            id: known(block.then("id"), "lt-1"),
            name: given(block.then("name")),
            version: known(block.then("version"), "1"),
        };
        self.subject.launch_template.value = Attr::Known(input);
        if template.instance_type.is_some() {
            self.subject.instance_types.value = Attr::Null;
        }
        self.with(Fact::Template(template_version(), Reading::Known(template)))
    }

    /// The same with a warm pool in this state.
    pub(super) fn warm_pool(mut self, state: &str) -> Self {
        let pool = self.subject.warm_pool.path.clone();
        let pool = WarmPoolInput { state: known(pool.then("pool_state"), state), ..WarmPoolInput::default() };
        self.subject.warm_pool.value = Attr::Known(pool);
        self
    }

    fn known(&self) -> Facts {
        self.facts.values().cloned().fold(Facts::default(), Facts::with)
    }

    fn without(&self, family: impl Fn(Family) -> bool) -> Facts {
        let why = Unreadable { action: "a:Call", denied: true, message: "no".to_owned() };
        let facts = self.facts.iter().map(|(ask, fact)| {
            if family(ask.family()) { Fact::unreadable(ask.clone(), why.clone()) } else { fact.clone() }
        });
        facts.fold(Facts::default(), Facts::with)
    }
}

/// What the launch template of [`World::template`] is asked by.
pub(super) fn template_version() -> TemplateVersion {
    TemplateVersion { template: TemplateName::Id("lt-1".to_owned()), version: "1".to_owned() }
}

fn forget(subject: &mut Subject, input: Input) {
    match input {
        Input::Cluster => subject.cluster.value = Attr::Unknown,
        Input::Name => subject.name.value = Attr::Unknown,
        Input::Role => subject.role_arn.value = Attr::Unknown,
        Input::Subnets => subject.subnets.value = Attr::Unknown,
        Input::AmiType => subject.ami_type.value = Attr::Unknown,
        Input::CapacityType => subject.capacity_type.value = Attr::Unknown,
        Input::InstanceTypes => subject.instance_types.value = Attr::Unknown,
        Input::Version => subject.version.value = Attr::Unknown,
        Input::ReleaseVersion => subject.release_version.value = Attr::Unknown,
        Input::LaunchTemplate => subject.launch_template.value = Attr::Unknown,
        Input::RemoteAccess => subject.remote_access.value = Attr::Unknown,
        Input::Scaling => subject.scaling.value = Attr::Unknown,
        Input::UpdateConfig => subject.update_config.value = Attr::Unknown,
        Input::WarmPool => subject.warm_pool.value = Attr::Unknown,
        Input::Selectors => subject.selectors.value = Attr::Unknown,
    }
}

fn verdicts(outcome: Outcome) -> Vec<Verdict> {
    match outcome {
        Outcome::Done(verdicts) | Outcome::Unknown(verdicts) | Outcome::Unreadable(verdicts, _) => verdicts,
        Outcome::Needs(asks) => panic!("the account lacks {asks:?}"),
    }
}

/// What the check finds. Each verdict names an input in whole sentences, none appears because something is unknown or
/// cannot be read, and nothing is found where nothing is known.
pub(super) fn finds(check: &Check, world: &World) -> Vec<Verdict> {
    assert!(check.applies(&world.subject), "{} is not for this subject", check.name);
    let found = verdicts(super::super::check(check, &world.subject, &world.known()));
    for verdict in &found {
        assert!(!verdict.path.is_root(), "{verdict:?}");
        assert!(!verdict.summary.ends_with('.') && !verdict.summary.contains('\n'), "{verdict:?}");
        for text in [&verdict.found, &verdict.why, &verdict.fix] {
            assert!(text.ends_with('.') && text.starts_with(|first: char| !first.is_whitespace()), "{verdict:?}");
        }
    }
    let assert_no_others = |outcome: Outcome, what: &dyn std::fmt::Debug| {
        let others = verdicts(outcome);
        assert!(others.iter().all(|verdict| found.contains(verdict)), "without {what:?}: {others:?}");
    };
    for family in check.reads {
        let facts = world.without(|other| other == *family);
        assert_no_others(super::super::check(check, &world.subject, &facts), family);
    }
    let mut unknown = world.subject.clone();
    for input in check.inputs {
        let mut subject = world.subject.clone();
        forget(&mut subject, *input);
        assert_no_others(super::super::check(check, &subject, &world.known()), input);
        forget(&mut unknown, *input);
    }
    assert_eq!(verdicts(super::super::check(check, &unknown, &world.known())), [], "nothing is known");
    let blind = world.without(|_| true);
    assert_no_others(super::super::check(check, &world.subject, &blind), &"any fact");
    found
}

/// The one thing that the check finds, whose texts contain these words.
#[track_caller]
pub(super) fn fires(check: &Check, world: &World, severity: Severity, path: &str, words: &[&str]) {
    let found = finds(check, world);
    let [verdict] = found.as_slice() else { panic!("not one verdict: {found:#?}") };
    let text = format!("{}\n{}", verdict.summary, verdict.detail());
    assert!(words.iter().all(|word| text.contains(word)), "{words:?}: {text}");
    assert_eq!((verdict.severity, verdict.path.to_string()), (severity, path.to_owned()), "{text}");
}

/// The check finds nothing.
#[track_caller]
pub(super) fn is_silent(check: &Check, world: &World) {
    assert_eq!(finds(check, world), []);
}
