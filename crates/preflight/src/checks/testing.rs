//! A standard account for the tests of checks, and what each of them must keep.

mod account;

use std::collections::BTreeSet;

use account::account;
pub(super) use account::{
    attached, caller_decision, decision, endpoints, instance_type, quota, quota_of, route, trust, zone,
};

use crate::facts::{
    Ask, Caller, Cluster, Endpoint, Fact, FactResult, Image, InstanceType, NatGateway, Role, Route, RouteTable,
    SecurityGroup, Subnet, Target, Template, TemplateName, TemplateVersion, VpcDns,
};
use crate::subject::{ConfiguredInput, ScalingInput, TemplateInput, UpdateInput, WarmPoolInput};
use crate::testing::{self, Account, assert_fires};
use crate::{Check, CheckFinding, Effect, Input, Kind, Subject};
use framework::model::Attr;
use framework::path::Path;

pub(super) const ROLE: &str = "arn:aws:iam::111122223333:role/nodes";
pub(super) const VPC: &str = "vpc-1";
pub(super) const CLUSTER_GROUP: &str = "sg-cluster";
pub(super) const CALLER: &str = "arn:aws:iam::111122223333:role/deploy";
pub(super) const IMAGE: &str = "ami-1";

/// What is planned, and the account.
#[derive(Debug, Clone)]
pub(super) struct World {
    pub(super) subject: Subject,
    account: Account,
}

fn given<T>(path: Path) -> ConfiguredInput<T> {
    ConfiguredInput::new(path, Attr::Null)
}

fn known<T>(path: Path, value: impl Into<T>) -> ConfiguredInput<T> {
    ConfiguredInput::new(path, Attr::Known(value.into()))
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
    World { subject, account: account("ec2.amazonaws.com") }
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
    let mut world = World { subject, account: account("eks-fargate-pods.amazonaws.com") };
    world.account.set(Fact::RolePolicies(ROLE.to_owned(), attached(&["AmazonEKSFargatePodExecutionRolePolicy"])));
    world
}

/// The same account, used by this role or user.
pub(super) fn called_by(world: World, principal: &str) -> World {
    let caller =
        Caller { account: "111122223333".to_owned(), principal: Some(principal.to_owned()), ..Caller::default() };
    world.with(Fact::Caller((), FactResult::Known(caller)))
}

macro_rules! changes {
    ($($method:ident: $family:ident($value:ty);)*) => {
        $(
            /// The same account with this fact changed.
            pub(super) fn $method(mut self, key: &str, change: impl FnOnce(&mut $value)) -> Self {
                let ask = Ask::$family(key.to_owned());
                let Some(Fact::$family(_, FactResult::Known(value))) = self.account.get_mut(&ask) else {
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

    /// The same with another fact.
    pub(super) fn with(mut self, fact: Fact) -> Self {
        self.account.set(fact);
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
        self.with(Fact::Template(template_version(), FactResult::Known(template)))
    }

    /// The same with a warm pool in this state.
    pub(super) fn warm_pool(mut self, state: &str) -> Self {
        let pool = self.subject.warm_pool.path.clone();
        let pool = WarmPoolInput { state: known(pool.then("pool_state"), state), ..WarmPoolInput::default() };
        self.subject.warm_pool.value = Attr::Known(pool);
        self
    }
}

/// What the launch template of [`World::template`] is asked by.
pub(super) fn template_version() -> TemplateVersion {
    TemplateVersion { template: TemplateName::Id("lt-1".to_owned()), version: "1".to_owned() }
}

impl testing::Subject for Subject {
    fn forget(&mut self, input: Input) {
        match input {
            Input::Cluster => self.cluster.value = Attr::Unknown,
            Input::Name => self.name.value = Attr::Unknown,
            Input::Role => self.role_arn.value = Attr::Unknown,
            Input::Subnets => self.subnets.value = Attr::Unknown,
            Input::AmiType => self.ami_type.value = Attr::Unknown,
            Input::CapacityType => self.capacity_type.value = Attr::Unknown,
            Input::InstanceTypes => self.instance_types.value = Attr::Unknown,
            Input::Version => self.version.value = Attr::Unknown,
            Input::ReleaseVersion => self.release_version.value = Attr::Unknown,
            Input::LaunchTemplate => self.launch_template.value = Attr::Unknown,
            Input::RemoteAccess => self.remote_access.value = Attr::Unknown,
            Input::Scaling => self.scaling.value = Attr::Unknown,
            Input::UpdateConfig => self.update_config.value = Attr::Unknown,
            Input::WarmPool => self.warm_pool.value = Attr::Unknown,
            Input::Selectors => self.selectors.value = Attr::Unknown,
        }
    }
}

/// What the check finds.
pub(super) fn finds(check: &Check, world: &World) -> Vec<CheckFinding> {
    testing::finds(check, &world.subject, &world.account)
}

/// The one thing that the check finds, whose texts contain these words.
#[track_caller]
pub(super) fn fires(check: &Check, world: &World, effect: Effect, path: &str, words: &[&str]) {
    assert_fires(&finds(check, world), effect, path, words);
}

/// The check finds nothing.
#[track_caller]
pub(super) fn is_silent(check: &Check, world: &World) {
    assert_eq!(finds(check, world), []);
}
