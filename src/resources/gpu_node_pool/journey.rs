//! Journeys of node pools.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value as Json, json};

use super::GpuNodePoolResource;
use super::tests::karpenter;
use crate::journeys::{Rng, Subject, campaign, kubernetes_objects, nth_of};
use clients::context::Clients;
use clients::kube::fake::Fake;
use clients::kube::{KubernetesApi, NODE_POOL, Object};
use clients::strikes::Trouble;
use framework::provider::Registry;
use framework::value::Value;

#[derive(Default)]
struct Shared(Arc<Fake>);

struct Pools(Arc<Fake>);

impl Subject for Pools {
    fn new() -> Self {
        let fake = Fake::default();
        fake.world().controller = Some(karpenter);
        Self(Arc::new(fake))
    }

    fn type_name(&self) -> &'static str {
        "ekscompute_gpu_node_pool"
    }

    fn registry(&self) -> Registry<Clients> {
        let resource = GpuNodePoolResource::new(|clients, _, _| {
            Arc::clone(&clients.facts().of::<Shared>().0) as Arc<dyn KubernetesApi>
        });
        Registry::new().resource(self.type_name(), resource)
    }

    fn equip(&self, clients: &Clients) {
        clients.facts().of_or(|| Shared(Arc::clone(&self.0)));
    }

    fn arguments(&self, rng: &mut Rng) -> Json {
        json!({
            "cluster_name": "blue",
            "name": rng.json(json!(["one", "one", "two"])),
            "provisioner": "karpenter",
            "node_class_name": rng.json(json!(["gpu", "gpu", "other"])),
            "labels": rng.json(json!([null, {}, {"a": "1"}, {"a": "2", "b": "1"}])),
            "annotations": rng.json(json!([null, {}, {"a": "1"}, {"a": "2", "b": "1"}])),
            "requirements": rng.json(json!([
                null, [], [{"key": "karpenter.sh/capacity-type", "operator": "In", "values": ["spot"]}],
                [{"key": "team", "operator": "Exists"}, {"key": "zone", "operator": "NotIn", "values": ["a", "b"]}],
            ])),
            "taints": rng.json(json!([null, [], [{"key": "a", "effect": "NoSchedule"}], [{"key": "a", "value": "", "effect": "NoSchedule"}]])),
            "startup_taints": rng.json(json!([null, [], [{"key": "s", "value": "1", "effect": "NoExecute"}]])),
            "expire_after": rng.json(json!([null, "720h", "30m", "Never"])),
            "termination_grace_period": rng.json(json!([null, null, "60m", "1h"])),
            "disruption": rng.json(json!([
                null, {"consolidate_after": "5m"},
                {"consolidate_after": "300s", "consolidation_policy": "WhenEmpty", "budgets": [{"nodes": "10%"}]},
            ])),
            "limits": rng.json(json!([null, {}, {"cpu": "100"}, {"cpu": "200", "memory": "1Ti"}])),
            "weight": rng.json(json!([null, null, 5, 10])),
            "force_conflicts": rng.json(json!([null, null, false, true])),
            "wait_for_ready": rng.json(json!([null, null, true, false])),
            "skip_preflight": rng.json(json!([null, null, [], ["all"]])),
            "gpu": rng.json(json!([
                {"instance_categories": ["g"]}, {"instance_categories": ["g", "p"]}, {"names": ["t4"], "count": 1},
                {"manufacturers": ["nvidia"], "capacity_types": ["spot"]},
            ])),
            "timeouts": rng.json(json!([null, null, {"create": "5m"}])),
        })
    }

    fn identifying(&self) -> &'static [&'static str] {
        &["name", "cluster_name", "provisioner"]
    }

    fn ignorable(&self) -> &'static [&'static str] {
        &[
            "labels",
            "labels[\"a\"]",
            "annotations",
            "taints",
            "expire_after",
            "limits",
            "limits[\"cpu\"]",
            "weight",
            "disruption",
            "requirements",
            "force_conflicts",
            "timeouts",
        ]
    }

    fn drift(&self, rng: &mut Rng) -> Json {
        let pool = rng.below(2);
        rng.json(json!([
            {"pool": pool, "spec": {"template": {"spec": {"expireAfter": "24h"}}}},
            {"pool": pool, "spec": {"weight": 9}}, {"pool": pool, "spec": {"limits": {"cpu": "7"}}},
            {"pool": pool, "spec": {"template": {"metadata": {"labels": {"a": "9"}}}}},
            {"pool": pool, "spec": {"disruption": {"consolidateAfter": "9s"}}},
            {"pool": pool, "delete": true}, {"create": "two"},
        ]))
    }

    fn apply_drift(&self, drift: &Json) -> bool {
        if let Some(name) = drift["create"].as_str() {
            let object = Object::of_cluster(NODE_POOL, name);
            let spec = json!({"spec": {"weight": 1, "template": {"spec": {"expireAfter": "1h"}}}});
            return self.0.object(&object).is_none() && {
                self.0.put(&object, "helm", "Apply", spec);
                true
            };
        }
        let Some(object) = nth_of(&self.0, NODE_POOL, &drift["pool"]) else { return false };
        if drift["delete"] == true {
            self.0.remove(&object);
        } else {
            self.0.edit(&object, "kubectl-edit", &drift["spec"]);
        }
        true
    }

    fn objects(&self) -> BTreeMap<String, (String, String)> {
        kubernetes_objects(&self.0)
    }

    fn id_of(&self, state: &Value) -> Option<String> {
        state.member("uid").and_then(Value::as_str).map(str::to_owned)
    }

    fn import_id(&self, state: &Value) -> String {
        state.member("id").and_then(Value::as_str).unwrap_or_default().to_owned()
    }

    /// What others have set is taken over only on request.
    fn may_refuse(&self, error: &str) -> bool {
        error.contains("Another manager owns")
    }

    fn strike(&self, call: usize, trouble: Trouble) {
        self.0.world().strikes.set(Some((call, trouble)));
    }

    fn calm(&self) {
        self.0.world().strikes.set(None);
    }

    fn delete(&self, id: &str) {
        self.0.world().objects.retain(|_, object| object["metadata"]["uid"] != id);
    }
}

#[test]
fn gpu_node_pool_journeys_hold() {
    campaign::<Pools>(40);
}
