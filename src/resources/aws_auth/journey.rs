//! Journeys of entries of `aws-auth`.

use std::collections::BTreeMap;
use std::marker::PhantomData;
use std::sync::Arc;

use serde_json::{Value as Json, json};

use super::AwsAuthResource;
use super::client::Access;
use super::editor::Editor;
use super::fake::{FakeFacts, FakeServer};
use super::mapped::{self, Mapped};
use super::role::AwsAuthMapRole;
use super::user::AwsAuthMapUser;
use crate::journeys::{Rng, Subject, campaign};
use clients::context::Clients;
use clients::run_ledger::ClusterKey;
use clients::strikes::Trouble;
use framework::provider::Registry;
use framework::value::Value;
use render::aws_auth::{self, Entry, Listing};

/// An entry of another writer, which must not change.
const NODES: &str = "- groups:\n  - system:bootstrappers\n  - system:nodes\n  rolearn: arn:aws:iam::111122223333:role/ng-a\n  username: system:node:{{EC2PrivateDNSName}}\n";

#[derive(Default)]
struct Server(Arc<FakeServer>);

struct Entries<M>(Arc<FakeServer>, PhantomData<fn() -> M>);

fn access(clients: &Clients, region: Option<&str>, cluster: &str) -> Access {
    let server = Arc::clone(&clients.facts().of::<Server>().0);
    Access {
        editor: clients.facts().of_key(cluster.to_owned(), || Editor::new(server)),
        facts: Arc::new(FakeFacts { mode: "API_AND_CONFIG_MAP", ..FakeFacts::default() }),
        ledger: Arc::clone(clients.ledger()),
        cluster: ClusterKey { region: region.unwrap_or("eu-west-1").to_owned(), cluster: cluster.to_owned() },
    }
}

impl<M: Mapped> Entries<M> {
    fn text(&self) -> String {
        let object = self.0.object().unwrap_or_default();
        object["data"][M::MAPPING.key()].as_str().unwrap_or_default().to_owned()
    }

    fn write(&self, text: &str) {
        let data = json!({ M::MAPPING.key(): text });
        self.0.write(Some(json!({"metadata": {}, "data": data})), "kubectl-edit");
    }

    fn arn(name: &str) -> String {
        format!("arn:aws:iam::111122223333:{}/{name}", M::NOUN)
    }
}

impl<M: Mapped> Subject for Entries<M> {
    fn new() -> Self {
        let entries = Self(Arc::default(), PhantomData);
        entries.write(if M::NOUN == "role" { NODES } else { "" });
        entries
    }

    fn type_name(&self) -> &'static str {
        M::TYPE
    }

    fn registry(&self) -> Registry<Clients> {
        Registry::new().resource(M::TYPE, AwsAuthResource::<M>::new(access))
    }

    fn equip(&self, clients: &Clients) {
        clients.facts().of_or(|| Server(Arc::clone(&self.0)));
    }

    fn arguments(&self, rng: &mut Rng) -> Json {
        let name = *rng.pick(&["one", "one", "two"]);
        json!({
            "cluster_name": "blue",
            M::ARN: Self::arn(name),
            "username": rng.json(json!(["someone", "other"])),
            "groups": rng.json(json!([null, [], ["viewers"], ["viewers", "editors"]])),
            "adopt": rng.json(json!([null, null, false])),
            "deletion_policy": rng.json(json!([null, null, "delete"])),
            "timeouts": rng.json(json!([null, null, {"create": "5m"}])),
        })
    }

    fn identifying(&self) -> &'static [&'static str] {
        &["role_arn", "user_arn", "cluster_name"]
    }

    fn ignorable(&self) -> &'static [&'static str] {
        &["groups", "username", "adopt", "deletion_policy", "timeouts"]
    }

    fn drift(&self, rng: &mut Rng) -> Json {
        let name = *rng.pick(&["one", "two"]);
        rng.json(json!([
            {"name": name, "groups": ["others"]}, {"name": name, "username": "drifted"}, {"name": name, "delete": true},
            {"create": "two"},
        ]))
    }

    fn apply_drift(&self, drift: &Json) -> bool {
        let (text, mapping) = (self.text(), M::MAPPING);
        let name = drift["create"].as_str().or(drift["name"].as_str()).unwrap_or_default();
        let arn = Self::arn(name);
        let listing = Listing::read(&text, mapping).expect("a readable text");
        let found = listing.of(&arn).next().cloned();
        let changed = match (found, drift["create"].is_string()) {
            (None, true) => {
                let entry = Entry { arn, username: "foreign".to_owned(), groups: vec!["foreign".to_owned()] };
                aws_auth::insert(&text, mapping, &entry)
            }
            (None, false) | (Some(_), true) => return false,
            (Some(_), false) if drift["delete"] == true => aws_auth::remove(&text, mapping, &arn),
            (Some(found), false) => {
                let groups =
                    drift["groups"].as_array().map(|groups| groups.iter().map(crate::journeys::text).collect());
                let username = drift["username"].as_str().map(str::to_owned);
                let (username, groups) = (username.unwrap_or(found.username), groups.unwrap_or(found.groups));
                aws_auth::update(&text, mapping, &Entry { arn, username, groups })
            }
        };
        self.write(&changed.expect("an edit"));
        true
    }

    fn objects(&self) -> BTreeMap<String, (String, String)> {
        let listing = Listing::read(&self.text(), M::MAPPING).expect("a readable text");
        let ours = listing.entries().iter().filter(|found| found.username != "system:node:{{EC2PrivateDNSName}}");
        let each = |found: &aws_auth::Found| {
            let arn = found.arn.clone().unwrap_or_default();
            (arn.clone(), (arn, format!("{} {:?}", found.username, found.groups)))
        };
        ours.map(each).collect()
    }

    fn id_of(&self, state: &Value) -> Option<String> {
        state.member(M::ARN).and_then(Value::as_str).map(str::to_owned)
    }

    fn import_id(&self, state: &Value) -> String {
        mapped::id("blue", &self.id_of(state).unwrap_or_default())
    }

    /// An entry has no identity except its ARN.
    fn reuses_ids(&self) -> bool {
        true
    }

    fn strike(&self, call: usize, trouble: Trouble) {
        self.0.strike(Some((call, trouble)));
    }

    fn calm(&self) {
        self.0.strike(None);
    }

    fn delete(&self, id: &str) {
        let text = aws_auth::remove(&self.text(), M::MAPPING, id);
        self.write(&text.expect("an edit"));
    }
}

#[test]
fn aws_auth_role_journeys_hold() {
    campaign::<Entries<AwsAuthMapRole>>(150);
}

#[test]
fn aws_auth_user_journeys_hold() {
    campaign::<Entries<AwsAuthMapUser>>(150);
}
