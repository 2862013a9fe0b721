//! Journeys of Windows support.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value as Json, json};

use super::WindowsSupportResource;
use super::client::WindowsSupportClient;
use super::fake::{Fake, FakeCluster};
use crate::journeys::{Rng, Subject, campaign};
use clients::context::Clients;
use clients::strikes::Trouble;
use framework::provider::Registry;
use framework::value::Value;

#[derive(Default)]
struct Shared(Arc<Fake>);

struct Windows(Arc<Fake>);

const CLUSTERS: [&str; 2] = ["blue", "green"];

impl Subject for Windows {
    fn new() -> Self {
        let fake = Fake::default();
        for name in CLUSTERS {
            let cluster = FakeCluster { linux: true, ..FakeCluster::default() };
            fake.world().clusters.insert(name.to_owned(), cluster);
        }
        Self(Arc::new(fake))
    }

    fn type_name(&self) -> &'static str {
        "ekscompute_windows_support"
    }

    fn registry(&self) -> Registry<Clients> {
        let resource = WindowsSupportResource::new(|clients, _| {
            Arc::clone(&clients.facts().of::<Shared>().0) as Arc<dyn WindowsSupportClient>
        });
        Registry::new().resource(self.type_name(), resource)
    }

    fn equip(&self, clients: &Clients) {
        clients.facts().of_or(|| Shared(Arc::clone(&self.0)));
    }

    fn arguments(&self, rng: &mut Rng) -> Json {
        json!({
            "cluster_name": rng.json(json!(["blue", "blue", "green"])),
            "force_conflicts": rng.json(json!([null, false, true])),
            "timeouts": rng.json(json!([null, {"create": "2m"}, {"update": "2m"}])),
        })
    }

    fn identifying(&self) -> &'static [&'static str] {
        &["cluster_name"]
    }

    fn ignorable(&self) -> &'static [&'static str] {
        &["force_conflicts", "timeouts", "cluster_name"]
    }

    /// The key has no unique ID: a key that was deleted and recreated by another state looks the same.
    fn may_share(&self) -> bool {
        true
    }

    fn drift(&self, rng: &mut Rng) -> Json {
        let cluster = *rng.pick(&CLUSTERS);
        rng.json(json!([{"cluster": cluster, "value": null}, {"cluster": cluster, "value": "false"}]))
    }

    fn apply_drift(&self, drift: &Json) -> bool {
        let mut world = self.0.world();
        let cluster = world.clusters.get_mut(drift["cluster"].as_str().unwrap_or_default());
        let Some(cluster) = cluster.filter(|cluster| cluster.value.is_some()) else { return false };
        cluster.value = drift["value"].as_str().map(str::to_owned);
        // An edit makes its field manager the owner of the key. A deleted key has no owner.
        cluster.owner = cluster.value.as_ref().map(|_| "kubectl-edit");
        (cluster.token, cluster.is_ours) = (None, false);
        true
    }

    fn objects(&self) -> BTreeMap<String, (String, String)> {
        let world = self.0.world();
        let enabled = world.clusters.iter().filter(|(_, cluster)| cluster.value.as_deref() == Some("true"));
        enabled.map(|(name, cluster)| (name.clone(), (name.clone(), format!("{:?}", cluster.value)))).collect()
    }

    fn id_of(&self, state: &Value) -> Option<String> {
        state.member("cluster_name").and_then(Value::as_str).map(str::to_owned)
    }

    fn import_id(&self, state: &Value) -> String {
        self.id_of(state).unwrap_or_default()
    }

    /// A field that another field manager owns changes only if ownership is forced.
    fn may_refuse(&self, error: &str) -> bool {
        error.contains("Field manager conflict")
    }

    fn strike(&self, call: usize, trouble: Trouble) {
        self.0.world().strikes.set(Some((call, trouble)));
    }

    fn calm(&self) {
        self.0.world().strikes.set(None);
    }

    fn delete(&self, id: &str) {
        if let Some(cluster) = self.0.world().clusters.get_mut(id) {
            cluster.value = None;
        }
    }
}

#[test]
fn windows_support_journeys_hold() {
    campaign::<Windows>(150);
}
