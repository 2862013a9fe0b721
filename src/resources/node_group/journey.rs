//! Journeys of node groups.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value as Json, json};

use super::client::{GroupTag, NodeGroup as Live, NodeGroupStatus, Taint};
use super::fake::Fake;
use super::model::NodeGroup;
use super::{NodeGroupResource, api};
use crate::journeys::{Rng, Subject, campaign, counterpart_state, text, texts};
use clients::context::Clients;
use clients::kube::fake_nodes::FakeNodes;
use clients::strikes::Trouble;
use framework::model::Model;
use framework::provider::Registry;
use framework::value::Value;

struct NodeGroups(Fake);

/// Attributes for which the AWS provider stores zero if they are unset.
const ZEROS: &[(&str, &str)] = &[
    ("ami_type", "\"\""),
    ("capacity_type", "\"\""),
    ("node_group_name_prefix", "\"\""),
    ("release_version", "\"\""),
    ("version", "\"\""),
    ("disk_size", "0"),
    ("labels", "{}"),
    ("tags", "{}"),
];

/// A target group.
const TARGET_GROUP: &str = "arn:aws:elasticloadbalancing:eu-west-1:111122223333:targetgroup/web/0123456789abcdef";

/// Arguments that the AWS provider does not have.
const OURS: &[&str] = &[
    "ami_update_policy",
    "auto_scaling_group",
    "auto_scaling_group_tags",
    "skip_preflight",
    "created_at",
    "modified_at",
];

impl Subject for NodeGroups {
    fn new() -> Self {
        Self(Fake::new())
    }

