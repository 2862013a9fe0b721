//! Journeys of node pools.

use serde_json::{Value as Json, json};

use super::NodePoolResource;
use super::tests::karpenter;
use crate::journeys::{Karpenter, KarpenterResource, Rng, campaign, cluster_of};
use clients::context::Clients;
use clients::kube::{Kind, NODE_POOL};
use framework::provider::Registry;
use render::karpenter::form::Form;

struct Pools;

impl KarpenterResource for Pools {
    const TYPE_NAME: &'static str = "ekscompute_gpu_node_pool";
    const KIND: Kind = NODE_POOL;

    fn registry() -> Registry<Clients> {
        let resource = NodePoolResource::new(Form::Gpu, |clients, _, _| cluster_of(clients));
        Registry::new().resource(Self::TYPE_NAME, resource)
    }

    fn arguments(rng: &mut Rng) -> Json {
        json!({
            "cluster_name": "blue",
            "name": rng.json(json!(["one", "one", "two"])),
            "controller": "karpenter",
            "node_class_name": rng.json(json!(["gpu", "gpu", "other"])),
            "object_labels": rng.json(json!([null, null, {"o": "1"}, {"o": "2"}])),
            "node_labels": rng.json(json!([null, {}, {"a": "1"}, {"a": "2", "b": "1"}])),
            "node_annotations": rng.json(json!([null, {}, {"a": "1"}, {"a": "2", "b": "1"}])),
            "requirement": rng.json(json!([
                null, [], [{"key": "karpenter.sh/capacity-type", "operator": "In", "values": ["spot"]}],
                [{"key": "team", "operator": "Exists"}, {"key": "zone", "operator": "NotIn", "values": ["a", "b"]}],
            ])),
            "nvidia_taint": rng.json(json!([null, null, true, false])),
            "taint": rng.json(json!([null, [], [{"key": "a", "effect": "NoSchedule"}], [{"key": "a", "value": "", "effect": "NoSchedule"}]])),
            "startup_taint": rng.json(json!([null, [], [{"key": "s", "value": "1", "effect": "NoExecute"}]])),
            "expire_after": rng.json(json!([null, "720h", "30m", "Never"])),
            "termination_grace_period": rng.json(json!([null, null, "60m", "1h"])),
            "disruption": rng.json(json!([
                null, {"consolidate_after": "5m"},
                {"consolidate_after": "300s", "consolidation_policy": "WhenEmpty", "budget": [{"nodes": "10%"}]},
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

    fn ignorable() -> &'static [&'static str] {
        &[
            "node_labels",
            "object_labels",
            "node_labels[\"a\"]",
            "node_annotations",
            "taint",
            "nvidia_taint",
            "expire_after",
            "limits",
            "limits[\"cpu\"]",
            "weight",
            "disruption",
            "requirement",
            "force_conflicts",
            "timeouts",
        ]
    }

    fn edits() -> Vec<Json> {
        vec![
            json!({"template": {"spec": {"expireAfter": "24h"}}}),
            json!({"weight": 9}),
            json!({"limits": {"cpu": "7"}}),
            json!({"template": {"metadata": {"labels": {"a": "9"}}}}),
            json!({"disruption": {"consolidateAfter": "9s"}}),
        ]
    }

    fn created_by_another() -> Json {
        json!({"spec": {"weight": 1, "template": {"spec": {"expireAfter": "1h"}}}})
    }

    fn reconcile(content: &mut Json) {
        karpenter(content);
    }
}

#[test]
fn gpu_node_pool_journeys_hold() {
    campaign::<Karpenter<Pools>>(40);
}
