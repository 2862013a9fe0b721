//! A class that nothing is wrong with, and what each check must keep.

use super::{Class, ClassCheck, Input};
use crate::Effect;
use crate::facts::{
    AccessEntry, Ask, AwsAuth, Caller, Cluster, Fact, FactResult, InstanceProfile, Principal, Role, Route, RouteTable,
    RuleSource, SecurityGroup, SecurityRule, Selector, Subnet, Target,
};
use crate::finding::CheckFinding;
use crate::subject::ConfiguredInput;
use crate::testing::{self, Account, assert_fires};
use framework::model::Attr;
use framework::path::Path;
use render::karpenter::controller::Controller;

pub(super) const ROLE: &str = "nodes";
pub(super) const ROLE_ARN: &str = "arn:aws:iam::111122223333:role/karpenter/nodes";
pub(super) const PROFILE: &str = "own";
pub(super) const GROUP: &str = "sg-nodes";

/// What is planned, and the account.
#[derive(Debug, Clone)]
pub(super) struct World {
    pub(super) class: Class,
    account: Account,
}

/// What the class selects by.
pub(super) fn tagged() -> Selector {
    Selector::Tags([("karpenter.sh/discovery".to_owned(), "demo".to_owned())].into())
}

fn class(controller: Controller) -> Class {
    let terms = || vec![Attr::Known(tagged())];
    Class {
        controller,
        is_for_gpus: true,
        region: "us-east-1".to_owned(),
        cluster: ConfiguredInput::known("cluster_name", "demo"),
        role: ConfiguredInput::known("role", ROLE),
        instance_profile: ConfiguredInput::new(Path::attribute("instance_profile"), Attr::Null),
        subnets: ConfiguredInput::known("subnet_selector_term", terms()),
        security_groups: ConfiguredInput::known("security_group_selector_term", terms()),
        interfaces: ConfiguredInput::new(Path::attribute("interfaces"), Attr::Null),
        reservations: ConfiguredInput::new(Path::attribute("capacity_reservation_selector_terms"), Attr::Null),
        volumes: ConfiguredInput::new(Path::attribute("block_device_mappings"), Attr::Null),
        ..Class::default()
    }
}

fn principal() -> Principal {
    Principal { cluster: "demo".to_owned(), arn: ROLE_ARN.to_owned() }
}

fn subnet(id: &str) -> Subnet {
    Subnet { id: id.to_owned(), vpc_id: "vpc-1".to_owned(), owner_id: "111122223333".to_owned(), ..Subnet::default() }
}

fn tables() -> Vec<RouteTable> {
    let table = |id: &str, subnet: &str, target| RouteTable {
        id: id.to_owned(),
        main: false,
        subnets: vec![subnet.to_owned()],
        routes: vec![Route { destination: "0.0.0.0/0".to_owned(), target, blackhole: false }],
    };
    vec![
        table("rtb-private", "subnet-a", Target::NatGateway("nat-1".to_owned())),
        table("rtb-public", "subnet-public", Target::InternetGateway("igw-1".to_owned())),
    ]
}

/// The class in an account where all is well.
fn world(controller: Controller) -> World {
    let open = SecurityRule {
        protocol: "-1".to_owned(),
        peers: vec![RuleSource::Group(GROUP.to_owned())],
        ..SecurityRule::default()
    };
    let group = SecurityGroup {
        id: GROUP.to_owned(),
        ingress: vec![open.clone()],
        egress: vec![open],
        ..SecurityGroup::default()
    };
    let kind = if controller == Controller::AutoMode { "EC2" } else { "EC2_LINUX" };
    let cluster = Cluster {
        name: "demo".to_owned(),
        version: "1.33".to_owned(),
        authentication_mode: "API".to_owned(),
        auto_mode: controller == Controller::AutoMode,
        ..Cluster::default()
    };
    let facts = [
        Fact::Caller((), FactResult::Known(Caller { account: "111122223333".to_owned(), ..Caller::default() })),
        Fact::Cluster("demo".to_owned(), FactResult::Known(cluster)),
        Fact::Role(ROLE.to_owned(), FactResult::Known(Role { arn: ROLE_ARN.to_owned(), ..Role::default() })),
        Fact::AccessEntry(
            principal(),
            FactResult::Known(AccessEntry { kind: kind.to_owned(), ..AccessEntry::default() }),
        ),
        Fact::AwsAuth("demo".to_owned(), FactResult::Known(AwsAuth::default())),
        Fact::SelectedSubnets(tagged(), FactResult::Known(vec![subnet("subnet-a")])),
        Fact::SelectedSecurityGroups(tagged(), FactResult::Known(vec![group])),
        Fact::RouteTables("vpc-1".to_owned(), FactResult::Known(tables())),
        Fact::Endpoints("vpc-1".to_owned(), FactResult::Known(Vec::new())),
    ];
    World { class: class(controller), account: Account::from_iter(facts) }.policies(&["AmazonEKSAutoNodePolicy"])
}

