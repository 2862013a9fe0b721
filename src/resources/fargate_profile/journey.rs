//! Journeys of Fargate profiles.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value as Json, json};

use super::client::{FargateProfile as Live, FargateProfileStatus, Selector};
use super::fake::Fake;
use super::model::FargateProfile;
use super::{FargateProfileResource, api};
use crate::journeys::{Rng, Subject, campaign, counterpart_state, texts};
use clients::context::Clients;
use clients::strikes::Trouble;
use framework::model::Model;
use framework::provider::Registry;
use framework::value::Value;

struct Profiles(Fake);

/// Arguments that the AWS provider does not have.
const OURS: &[&str] = &["skip_preflight", "created_at", "health"];

impl Subject for Profiles {
    fn new() -> Self {
        let fake = Fake::default();
        fake.world().steps = 1;
        Self(fake)
    }

    fn type_name(&self) -> &'static str {
        "ekscompute_fargate_profile"
    }

    fn registry(&self) -> Registry<Clients> {
        let resource = FargateProfileResource::new(|clients, _| Arc::new((*clients.facts().of::<Fake>()).clone()));
        Registry::new().resource(self.type_name(), resource)
    }

    fn equip(&self, clients: &Clients) {
        clients.facts().of_or(|| self.0.clone());
    }

    fn arguments(&self, rng: &mut Rng) -> Json {
        json!({
            "cluster_name": "blue",
            "fargate_profile_name": rng.json(json!(["one", "one", "two"])),
            "pod_execution_role_arn": "arn:aws:iam::111122223333:role/pods",
            "subnet_ids": rng.json(json!([null, ["subnet-1"], ["subnet-1", "subnet-2"]])),
            "skip_preflight": rng.json(json!([null, null, [], ["all"]])),
            "tags": rng.json(json!([null, {}, {"a": "1"}, {"a": "2", "b": "1"}])),
            "selector": rng.json(json!([
                [{"namespace": "default"}], [{"namespace": "default", "labels": {}}],
                [{"namespace": "default", "labels": {"a": "1"}}, {"namespace": "other"}],
            ])),
            "timeouts": rng.json(json!([null, null, {"create": "30m"}])),
        })
    }

    fn identifying(&self) -> &'static [&'static str] {
        &["fargate_profile_name", "cluster_name"]
    }

    fn ignorable(&self) -> &'static [&'static str] {
        &["tags", "tags[\"a\"]", "subnet_ids", "selector", "skip_preflight", "timeouts", "fargate_profile_name"]
    }

    fn drift(&self, rng: &mut Rng) -> Json {
        let profile = rng.below(2);
        rng.json(json!([
            {"profile": profile, "tags": {"a": "9", "z": "1"}}, {"profile": profile, "tags": {}},
            {"profile": profile, "delete": true}, {"create": "two"},
        ]))
    }

    fn apply_drift(&self, drift: &Json) -> bool {
        let mut world = self.0.world();
        if let Some(name) = drift["create"].as_str() {
            if world.profiles.contains_key(name) {
                return false;
            }
            let number = world.profiles.len();
            world.put(foreign(name, number));
            return true;
        }
        let number = usize::try_from(drift["profile"].as_u64().unwrap_or_default()).unwrap_or_default();
        let Some(live) =
            world.profiles.values_mut().nth(number).filter(|live| live.status == FargateProfileStatus::Active)
        else {
            return false;
        };
        if drift["delete"] == true {
            let name = live.name.clone();
            world.profiles.remove(&name);
        } else {
            live.tags = texts(&drift["tags"]);
        }
        true
    }

    fn objects(&self) -> BTreeMap<String, (String, String)> {
        let each = |live: &Live| {
            let content = Live { status: FargateProfileStatus::default(), health: Vec::new(), ..live.clone() };
            (live.arn.clone(), (live.name.clone(), format!("{content:?}")))
        };
        self.0.world().profiles.values().map(each).collect()
    }

    fn id_of(&self, state: &Value) -> Option<String> {
        state.member("arn").and_then(Value::as_str).map(str::to_owned)
    }

    fn import_id(&self, state: &Value) -> String {
        let text = |name: &str| state.member(name).and_then(Value::as_str).unwrap_or_default();
        api::id(text("cluster_name"), text("fargate_profile_name"))
    }

    fn counterpart(&self, state: &Value) -> Option<(&'static str, &'static str, Json)> {
        let document = counterpart_state(&FargateProfile::block(), state, OURS, &[("tags", "{}")]);
        Some(("hashicorp/aws", "aws_eks_fargate_profile", document))
    }

    fn strike(&self, call: usize, trouble: Trouble) {
        self.0.strike(Some((call, trouble)));
    }

    fn calm(&self) {
        self.0.strike(None);
    }

    fn delete(&self, id: &str) {
        self.0.world().profiles.retain(|_, live| live.arn != id);
    }
}

fn foreign(name: &str, number: usize) -> Live {
    Live {
        cluster_name: "blue".to_owned(),
        name: name.to_owned(),
        arn: format!("arn:aws:eks:eu-west-1:123456789012:fargateprofile/blue/{name}/foreign-{number}"),
        status: FargateProfileStatus::Active,
        created_at: Some("2025-01-01T00:00:00Z".to_owned()),
        pod_execution_role: "arn:aws:iam::111122223333:role/pods".to_owned(),
        subnets: vec!["subnet-1".to_owned()],
        selectors: vec![Selector { namespace: "default".to_owned(), labels: BTreeMap::new() }],
        health: vec![],
        tags: BTreeMap::new(),
    }
}

#[test]
fn fargate_profile_journeys_hold() {
    campaign::<Profiles>(150);
}