    fn type_name(&self) -> &'static str {
        "ekscompute_node_group"
    }

    fn registry(&self) -> Registry<Clients> {
        let resource = NodeGroupResource::new(
            |clients, _| Arc::new((*clients.facts().of::<Fake>()).clone()),
            |_, _, _| Arc::new(FakeNodes::default()),
        );
        Registry::new().resource(self.type_name(), resource)
    }

    fn equip(&self, clients: &Clients) {
        clients.facts().of_or(|| self.0.clone());
    }

    fn arguments(&self, rng: &mut Rng) -> Json {
        let mut arguments = json!({
            "cluster_name": "blue",
            "node_role_arn": "arn:aws:iam::111122223333:role/node",
            "subnet_ids": rng.json(json!([["subnet-1"], ["subnet-1"], ["subnet-1", "subnet-2"]])),
            "scaling_config": [scaling(rng)],
            "labels": rng.json(json!([null, {}, {"a": "1"}, {"a": "2", "b": "1"}])),
            "tags": rng.json(json!([null, {}, {"a": "1"}, {"a": "2", "b": "1"}])),
            "auto_scaling_group_tags": rng.json(json!([null, null, {}, {"a": "1"}, {"b": "2"}])),
            "auto_scaling_group": rng.json(json!([
                [], [], [], [{}], [{"suspended_processes": []}], [{"suspended_processes": ["AZRebalance"]}],
                [{"suspended_processes": ["AZRebalance", "ScheduledActions"], "protect_from_scale_in": true}],
                [{"protect_from_scale_in": false, "enabled_metrics": ["GroupMinSize"]}],
                [{"target_group_arns": [TARGET_GROUP], "termination_policies": ["NewestInstance"]}],
            ])),
            "instance_types": rng.json(json!([null, [], ["m5.large"]])),
            "disk_size": rng.json(json!([null, null, 20, 30])),
            "ami_type": rng.json(json!([null, null, "AL2023_x86_64_STANDARD"])),
            "capacity_type": rng.json(json!([null, null, "ON_DEMAND", "SPOT"])),
            "version": rng.json(json!([null, null, "1.33"])),
            "ami_update_policy": rng.json(json!([null, null, "pinned", "latest"])),
            "force_update_version": rng.json(json!([null, null, false, true])),
            "skip_preflight": rng.json(json!([null, null, [], ["all"]])),
            "update_config": rng.json(json!([
                null, [], [{"max_unavailable": 1}], [{"max_unavailable": 2}], [{"max_unavailable_percentage": 50}],
                [{"max_unavailable": 1, "update_strategy": "MINIMAL"}],
            ])),
            "taint": rng.json(json!([
                [], [], [{"key": "a", "effect": "NO_SCHEDULE"}], [{"key": "a", "value": "", "effect": "NO_SCHEDULE"}],
                [{"key": "a", "value": "1", "effect": "NO_EXECUTE"}, {"key": "b", "effect": "NO_SCHEDULE"}],
            ])),
            "node_repair_config": rng.json(json!([
                [], [], [{"enabled": false}], [{"enabled": true}], [{"enabled": true, "max_unhealthy_node_threshold_count": 5}],
            ])),
            "warm_pool_config": rng.json(json!([[], [], [{}], [{"min_size": 0}], [{"min_size": 1, "pool_state": "STOPPED"}]])),
            "remote_access": rng.json(json!([
                [], [], [], [{"ec2_ssh_key": "key"}], [{"ec2_ssh_key": "key", "source_security_group_ids": []}],
            ])),
            "drain_before_delete": rng.json(json!([[], [], [{}], [{"force": true, "drain_timeout": "10m"}]])),
            "timeouts": rng.json(json!([null, null, {"create": "30m"}, {"update": "1h"}])),
        });
        let (name, value) = match rng.below(10) {
            0..6 => ("node_group_name", json!("one")),
            6..8 => ("node_group_name", json!("two")),
            8 => ("node_group_name_prefix", json!("gpu-")),
            _ => ("node_group_name_prefix", json!("")),
        };
        arguments["node_group_name"] = Json::Null;
        arguments["node_group_name_prefix"] = Json::Null;
        arguments[name] = value;
        arguments
    }

    /// The names conflict with each other, so they change together.
    fn changed(&self, rng: &mut Rng, arguments: &Json) -> Json {
        let (mut changed, others) = (arguments.clone(), self.arguments(rng));
        for (name, value) in others.as_object().into_iter().flatten() {
            if !self.identifying().contains(&name.as_str()) && rng.chance(25) {
                changed[name] = value.clone();
            }
        }
        if rng.chance(8) {
            self.identifying().iter().for_each(|name| changed[*name] = others[*name].clone());
        }
        changed
    }

    fn identifying(&self) -> &'static [&'static str] {
        &["node_group_name", "node_group_name_prefix", "cluster_name"]
    }

    fn ignorable(&self) -> &'static [&'static str] {
        &[
            "scaling_config[0].desired_size",
            "scaling_config[0].desired_size",
            "scaling_config[0].min_size",
            "scaling_config",
            "labels",
            "labels[\"a\"]",
            "tags",
            "tags[\"b\"]",
            "taint",
            "update_config",
            "node_repair_config",
            "instance_types",
            "disk_size",
            "version",
            "release_version",
            "auto_scaling_group",
            "auto_scaling_group_tags",
            "warm_pool_config",
            "node_group_name",
            "subnet_ids",
            "drain_before_delete",
            "timeouts",
        ]
    }

    fn element_keys(&self) -> &'static [&'static str] {
        &["key", "effect"]
    }

    fn drift(&self, rng: &mut Rng) -> Json {
        let group = rng.below(2);
        rng.json(json!([
            {"group": group, "desired": 2}, {"group": group, "desired": 3}, {"group": group, "desired": 3},
            {"group": group, "max": 9}, {"group": group, "labels": {"a": "9", "c": "1"}}, {"group": group, "labels": {}},
            {"group": group, "tags": {"a": "9"}}, {"group": group, "taints": true}, {"group": group, "repair": true},
            {"group": group, "group_tags": {"a": "9"}}, {"group": group, "group_settings": "suspend"},
            {"group": group, "group_settings": "reset"}, {"group": group, "delete": true}, {"create": "two"},
            {"release": "1.33.5-20251001"},
        ]))
    }

    fn apply_drift(&self, drift: &Json) -> bool {
        if let Some(name) = drift["create"].as_str() {
            return self.create(name);
        }
        if let Some(release) = drift["release"].as_str() {
            let key = ("AL2023_x86_64_STANDARD".to_owned(), "1.33".to_owned());
            self.0.world().releases.insert(key, release.to_owned());
            return true;
        }
        let groups = self.0.groups();
        let number = drift["group"].as_u64().unwrap_or_default();
        let Some(live) = groups.get(usize::try_from(number).unwrap_or_default()) else { return false };
        // An operation in progress ends as it was started.
        if live.status != NodeGroupStatus::Active {
            return false;
        }
        if drift["delete"] == true {
            self.0.remove(&live.cluster_name, &live.node_group_name);
            return true;
        }
        if let Some(tags) = drift["group_tags"].as_object() {
            let tag = |value: &Json| GroupTag { value: text(value), propagate_at_launch: true };
            let tags: BTreeMap<_, _> = tags.iter().map(|(key, value)| (key.clone(), tag(value))).collect();
            self.0.world().group_tags.insert(live.auto_scaling_groups[0].clone(), tags);
            return true;
        }
        if let Some(settings) = drift["group_settings"].as_str() {
            let mut world = self.0.world();
            let group = world.scaling_group(&live.auto_scaling_groups[0]);
            group.suspended_processes.clear();
            if settings == "suspend" {
                group.suspended_processes.insert("AZRebalance".to_owned(), "User suspended".to_owned());
            }
            group.protects_new_instances = settings == "suspend";
            return true;
        }
        self.0.change(&live.cluster_name, &live.node_group_name, |live| change(live, drift));
        true
    }

    fn objects(&self) -> BTreeMap<String, (String, String)> {
        let each = |live: Live| {
            // Operations in progress continue.
            let content = Live { status: NodeGroupStatus::default(), health: Vec::new(), ..live.clone() };
            (live.arn, (live.node_group_name, format!("{content:?}")))
        };
        self.0.groups().into_iter().map(each).collect()
    }

    fn id_of(&self, state: &Value) -> Option<String> {
        state.member("arn").and_then(Value::as_str).map(str::to_owned)
    }

    fn import_id(&self, state: &Value) -> String {
        let text = |name: &str| state.member(name).and_then(Value::as_str).unwrap_or_default();
        api::id(text("cluster_name"), text("node_group_name"))
    }

    fn counterpart(&self, state: &Value) -> Option<(&'static str, &'static str, Json)> {
        Some(("hashicorp/aws", "aws_eks_node_group", counterpart_state(&NodeGroup::block(), state, OURS, ZEROS)))
    }

    fn strike(&self, call: usize, trouble: Trouble) {
        self.0.strike(Some((call, trouble)));
    }

    fn calm(&self) {
        self.0.strike(None);
    }

    fn delete(&self, id: &str) {
        let found = self.0.groups().into_iter().find(|live| live.arn == id);
        found.into_iter().for_each(|live| self.0.remove(&live.cluster_name, &live.node_group_name));
    }
}

