//! The context of an operation: the node pool, its cluster, and the conversion to API fields.

use std::sync::Arc;

use serde_json::{Value as Json, json};

use clients::kube::fields::to_json;
use clients::kube::free_form;
use clients::kube::managed::{Condition, Managed};
use clients::kube::{KubernetesApi, NODE_POOL, NodeClassRef, Object};
use clients::run_ledger::{ObjectKey, RunLedger};
use framework::model::Attr;
use framework::path::Path;
use render::karpenter::controller::Controller;
use render::karpenter::form::Form;

use super::convert;
use super::model::NodePool;

const CHART: &str = "Install the Helm chart karpenter-crd, or the chart karpenter with its CRDs. If a helm_release \
                     resource installs the chart, add it to depends_on. For EKS Auto Mode, set controller = \
                     \"auto_mode\".";
const AUTO_MODE: &str = "EKS installs it if EKS Auto Mode is enabled in the cluster (compute_config). For Karpenter, \
                         set controller = \"karpenter\".";

/// A node pool of a cluster, and the objects of this run.
pub(super) struct Work {
    cluster: Arc<dyn KubernetesApi>,
    ledger: Arc<RunLedger>,
    region: String,
    cluster_name: String,
    name: String,
    id: String,
    controller: Controller,
    form: Form,
    /// Whether `additional_spec` sets the requirements.
    has_additional_requirements: bool,
}

/// The resource type of a form.
pub(super) fn type_name(form: Form) -> &'static str {
    match form {
        Form::General => "ekscompute_node_pool",
        Form::Gpu => "ekscompute_gpu_node_pool",
    }
}

impl Work {
    /// The node pool that the attributes identify.
    pub(super) fn new(
        form: Form,
        cluster: Arc<dyn KubernetesApi>,
        ledger: Arc<RunLedger>,
        region: &str,
        model: &NodePool,
    ) -> Self {
        let text = |attribute: &Attr<String>| attribute.text().unwrap_or_default().to_owned();
        Self {
            cluster,
            ledger,
            region: model.region.text().unwrap_or(region).to_owned(),
            cluster_name: text(&model.cluster_name),
            name: text(&model.name),
            id: id(model).unwrap_or_default(),
            controller: convert::controller(model),
            form,
            has_additional_requirements: convert::has_additional_requirements(model) == Some(true),
        }
    }

    pub(super) fn form(&self) -> Form {
        self.form
    }

    pub(super) fn cluster(&self) -> &dyn KubernetesApi {
        self.cluster.as_ref()
    }

    pub(super) fn ledger(&self) -> &RunLedger {
        &self.ledger
    }

    /// Returns the node class of a node pool, or `None` while its name is unknown.
    pub(super) fn node_class(&self, model: &NodePool) -> Option<NodeClassRef> {
        let name = model.node_class_name.text()?;
        Some(NodeClassRef::new(self.controller, &self.region, &self.cluster_name, name))
    }

    pub(super) fn managed(&self) -> Managed<'_> {
        Managed {
            cluster: self.cluster.as_ref(),
            cluster_name: &self.cluster_name,
            object: Object::of_cluster(NODE_POOL, &self.name),
            installed_by: match self.controller {
                Controller::Karpenter => CHART,
                Controller::AutoMode => AUTO_MODE,
            },
            controller: self.controller,
            import_id: &self.id,
            resource_type: type_name(self.form),
            attribute_of: if self.has_additional_requirements { attribute_of_additional } else { attribute_of },
            has_metadata: true,
            has_dependents: true,
            key: ObjectKey::new(NODE_POOL.kind, &self.region, &self.cluster_name, &self.name),
            ledger: &self.ledger,
        }
    }
}

/// Returns the key of the object in the run ledger, or `None` while its identity is unknown.
pub(super) fn key(model: &NodePool, region: &str) -> Option<ObjectKey> {
    let region = model.region.text().unwrap_or(region);
    Some(ObjectKey::new(NODE_POOL.kind, region, model.cluster_name.text()?, model.name.text()?))
}

/// Returns the ID, or `None` while a part of it is unknown.
pub(super) fn id(model: &NodePool) -> Option<String> {
    Some(format!("{}/{}/{}", model.cluster_name.text()?, model.controller.text()?, model.name.text()?))
}