/// A class of Karpenter.
pub(super) fn karpenter() -> World {
    world(Controller::Karpenter)
}

/// A class of EKS Auto Mode.
pub(super) fn auto_mode() -> World {
    world(Controller::AutoMode)
}

impl World {
    /// The same with another fact.
    pub(super) fn with(mut self, fact: Fact) -> Self {
        self.account.set(fact);
        self
    }

    /// The same with another plan.
    pub(super) fn plan(mut self, change: impl FnOnce(&mut Class)) -> Self {
        change(&mut self.class);
        self
    }

    /// The same in another cluster.
    pub(super) fn cluster(mut self, change: impl FnOnce(&mut Cluster)) -> Self {
        let Some(Fact::Cluster(_, FactResult::Known(cluster))) = self.account.get_mut(&Ask::Cluster("demo".to_owned()))
        else {
            panic!("there is no cluster")
        };
        change(cluster);
        self
    }

    /// The same before there is the cluster.
    pub(super) fn without_cluster(&self) -> Self {
        self.clone().with(Fact::Cluster("demo".to_owned(), FactResult::Missing))
    }

    /// The same with an instance profile that holds this role, in place of the role.
    pub(super) fn with_profile(self, role: Option<&str>) -> Self {
        let profile = InstanceProfile { role: role.map(str::to_owned) };
        self.with(Fact::InstanceProfile(PROFILE.to_owned(), FactResult::Known(profile))).plan(|class| {
            class.role.value = Attr::Null;
            class.instance_profile.value = PROFILE.into();
        })
    }

    /// The same with these access policies of the role.
    pub(super) fn policies(self, names: &[&str]) -> Self {
        let arns = names.iter().map(|name| format!("arn:aws:eks::aws:cluster-access-policy/{name}"));
        self.with(Fact::AccessPolicies(principal(), FactResult::Known(arns.collect())))
    }

    /// The same in a public subnet.
    pub(super) fn public(self) -> Self {
        self.with(Fact::SelectedSubnets(tagged(), FactResult::Known(vec![subnet("subnet-public")])))
    }

    /// The same in another subnet.
    pub(super) fn subnet(mut self, change: impl FnOnce(&mut Subnet)) -> Self {
        let Some(Fact::SelectedSubnets(_, FactResult::Known(subnets))) =
            self.account.get_mut(&Ask::SelectedSubnets(tagged()))
        else {
            panic!("there are no subnets")
        };
        change(&mut subnets[0]);
        self
    }

    /// The same with another security group.
    pub(super) fn security_group(mut self, change: impl FnOnce(&mut SecurityGroup)) -> Self {
        let Some(Fact::SelectedSecurityGroups(_, FactResult::Known(groups))) =
            self.account.get_mut(&Ask::SelectedSecurityGroups(tagged()))
        else {
            panic!("there are no security groups")
        };
        change(&mut groups[0]);
        self
    }
}

impl testing::Subject for Class {
    fn forget(&mut self, input: Input) {
        match input {
            Input::Cluster => self.cluster.value = Attr::Unknown,
            Input::Role => (self.role.value, self.instance_profile.value) = (Attr::Unknown, Attr::Unknown),
            Input::Subnets => self.subnets.value = Attr::Unknown,
            Input::SecurityGroups => self.security_groups.value = Attr::Unknown,
            Input::Ami => (self.alias.value, self.family.value) = (Attr::Unknown, Attr::Unknown),
            Input::Network => (self.interfaces.value, self.public_address.value) = (Attr::Unknown, Attr::Unknown),
            Input::Reservations => self.reservations.value = Attr::Unknown,
            Input::Volumes => self.volumes.value = Attr::Unknown,
        }
    }

    /// The AMIs alone can show that the nodes run Windows, which requires another entry type.
    fn is_same(one: &CheckFinding, other: &CheckFinding) -> bool {
        one.summary == other.summary
    }
}

/// What the check finds.
fn finds(check: &ClassCheck, world: &World) -> Vec<CheckFinding> {
    testing::finds(check, &world.class, &world.account)
}

/// The one thing that the check finds, whose texts contain these words.
#[track_caller]
pub(super) fn fires(check: &ClassCheck, world: &World, effect: Effect, path: &str, words: &[&str]) {
    assert_fires(&finds(check, world), effect, path, words);
}

/// The check finds nothing.
#[track_caller]
pub(super) fn is_silent(check: &ClassCheck, world: &World) {
    assert_eq!(finds(check, world), []);
}
