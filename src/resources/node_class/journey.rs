//! Journeys of node classes.

use std::sync::Arc;

use serde_json::{Value as Json, json};

use super::NodeClassResource;
use super::fake::FakeRegion;
use super::tests::karpenter;
use crate::journeys::{Karpenter, KarpenterResource, Rng, campaign, cluster_of};
use clients::context::Clients;
use clients::kube::{EC2_NODE_CLASS, Kind};
use framework::provider::Registry;
use render::karpenter::form::Form;

struct Classes;

impl KarpenterResource for Classes {
    const TYPE_NAME: &'static str = "ekscompute_gpu_node_class";
    const KIND: Kind = EC2_NODE_CLASS;

    fn registry() -> Registry<Clients> {
        let resource = NodeClassResource::new(Form::Gpu, |clients, _| {
            Arc::new(FakeRegion([("blue", cluster_of(clients))].into()))
        });
        Registry::new().resource(Self::TYPE_NAME, resource)
    }

    fn arguments(rng: &mut Rng) -> Json {
        json!({
            "cluster_name": "blue",
            "name": rng.json(json!(["one", "one", "two"])),
            "controller": "karpenter",
            "role": "node",
            "object_labels": rng.json(json!([null, {}, {"a": "1"}, {"a": "2", "b": "1"}])),
            "object_annotations": rng.json(json!([null, {}, {"a": "1"}])),
            "tags": rng.json(json!([null, {}, {"a": "1"}, {"a": "2", "b": "1"}])),
            "subnet_selector_term": rng.json(json!([[{"id": "subnet-1"}], [{"tags": {"net": "a"}}, {"id": "subnet-2"}]])),
            "security_group_selector_term": rng.json(json!([[{"id": "sg-1"}], [{"tags": {"net": "a"}}]])),
            "ami_selector_term": rng.json(json!([null, [{"alias": "al2023@v1"}], [{"alias": "al2023@v1"}], [{"alias": "al2023@v2"}]])),
            "block_device_mapping": rng.json(json!([
                null, [{"ebs": {"volume_size": "300Gi"}}], [{"ebs": {"volume_size": "400Gi", "encrypted": true}}],
            ])),
            "default_volume": rng.json(json!([null, null, false])),
            "instance_store_policy": rng.json(json!([null, null, "RAID0"])),
            "associate_public_ip_address": rng.json(json!([null, null, false, true])),
            "detailed_monitoring": rng.json(json!([null, null, false, true])),
            "force_conflicts": rng.json(json!([null, null, false, true])),
            "wait_for_ready": rng.json(json!([null, null, true, false])),
            "skip_preflight": rng.json(json!([null, null, [], ["all"]])),
            "timeouts": rng.json(json!([null, null, {"create": "4m"}])),
        })
    }

    fn ignorable() -> &'static [&'static str] {
        &[
            "object_labels",
            "object_labels[\"a\"]",
            "object_annotations",
            "tags",
            "tags[\"a\"]",
            "detailed_monitoring",
            "ami_selector_term",
            "subnet_selector_term",
            "force_conflicts",
            "timeouts",
        ]
    }

    fn edits() -> Vec<Json> {
        vec![
            json!({"tags": {"a": "9"}}),
            json!({"detailedMonitoring": true}),
            json!({"role": "drifted"}),
            json!({"instanceStorePolicy": "RAID0"}),
        ]
    }

    fn created_by_another() -> Json {
        let mut content = json!({"metadata": {}, "spec": {"role": "foreign"}});
        karpenter(&mut content);
        content
    }

    fn reconcile(content: &mut Json) {
        karpenter(content);
    }
}

#[test]
fn gpu_node_class_journeys_hold() {
    campaign::<Karpenter<Classes>>(40);
}
