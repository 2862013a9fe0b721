//! Journeys of access entries.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value as Json, json};

use super::client::{AccessEntry as Live, Associations, Scope};
use super::fake::{EDIT, Fake, VIEW};
use super::model::AccessEntry;
use super::validators::STANDARD;
use super::{AccessEntryResource, api};
use crate::journeys::{Rng, Subject, campaign, counterpart_state, texts};
use clients::context::Clients;
use clients::strikes::Trouble;
use framework::model::Model;
use framework::provider::Registry;
use framework::value::Value;

struct Entries(Fake);

/// Arguments that the AWS provider does not have.
const OURS: &[&str] = &["adopt", "deletion_policy", "skip_lockout_guard", "policy_association", "id"];

impl Subject for Entries {
    fn new() -> Self {
        Self(Fake::default())
    }

    fn type_name(&self) -> &'static str {
        "ekscompute_access_entry"
    }

    fn registry(&self) -> Registry<Clients> {
        Registry::new()
            .resource(self.type_name(), AccessEntryResource::new(|clients, _| clients.facts().of::<Fake>().access()))
    }

    fn equip(&self, clients: &Clients) {
        clients.facts().of_or(|| self.0.clone());
    }

    fn arguments(&self, rng: &mut Rng) -> Json {
        let policy = |arn: &str, scope: Json| json!({"policy_arn": arn, "access_scope": [scope]});
        let cluster = || json!({"type": "cluster"});
        let arguments = json!({
            "cluster_name": "blue",
            "principal_arn": rng.json(json!([
                "arn:aws:iam::111122223333:role/one", "arn:aws:iam::111122223333:role/one",
                "arn:aws:iam::111122223333:role/two",
            ])),
            "type": rng.json(json!([null, "STANDARD"])),
            "kubernetes_groups": rng.json(json!([null, [], ["viewers"], ["viewers", "editors"]])),
            "user_name": rng.json(json!([null, null, "someone", "other"])),
            "adopt": rng.json(json!([null, null, false])),
            "deletion_policy": rng.json(json!([null, null, "delete"])),
            "tags": rng.json(json!([null, {}, {"a": "1"}, {"a": "2", "b": "1"}])),
            "policy_association": rng.json(json!([
                [], [policy(VIEW, cluster())], [policy(VIEW, json!({"type": "cluster", "namespaces": []}))],
                [policy(VIEW, json!({"type": "namespace", "namespaces": ["a"]})), policy(EDIT, cluster())],
                [policy("AmazonEKSViewPolicy", cluster())],
            ])),
            "timeouts": rng.json(json!([null, null, {"create": "30m"}])),
        });
        arguments
    }

    fn identifying(&self) -> &'static [&'static str] {
        &["principal_arn", "cluster_name"]
    }

    fn ignorable(&self) -> &'static [&'static str] {
        &["kubernetes_groups", "user_name", "tags", "tags[\"a\"]", "policy_association", "deletion_policy", "adopt"]
    }

    fn untracked(&self) -> &'static [&'static str] {
        &["policy_association"]
    }

    fn element_keys(&self) -> &'static [&'static str] {
        &["policy_arn"]
    }

    fn drift(&self, rng: &mut Rng) -> Json {
        let entry = rng.below(2);
        rng.json(json!([
            {"entry": entry, "tags": {"a": "9", "z": "1"}}, {"entry": entry, "groups": ["others"]},
            {"entry": entry, "groups": []}, {"entry": entry, "user_name": "drifted"}, {"entry": entry, "policies": {}},
            {"entry": entry, "policies": {EDIT: true}}, {"entry": entry, "delete": true}, {"create": "two"},
        ]))
    }

    fn apply_drift(&self, drift: &Json) -> bool {
        let mut world = self.0.world();
        if let Some(name) = drift["create"].as_str() {
            let live = foreign(name);
            let principal = live.principal_arn.clone();
            if world.entries.contains_key(&principal) {
                return false;
            }
            world.policies.insert(principal.clone(), Associations::new());
            world.entries.insert(principal, live);
            return true;
        }
        let number = usize::try_from(drift["entry"].as_u64().unwrap_or_default()).unwrap_or_default();
        let Some(principal) = world.entries.keys().nth(number).cloned() else { return false };
        if drift["delete"] == true {
            world.entries.remove(&principal);
            world.policies.remove(&principal);
            return true;
        }
        if let Some(policies) = drift["policies"].as_object() {
            let scope = Scope { kind: "cluster".to_owned(), namespaces: BTreeSet::new() };
            let policies = policies.keys().map(|arn| (arn.clone(), scope.clone())).collect();
            world.policies.insert(principal, policies);
            return true;
        }
        let Some(live) = world.entries.get_mut(&principal) else { return false };
        if drift["tags"].is_object() {
            live.tags = texts(&drift["tags"]);
        }
        if let Some(groups) = drift["groups"].as_array() {
            live.groups = groups.iter().filter_map(Json::as_str).map(str::to_owned).collect();
        }
        if let Some(name) = drift["user_name"].as_str() {
            name.clone_into(&mut live.username);
        }
        true
    }

    fn objects(&self) -> BTreeMap<String, (String, String)> {
        let world = self.0.world();
        let each = |live: &Live| {
            let content = format!("{live:?} {:?}", world.policies.get(&live.principal_arn));
            (live.arn.clone(), (live.principal_arn.clone(), content))
        };
        world.entries.values().map(each).collect()
    }

    fn id_of(&self, state: &Value) -> Option<String> {
        state.member("access_entry_arn").and_then(Value::as_str).map(str::to_owned)
    }

    fn import_id(&self, state: &Value) -> String {
        let text = |name: &str| state.member(name).and_then(Value::as_str).unwrap_or_default();
        api::id(text("cluster_name"), text("principal_arn"))
    }

    fn counterpart(&self, state: &Value) -> Option<(&'static str, &'static str, Json)> {
        let mut document = counterpart_state(&AccessEntry::block(), state, OURS, &[("tags", "{}")]);
        document["id"] = json!(self.import_id(state));
        Some(("hashicorp/aws", "aws_eks_access_entry", document))
    }

    fn strike(&self, call: usize, trouble: Trouble) {
        self.0.strike(Some((call, trouble)));
    }

    fn calm(&self) {
        self.0.strike(None);
    }

    fn delete(&self, id: &str) {
        let mut world = self.0.world();
        let found = world.entries.values().find(|live| live.arn == id).map(|live| live.principal_arn.clone());
        if let Some(principal) = found {
            world.entries.remove(&principal);
            world.policies.remove(&principal);
        }
    }
}

fn foreign(name: &str) -> Live {
    let principal_arn = format!("arn:aws:iam::111122223333:role/{name}");
    Live {
        cluster_name: "blue".to_owned(),
        username: api::default_user_name(&principal_arn),
        arn: format!("arn:aws:eks:eu-west-1:111122223333:access-entry/blue/foreign-{name}"),
        principal_arn,
        kind: STANDARD.to_owned(),
        groups: BTreeSet::new(),
        created_at: Some("2025-01-01T00:00:00Z".to_owned()),
        modified_at: Some("2025-01-01T00:00:00Z".to_owned()),
        tags: BTreeMap::new(),
    }
}

#[test]
fn access_entry_journeys_hold() {
    campaign::<Entries>(150);
}
