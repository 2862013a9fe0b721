//! Converts states of other providers' resource types for Kubernetes objects, for `moved` blocks.
//!
//! Supported types: `kubernetes_manifest` of hashicorp/kubernetes, whose `manifest` contains the configuration and
//! whose `object` contains the response of the server, both with dynamic types; and `kubectl_manifest` of
//! gavinbunney/kubectl and alekc/kubectl, with a YAML string.
//!
//! These states do not contain the cluster of an object. It is set by `cluster_name` in the configuration. The first
//! apply transfers ownership of the fields from the previous field managers.

use serde_json::Value as Json;

use super::Kind;
use super::fields::to_state;
use framework::diagnostics::{Diagnostic, Diagnostics};
use framework::model::{Attr, Model};
use framework::moved::missing_fields;
use framework::path::Path;
use framework::resource::{MoveFrom, Plan};

/// An object that another provider manages.
#[derive(Debug, Clone, PartialEq)]
pub struct SourceObject {
    /// The configured manifest.
    pub manifest: Json,
    /// The UID of the object.
    pub uid: String,
    /// The field managers that the provider uses.
    pub managers: Vec<String>,
}

/// A resource type whose state can be converted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Source {
    /// `kubernetes_manifest`.
    KubernetesManifest,
    /// `kubectl_manifest`.
    KubectlManifest,
}

/// A model to which states of such types can be moved.
pub trait Moved: Model {
    /// The supported kinds of objects.
    const KINDS: &'static [Kind];
    /// The noun for an object, such as `node class`.
    const NOUN: &'static str;

    /// Returns the state of an object. Values that the other provider does not store, such as the cluster, are null.
    fn taken_over(found: SourceObject) -> Self;

    /// Whether the labels and annotations of the object are attributes.
    const HAS_METADATA: bool;

    /// Returns the fields that are applied: `{"metadata", "spec"}`.
    fn fields(&self) -> Option<Json>;

    /// Name of the cluster.
    fn cluster_name(&self) -> &Attr<String>;

    /// Region of the cluster.
    fn region(&mut self) -> &mut Attr<String>;
}

/// Returns the supported moves of a resource with this model.
#[must_use]
pub fn all<M: Moved>() -> Vec<MoveFrom> {
    let kubectl = |provider| MoveFrom {
        provider,
        type_name: "kubectl_manifest",
        convert: from_kubectl::<M>,
        lost: |state| lost::<M>(Source::KubectlManifest, state),
    };
    let kubernetes = MoveFrom {
        provider: "hashicorp/kubernetes",
        type_name: "kubernetes_manifest",
        convert: from_kubernetes::<M>,
        lost: |state| lost::<M>(Source::KubernetesManifest, state),
    };
    vec![kubernetes, kubectl("gavinbunney/kubectl"), kubectl("alekc/kubectl")]
}

/// Returns the fields of the manifest that have no attribute. The first apply would remove them from the object,
/// because it transfers ownership from the previous field manager.
fn lost<M: Moved>(source: Source, state: &Json) -> Vec<String> {
    // The conversion reports states that cannot be converted.
    let Ok(found) = foreign(source, state, M::KINDS) else { return Vec::new() };
    let mut manifest = found.manifest.clone();
    let Some(sent) = M::taken_over(found).fields() else { return Vec::new() };
    let mut lost = missing_fields(&manifest["spec"], &sent["spec"], "spec");
    if let Some(metadata) = manifest["metadata"].as_object_mut() {
        // The name and namespace are not fields.
        ["name", "namespace"].iter().for_each(|name| drop(metadata.remove(*name)));
        // Labels and annotations without attributes stay on the object and are no longer managed.
        if !M::HAS_METADATA {
            ["labels", "annotations"].iter().for_each(|name| drop(metadata.remove(*name)));
        }
    }
    lost.extend(missing_fields(&manifest["metadata"], &sent["metadata"], "metadata"));
    lost
}

/// Converts the state of a `kubernetes_manifest`.
///
/// # Errors
/// Returns an error if the state has another shape, or its object is of another kind.
pub fn from_kubernetes<M: Moved>(_version: i64, state: Json) -> Result<Json, Diagnostics> {
    convert::<M>(Source::KubernetesManifest, &state)
}