/// Returns the fields to own.
pub(super) fn fields(model: &NodePool) -> Json {
    let additional = free_form::known_fields(&model.additional_spec);
    let mut metadata = json!({});
    for (name, members) in [("labels", &model.object_labels), ("annotations", &model.object_annotations)] {
        if let Some(json) = to_json(&members.to_value()).filter(|json| !json.is_null()) {
            metadata[name] = json;
        }
    }
    json!({"metadata": metadata, "spec": free_form::merged(convert::typed_spec(model), &additional)})
}

/// Whether a condition is permanent: the controller has rejected the node pool.
pub(super) fn is_final(condition: &Condition) -> bool {
    condition.kind == "ValidationSucceeded"
}

/// Returns the attribute of a field, such as `spec.template.spec.taints[0].value`. The positions of requirements exist
/// only in the object, in which the requirements of the `gpu` block are first.
pub(super) fn attribute_of(field: &str) -> Path {
    let field = field.trim_start_matches('.');
    if let Some(metadata) = field.strip_prefix("metadata.") {
        return match metadata.split(['.', '[']).next() {
            Some("labels") => Path::attribute("object_labels"),
            Some("annotations") => Path::attribute("object_annotations"),
            _ => Path::root(),
        };
    }
    let inner = field.strip_prefix("spec.template.spec.").or_else(|| field.strip_prefix("spec.template.metadata."));
    let Some(rest) = inner.or_else(|| field.strip_prefix("spec.")) else { return Path::root() };
    let end = rest.find(['.', '[']).unwrap_or(rest.len());
    let (head, tail) = rest.split_at(end);
    match head {
        "nodeClassRef" => Path::attribute("node_class_name"),
        "requirements" => Path::attribute("requirement"),
        "labels" => Path::attribute("node_labels"),
        "annotations" => Path::attribute("node_annotations"),
        "limits" | "weight" | "replicas" => Path::attribute(head),
        "expireAfter" => Path::attribute("expire_after"),
        "terminationGracePeriod" => Path::attribute("termination_grace_period"),
        "taints" => element(Path::attribute("taint"), tail),
        "startupTaints" => element(Path::attribute("startup_taint"), tail),
        "disruption" => match tail.trim_start_matches('.') {
            "consolidateAfter" => Path::attribute("disruption").then("consolidate_after"),
            "consolidationPolicy" => Path::attribute("disruption").then("consolidation_policy"),
            rest => match rest.strip_prefix("budgets") {
                Some(tail) => element(Path::attribute("disruption").then("budget"), tail),
                None => Path::attribute("disruption"),
            },
        },
        _ => Path::root(),
    }
}

/// Returns the attribute of a field if `additional_spec` sets the requirements.
pub(super) fn attribute_of_additional(field: &str) -> Path {
    let path = attribute_of(field);
    if path == Path::attribute("requirement") { Path::attribute("additional_spec") } else { path }
}

/// Returns the attribute of a list element, such as `[0].value`.
fn element(list: Path, tail: &str) -> Path {
    let Some((index, rest)) = tail.strip_prefix('[').and_then(|tail| tail.split_once(']')) else { return list };
    let Ok(index) = index.parse() else { return list };
    let element = list.index(index);
    match rest.trim_start_matches('.') {
        name @ ("key" | "value" | "effect" | "nodes" | "schedule" | "duration" | "reasons") => element.then(name),
        _ => element,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_have_their_attributes() {
        for (field, attribute) in [
            (".spec.template.spec.taints[1].value", "taint[1].value"),
            ("spec.template.spec.startupTaints", "startup_taint"),
            ("spec.template.spec.requirements[0].key", "requirement"),
            ("spec.template.spec.nodeClassRef.name", "node_class_name"),
            ("spec.template.metadata.labels", "node_labels"),
            ("metadata.labels.team", "object_labels"),
            (".spec.disruption.consolidateAfter", "disruption.consolidate_after"),
            ("spec.disruption.budgets[0].nodes", "disruption.budget[0].nodes"),
            ("spec.disruption", "disruption"),
            ("spec.replicas", "replicas"),
            ("spec.limits[cpu]", "limits"),
        ] {
            assert_eq!(attribute_of(field).to_string(), attribute, "{field}");
        }
        assert!(attribute_of("spec").is_root() && attribute_of("metadata.name").is_root());
    }
}
