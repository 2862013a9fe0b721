//! Journeys of node classes.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value as Json, json};

use super::GpuNodeClassResource;
use super::fake::FakeRegion;
use super::tests::karpenter;
use crate::journeys::{Rng, Subject, campaign, kubernetes_objects, nth_of};
use clients::context::Clients;
use clients::kube::fake::Fake;
use clients::kube::{EC2_NODE_CLASS, Object};
use clients::strikes::Trouble;
use framework::provider::Registry;
use framework::value::Value;

#[derive(Default)]
struct Shared(Arc<Fake>);

struct Classes(Arc<Fake>);

impl Subject for Classes {
    fn new() -> Self {
        let fake = Fake::default();
        fake.world().controller = Some(karpenter);
        Self(Arc::new(fake))
    }

    fn type_name(&self) -> &'static str {
        "ekscompute_gpu_node_class"
    }

    fn registry(&self) -> Registry<Clients> {
        let resource = GpuNodeClassResource::new(|clients, _| {
            let cluster = Arc::clone(&clients.facts().of::<Shared>().0);
            Arc::new(FakeRegion([("blue", cluster)].into()))
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
            "role": "node",
            "labels": rng.json(json!([null, {}, {"a": "1"}, {"a": "2", "b": "1"}])),
            "annotations": rng.json(json!([null, {}, {"a": "1"}])),
            "tags": rng.json(json!([null, {}, {"a": "1"}, {"a": "2", "b": "1"}])),
            "subnet_selector_terms": rng.json(json!([[{"id": "subnet-1"}], [{"tags": {"net": "a"}}, {"id": "subnet-2"}]])),
            "security_group_selector_terms": rng.json(json!([[{"id": "sg-1"}], [{"tags": {"net": "a"}}]])),
            "ami_selector_terms": rng.json(json!([[{"alias": "al2023@v1"}], [{"alias": "al2023@v1"}], [{"alias": "al2023@v2"}]])),
            "block_device_mappings": rng.json(json!([
                [{"ebs": {"volume_size": "300Gi"}}], [{"ebs": {"volume_size": "400Gi", "encrypted": true}}],
            ])),
            "instance_store_policy": rng.json(json!([null, null, "RAID0"])),
            "associate_public_ip_address": rng.json(json!([null, null, false, true])),
            "detailed_monitoring": rng.json(json!([null, null, false, true])),
            "force_conflicts": rng.json(json!([null, null, false, true])),
            "wait_for_ready": rng.json(json!([null, null, true, false])),
            "skip_preflight": rng.json(json!([null, null, [], ["all"]])),
            "timeouts": rng.json(json!([null, null, {"create": "4m"}])),
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
            "tags",
            "tags[\"a\"]",
            "detailed_monitoring",
            "ami_selector_terms",
            "subnet_selector_terms",
            "force_conflicts",
            "timeouts",
        ]
    }

    fn drift(&self, rng: &mut Rng) -> Json {
        let class = rng.below(2);
        rng.json(json!([
            {"class": class, "spec": {"tags": {"a": "9"}}}, {"class": class, "spec": {"detailedMonitoring": true}},
            {"class": class, "spec": {"role": "drifted"}}, {"class": class, "spec": {"instanceStorePolicy": "RAID0"}},
            {"class": class, "delete": true}, {"create": "two"},
        ]))
    }

    fn apply_drift(&self, drift: &Json) -> bool {
        if let Some(name) = drift["create"].as_str() {
            let object = Object::of_cluster(EC2_NODE_CLASS, name);
            let mut content = json!({"metadata": {}, "spec": {"role": "foreign"}});
            karpenter(&mut content);
            return self.0.object(&object).is_none() && {
                self.0.put(&object, "helm", "Apply", content);
                true
            };
        }
        let Some(object) = nth_of(&self.0, EC2_NODE_CLASS, &drift["class"]) else { return false };
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
fn gpu_node_class_journeys_hold() {
    campaign::<Classes>(40);
}
