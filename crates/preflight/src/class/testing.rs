//! A class that nothing is wrong with, and what each check must keep.

use std::collections::BTreeMap;

use super::{Class, ClassCheck, Input};
use crate::facts::{
    AccessEntry, Ask, AwsAuth, Caller, Cause, Cluster, Fact, Facts, Family, InstanceProfile, Principal, Reading, Role,
    Route, RouteTable, RuleSource, SecurityGroup, SecurityRule, Selector, Subnet, Target, Unreadable,
};
use crate::subject::Given;
use crate::verdict::Verdict;
use crate::{Effect, Outcome, check};
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
    facts: BTreeMap<Ask, Fact>,
}

/// What the class selects by.
pub(super) fn tagged() -> Selector {
    Selector::Tags([("karpenter.sh/discovery".to_owned(), "demo".to_owned())].into())
}

fn class(controller: Controller) -> Class {
    let terms = || vec![Attr::Known(tagged())];
    Class {
        controller,
        region: "us-east-1".to_owned(),
        cluster: Given::known("cluster_name", "demo"),
        role: Given::known("role", ROLE),
        instance_profile: Given::new(Path::attribute("instance_profile"), Attr::Null),
        subnets: Given::known("subnet_selector_terms", terms()),
        security_groups: Given::known("security_group_selector_terms", terms()),
        interfaces: Given::new(Path::attribute("interfaces"), Attr::Null),
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
        Fact::Caller((), Reading::Known(Caller { account: "111122223333".to_owned(), ..Caller::default() })),
        Fact::Cluster("demo".to_owned(), Reading::Known(cluster)),
        Fact::Role(ROLE.to_owned(), Reading::Known(Role { arn: ROLE_ARN.to_owned(), ..Role::default() })),
        Fact::AccessEntry(principal(), Reading::Known(AccessEntry { kind: kind.to_owned(), ..AccessEntry::default() })),
        Fact::AwsAuth("demo".to_owned(), Reading::Known(AwsAuth::default())),
        Fact::SelectedSubnets(tagged(), Reading::Known(vec![subnet("subnet-a")])),
        Fact::SelectedSecurityGroups(tagged(), Reading::Known(vec![group])),
        Fact::RouteTables("vpc-1".to_owned(), Reading::Known(tables())),
        Fact::Endpoints("vpc-1".to_owned(), Reading::Known(Vec::new())),
    ];
    let facts = facts.into_iter().map(|fact| (fact.ask(), fact)).collect();
    World { class: class(controller), facts }.policies(&["AmazonEKSAutoNodePolicy"])
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
        self.facts.insert(fact.ask(), fact);
        self
    }

    /// The same with another plan.
    pub(super) fn plan(mut self, change: impl FnOnce(&mut Class)) -> Self {
        change(&mut self.class);
        self
    }

    /// The same in another cluster.
    pub(super) fn cluster(mut self, change: impl FnOnce(&mut Cluster)) -> Self {
        let Some(Fact::Cluster(_, Reading::Known(cluster))) = self.facts.get_mut(&Ask::Cluster("demo".to_owned()))
        else {
            panic!("there is no cluster")
        };
        change(cluster);
        self
    }

    /// The same before there is the cluster.
    pub(super) fn without_cluster(&self) -> Self {
        self.clone().with(Fact::Cluster("demo".to_owned(), Reading::Missing))
    }

    /// The same with an instance profile that holds this role, in place of the role.
    pub(super) fn with_profile(self, role: Option<&str>) -> Self {
        let profile = InstanceProfile { role: role.map(str::to_owned) };
        self.with(Fact::InstanceProfile(PROFILE.to_owned(), Reading::Known(profile))).plan(|class| {
            class.role.value = Attr::Null;
            class.instance_profile.value = PROFILE.into();
        })
    }

    /// The same with these access policies of the role.
    pub(super) fn policies(self, names: &[&str]) -> Self {
        let arns = names.iter().map(|name| format!("arn:aws:eks::aws:cluster-access-policy/{name}"));
        self.with(Fact::AccessPolicies(principal(), Reading::Known(arns.collect())))
    }

    /// The same in a public subnet.
    pub(super) fn public(self) -> Self {
        self.with(Fact::SelectedSubnets(tagged(), Reading::Known(vec![subnet("subnet-public")])))
    }

    /// The same in another subnet.
    pub(super) fn subnet(mut self, change: impl FnOnce(&mut Subnet)) -> Self {
        let Some(Fact::SelectedSubnets(_, Reading::Known(subnets))) =
            self.facts.get_mut(&Ask::SelectedSubnets(tagged()))
        else {
            panic!("there are no subnets")
        };
        change(&mut subnets[0]);
        self
    }

    /// The same with another security group.
    pub(super) fn security_group(mut self, change: impl FnOnce(&mut SecurityGroup)) -> Self {
        let Some(Fact::SelectedSecurityGroups(_, Reading::Known(groups))) =
            self.facts.get_mut(&Ask::SelectedSecurityGroups(tagged()))
        else {
            panic!("there are no security groups")
        };
        change(&mut groups[0]);
        self
    }

    fn facts(&self, is_unreadable: impl Fn(Family) -> bool) -> Facts {
        let why = Unreadable { action: "a:Call", cause: Cause::Denied, message: "no".to_owned() };
        let facts = self.facts.iter().map(|(ask, fact)| {
            if is_unreadable(ask.family()) { Fact::unreadable(ask.clone(), why.clone()) } else { fact.clone() }
        });
        facts.fold(Facts::default(), Facts::with)
    }
}