/// Converts the state of a `kubectl_manifest`.
///
/// # Errors
/// Returns an error if the state has another shape, or its object is of another kind.
pub fn from_kubectl<M: Moved>(_version: i64, state: Json) -> Result<Json, Diagnostics> {
    convert::<M>(Source::KubectlManifest, &state)
}

fn convert<M: Moved>(source: Source, state: &Json) -> Result<Json, Diagnostics> {
    let found = foreign(source, state, M::KINDS).map_err(|reason| not_taken_over::<M>(&reason))?;
    to_state(&M::taken_over(found)).ok_or_else(|| not_taken_over::<M>("The state cannot be converted to JSON."))
}

fn not_taken_over<M: Moved>(reason: &str) -> Diagnostics {
    let noun = M::NOUN;
    Diagnostic::error(
        format!("Unable to move state to a {noun}"),
        format!(
            "{reason} Import the {noun} instead: use an import block with id = \"cluster_name/controller/name\", and a \
             removed block for the old resource."
        ),
    )
    .into()
}

/// Returns the error for destroying an object whose state was moved and never applied.
#[must_use]
pub fn without_cluster<M: Moved>() -> Diagnostic {
    let noun = M::NOUN;
    Diagnostic::error(
        format!("Cluster of the {noun} is unknown"),
        format!(
            "The state was moved from another provider, which does not store the cluster. Set cluster_name and apply \
             before destroying the {noun}, or remove it from state."
        ),
    )
}

/// Plans the cluster and Region of the object. A change to either requires a replacement. A moved state does not
/// contain the cluster, which is then the configured one. `region` is the provider Region, if it is known.
pub fn locate<M: Moved>(plan: &mut Plan<M>, region: Option<&str>) {
    let Some(mut prior) = plan.prior.clone() else {
        default_region(plan, region);
        return;
    };
    let differs = |prior: &Attr<String>, planned: &Attr<String>| prior.is_known() && prior != planned;
    if differs(prior.cluster_name(), plan.planned.cluster_name()) {
        plan.replace(Path::attribute("cluster_name"));
    }
    if prior.region().is_null() {
        default_region(plan, region);
    } else if differs(prior.region(), plan.planned.region()) {
        plan.replace(Path::attribute("region"));
    }
}

fn default_region<M: Moved>(plan: &mut Plan<M>, region: Option<&str>) {
    if let (true, Some(region)) = (plan.config.region().is_null(), region) {
        *plan.planned.region() = region.into();
    }
}

/// Returns the object in a state.
fn foreign(source: Source, state: &Json, kinds: &[Kind]) -> Result<SourceObject, String> {
    let found = match source {
        Source::KubernetesManifest => kubernetes_manifest(state),
        Source::KubectlManifest => kubectl_manifest(state),
    }?;
    let (version, kind) = (text(&found.manifest, "apiVersion"), text(&found.manifest, "kind"));
    if kinds.iter().any(|each| each.api_version() == version && each.kind == kind) {
        return Ok(found);
    }
    let wanted: Vec<_> = kinds.iter().map(|each| format!("{} ({})", each.kind, each.api_version())).collect();
    Err(format!("The object in state must be {}, got: {kind} ({version}).", wanted.join(" or ")))
}

fn text<'j>(json: &'j Json, name: &str) -> &'j str {
    json[name].as_str().unwrap_or_default()
}

fn kubernetes_manifest(state: &Json) -> Result<SourceObject, String> {
    let manifest = without_nulls(dynamic(&state["manifest"]));
    let uid = text(&dynamic(&state["object"])["metadata"], "uid").to_owned();
    if manifest.is_null() || uid.is_empty() {
        return Err("The state has no manifest, or its object has no UID.".to_owned());
    }
    let own = state["field_manager"].as_array().and_then(|blocks| blocks.first()).map(|block| text(block, "name"));
    let manager = own.filter(|name| !name.is_empty()).unwrap_or("Terraform").to_owned();
    Ok(SourceObject { manifest, uid, managers: vec![manager] })
}

