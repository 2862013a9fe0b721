//! The API server of a cluster, and what works beside it.

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

use super::sandbox::{Cluster, REGION};

impl Cluster {
    /// Starts a real API server for this cluster, with more members of the sandbox's `kubernetes` call.
    pub(crate) fn start_kubernetes(&self, mut options: Value) -> Value {
        options["cluster"] = json!(self.name);
        options["region"] = json!(REGION);
        self.server.control("POST", "kubernetes", Some(&options))
    }

    /// A request to this cluster's API server, as administrator or with what `more` says: status and answer.
    #[track_caller]
    pub(crate) fn kubernetes(&self, method: &str, path: &str, more: Value) -> (u64, Value) {
        self.requests()(method, path, more)
    }

    /// The same for those who outlive the cluster.
    pub(crate) fn requests(&self) -> impl Fn(&str, &str, Value) -> (u64, Value) + Send + Sync + use<> {
        let (server, name) = (Arc::clone(&self.server), self.name.clone());
        move |method, path, mut more| {
            more["cluster"] = json!(name);
            more["method"] = json!(method);
            more["path"] = json!(path);
            let mut answer = server.control("POST", "kubernetes/request", Some(&more));
            (answer["status"].as_u64().unwrap_or_default(), answer["body"].take())
        }
    }

    /// Installs the NVIDIA device plugin as its Helm chart does.
    #[track_caller]
    pub(crate) fn install_nvidia_device_plugin(&self) {
        let term = |key: &str| json!({"matchExpressions": [{"key": key, "operator": "In", "values": ["true"]}]});
        self.install_daemon_set(
            "nvidia-device-plugin",
            &json!({
                "containers": [{"name": "ctr", "image": "nvcr.io/nvidia/k8s-device-plugin:v0.17.4"}],
                "tolerations": [{"key": "nvidia.com/gpu", "operator": "Exists", "effect": "NoSchedule"}],
                "affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [
                    term("feature.node.kubernetes.io/pci-10de.present"), term("nvidia.com/gpu.present"),
                ]}}},
            }),
        );
    }

    /// Installs the Neuron device plugin.
    #[track_caller]
    pub(crate) fn install_neuron_device_plugin(&self) {
        self.install_daemon_set(
            "neuron-device-plugin-daemonset",
            &json!({
                "containers": [{"name": "ctr", "image": "public.ecr.aws/neuron/neuron-device-plugin:2.28.0.0"}],
                "tolerations": [{"key": "aws.amazon.com/neuron", "operator": "Exists", "effect": "NoSchedule"}],
            }),
        );
    }

    #[track_caller]
    fn install_daemon_set(&self, name: &str, pod: &Value) {
        let labels = json!({"app.kubernetes.io/name": name});
        let body = json!({
            "apiVersion": "apps/v1", "kind": "DaemonSet", "metadata": {"namespace": "kube-system", "name": name},
            "spec": {
                "selector": {"matchLabels": labels},
                "template": {"metadata": {"labels": labels}, "spec": pod},
            },
        });
        let path = "/apis/apps/v1/namespaces/kube-system/daemonsets";
        let (status, answer) = self.kubernetes("POST", path, json!({"body": body}));
        assert_eq!(status, 201, "{answer}");
    }

    /// Starts and configures the nodes and pods of this cluster, and waits until all pods are handled.
    #[track_caller]
    pub(crate) fn workloads(&self, mut change: Value) {
        change["cluster"] = json!(self.name);
        self.server.control("POST", "kubernetes/workloads", Some(&change));
    }

    /// Puts custom resource definitions into this cluster's API server, or takes them away: `install` and `remove`
    /// name variants of the sandbox's `kubernetes/custom_resources` call.
    #[track_caller]
    pub(crate) fn custom_resources(&self, mut change: Value) {
        change["cluster"] = json!(self.name);
        self.server.control("POST", "kubernetes/custom_resources", Some(&change));
    }

    /// Starts the stand-in for Karpenter and EKS Auto Mode beside this cluster's API server, or tells it what to do:
    /// members of the sandbox's `kubernetes/karpenter` call.
    #[track_caller]
    pub(crate) fn karpenter(&self, mut what: Value) -> Value {
        what["cluster"] = json!(self.name);
        self.server.control("POST", "kubernetes/karpenter", Some(&what))
    }

    /// Waits until the stand-in has looked at everything that is there now.
    pub(crate) fn settle_karpenter(&self) {
        let rounds = || self.karpenter(json!({}))["rounds"].as_u64().expect("a number of rounds");
        let before = rounds();
        while rounds() < before + 3 {
            thread::sleep(Duration::from_millis(20));
        }
    }
}

/// What a manager owns of an object, in `spec` and in labels and annotations, whoever filled in the rest.
pub(crate) fn owned(object: &Value, manager: &str) -> Value {
    let mut found = json!({});
    for entry in object["metadata"]["managedFields"].as_array().into_iter().flatten() {
        if entry["manager"] == manager && entry["subresource"].is_null() {
            merge(&mut found, named(object, &entry["fieldsV1"]));
        }
    }
    found
}

/// The part of a value that `fieldsV1` names: `f:` is a member; an item of a list or set stands for all of it.
fn named(value: &Value, fields: &Value) -> Value {
    let members = fields.as_object().into_iter().flatten();
    let members: Vec<_> = members.filter_map(|(name, inside)| Some((name.strip_prefix("f:")?, inside))).collect();
    if members.is_empty() {
        return value.clone();
    }
    members.into_iter().map(|(name, inside)| (name.to_owned(), named(&value[name], inside))).collect()
}

fn merge(into: &mut Value, from: Value) {
    match (into.as_object_mut(), from) {
        (Some(members), Value::Object(more)) => {
            more.into_iter().for_each(|(name, value)| merge(members.entry(name).or_insert(Value::Null), value));
        }
        (_, from) => *into = from,
    }
}