impl NodeGroups {
    /// Creates a group with this name, as another process would.
    fn create(&self, name: &str) -> bool {
        if self.0.group("blue", name).is_some() {
            return false;
        }
        self.0.put(Live {
            cluster_name: "blue".to_owned(),
            node_group_name: name.to_owned(),
            arn: format!("arn:aws:eks:eu-west-1:123456789012:nodegroup/blue/{name}/foreign-{}", self.0.calls().len()),
            status: NodeGroupStatus::Active,
            version: Some("1.33".to_owned()),
            release_version: Some("1.33.4-20250904".to_owned()),
            created_at: Some("2025-01-01T00:00:00Z".to_owned()),
            modified_at: Some("2025-01-01T00:00:00Z".to_owned()),
            capacity_type: Some("ON_DEMAND".to_owned()),
            scaling: Some(super::client::Scaling { min: Some(1), max: Some(3), desired: Some(1) }),
            subnets: vec!["subnet-1".to_owned()],
            ami_type: Some("AL2023_x86_64_STANDARD".to_owned()),
            node_role: "arn:aws:iam::111122223333:role/node".to_owned(),
            auto_scaling_groups: vec![format!("eks-{name}-foreign")],
            ..Live::default()
        });
        true
    }
}

/// Numbers that are consistent for EKS.
fn scaling(rng: &mut Rng) -> Json {
    let mut scaling = json!({"min_size": rng.json(json!([0, 1, 1])), "max_size": rng.json(json!([3, 4, 10]))});
    scaling["desired_size"] = rng.json(json!([null, null, 1, 2, 3]));
    scaling
}

fn change(live: &mut Live, drift: &Json) {
    let scaling = live.scaling.get_or_insert_default();
    scaling.desired = drift["desired"].as_i64().or(scaling.desired);
    scaling.max = drift["max"].as_i64().or(scaling.max);
    if drift["labels"].is_object() {
        live.labels = texts(&drift["labels"]);
    }
    if drift["tags"].is_object() {
        live.tags = texts(&drift["tags"]);
    }
    if drift["taints"] == true {
        live.taints = vec![Taint { key: "z".to_owned(), value: None, effect: "NO_SCHEDULE".to_owned() }];
    }
    if drift["repair"] == true {
        live.repair.get_or_insert_default().enabled = Some(true);
    }
}

#[test]
fn node_group_journeys_hold() {
    campaign::<NodeGroups>(150);
}