fn kubectl_manifest(state: &Json) -> Result<SourceObject, String> {
    let manifest: Json = serde_saphyr::from_str(text(state, "yaml_body"))
        .map_err(|error| format!("yaml_body in the state is not valid YAML: {error}"))?;
    let uid = text(state, "uid").to_owned();
    if !manifest.is_object() || uid.is_empty() {
        return Err("yaml_body in the state is not an object, or the state has no uid.".to_owned());
    }
    let own = text(state, "field_manager");
    let mut managers = vec!["kubectl".to_owned(), "HashiCorp".to_owned(), "kubectl-client-side-apply".to_owned()];
    if !own.is_empty() && !managers.iter().any(|manager| manager == own) {
        managers.push(own.to_owned());
    }
    Ok(SourceObject { manifest: without_nulls(&manifest), uid, managers })
}

/// Returns the value of a dynamic attribute. A state stores it together with its type.
fn dynamic(json: &Json) -> &Json {
    if json["type"].is_array() && json.get("value").is_some() { &json["value"] } else { json }
}

fn without_nulls(json: &Json) -> Json {
    match json {
        Json::Object(members) => {
            let kept = members.iter().filter(|(_, member)| !member.is_null());
            Json::Object(kept.map(|(name, member)| (name.clone(), without_nulls(member))).collect())
        }
        Json::Array(elements) => Json::Array(elements.iter().map(without_nulls).collect()),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::kube::{EC2_NODE_CLASS, NODE_CLASS, NODE_POOL};

    const KINDS: [Kind; 2] = [EC2_NODE_CLASS, NODE_CLASS];

    fn manifest() -> Json {
        json!({
            "apiVersion": "karpenter.k8s.aws/v1", "kind": "EC2NodeClass", "metadata": {"name": "gpu"},
            "spec": {"role": "node"},
        })
    }

    #[test]
    fn a_kubernetes_manifest_is_what_the_user_wrote() {
        let mut written = manifest();
        written["spec"]["context"] = Json::Null;
        let state = json!({
            "manifest": {"type": ["object", {}], "value": written},
            "object": {"type": ["object", {}], "value": {"metadata": {"uid": "u-1"}, "spec": {"role": "node"}}},
            "field_manager": [],
        });
        let expected =
            SourceObject { manifest: manifest(), uid: "u-1".to_owned(), managers: vec!["Terraform".to_owned()] };
        assert_eq!(foreign(Source::KubernetesManifest, &state, &KINDS), Ok(expected.clone()));
        let named = json!({
            "manifest": manifest(), "object": {"metadata": {"uid": "u-1"}},
            "field_manager": [{"name": "platform", "force_conflicts": true}],
        });
        let found = foreign(Source::KubernetesManifest, &named, &KINDS);
        assert_eq!(found, Ok(SourceObject { managers: vec!["platform".to_owned()], ..expected }));
    }

    #[test]
    fn a_kubectl_manifest_is_yaml() {
        let body =
            "apiVersion: karpenter.k8s.aws/v1\nkind: EC2NodeClass\nmetadata:\n  name: gpu\nspec:\n  role: node\n";
        let state = json!({"yaml_body": body, "uid": "u-1", "field_manager": "ops"});
        let found = foreign(Source::KubectlManifest, &state, &KINDS).unwrap();
        assert_eq!((&found.manifest, found.uid.as_str()), (&manifest(), "u-1"));
        assert_eq!(found.managers, ["kubectl", "HashiCorp", "kubectl-client-side-apply", "ops"]);
    }

    #[test]
    fn wrong_kind_or_malformed_state_is_rejected() {
        let state = json!({"manifest": manifest(), "object": {"metadata": {"uid": "u-1"}}});
        let message = foreign(Source::KubernetesManifest, &state, &[NODE_POOL]).unwrap_err();
        assert_eq!(
            message,
            "The object in state must be NodePool (karpenter.sh/v1), got: EC2NodeClass (karpenter.k8s.aws/v1)."
        );
        for state in [json!({}), json!({"manifest": manifest()}), json!({"yaml_body": ": :", "uid": "u"})] {
            assert!(foreign(Source::KubernetesManifest, &state, &KINDS).is_err());
            assert!(foreign(Source::KubectlManifest, &state, &KINDS).is_err());
        }
    }
}