fn forget(class: &mut Class, input: Input) {
    match input {
        Input::Cluster => class.cluster.value = Attr::Unknown,
        Input::Role => (class.role.value, class.instance_profile.value) = (Attr::Unknown, Attr::Unknown),
        Input::Subnets => class.subnets.value = Attr::Unknown,
        Input::SecurityGroups => class.security_groups.value = Attr::Unknown,
        Input::Ami => (class.alias.value, class.family.value) = (Attr::Unknown, Attr::Unknown),
        Input::Network => (class.interfaces.value, class.public_address.value) = (Attr::Unknown, Attr::Unknown),
    }
}

fn verdicts(outcome: Outcome) -> Vec<Verdict> {
    match outcome {
        Outcome::Done(verdicts) | Outcome::Unknown(verdicts) | Outcome::Unreadable(verdicts, _) => verdicts,
        Outcome::Needs(asks) => panic!("the account lacks {asks:?}"),
    }
}

/// What the check finds. None appears because something is unknown or cannot be read.
fn finds(of: &ClassCheck, world: &World) -> Vec<Verdict> {
    assert!(of.applies(&world.class), "{} is not for this class", of.name);
    let found = verdicts(check(of, &world.class, &world.facts(|_| false)));
    for verdict in &found {
        assert!(!verdict.path.is_root() && !verdict.summary.ends_with('.'), "{verdict:?}");
        for text in [&verdict.found, &verdict.why, &verdict.fix] {
            assert!(text.ends_with('.') && !text.starts_with(char::is_whitespace), "{verdict:?}");
        }
    }
    let assert_no_others = |outcome: Outcome, what: &dyn std::fmt::Debug| {
        let others = verdicts(outcome);
        // Windows may be told from the AMIs alone, and then another type is asked for.
        let told = |other: &Verdict| found.iter().any(|verdict| verdict.summary == other.summary);
        assert!(others.iter().all(told), "without {what:?}: {others:?}");
    };
    for family in of.reads {
        assert_no_others(check(of, &world.class, &world.facts(|other| other == *family)), family);
    }
    let mut unknown = world.class.clone();
    for input in of.inputs {
        let mut class = world.class.clone();
        forget(&mut class, *input);
        assert_no_others(check(of, &class, &world.facts(|_| false)), input);
        forget(&mut unknown, *input);
    }
    assert_eq!(verdicts(check(of, &unknown, &world.facts(|_| false))), [], "nothing is known");
    assert_eq!(verdicts(check(of, &world.class, &world.facts(|_| true))), [], "nothing can be read");
    found
}

/// The one thing that the check finds, whose texts contain these words.
#[track_caller]
pub(super) fn fires(check: &ClassCheck, world: &World, effect: Effect, path: &str, words: &[&str]) {
    let found = finds(check, world);
    let [verdict] = found.as_slice() else { panic!("not one verdict: {found:#?}") };
    let text = format!("{}\n{}", verdict.summary, verdict.detail());
    assert!(words.iter().all(|word| text.contains(word)), "{words:?}: {text}");
    assert_eq!((verdict.effect, verdict.path.to_string()), (effect, path.to_owned()), "{text}");
}

/// The check finds nothing.
#[track_caller]
pub(super) fn is_silent(check: &ClassCheck, world: &World) {
    assert_eq!(finds(check, world), []);
}
