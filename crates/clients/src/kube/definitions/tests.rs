//! The definitions of the releases in the sandbox, and reading the definitions of a cluster.

use std::collections::BTreeSet;

use rstest::rstest;
use serde_json::json;

use super::*;
use crate::aws::tests::server::Server;
use crate::kube::tests::demo_by_path;
use crate::kube::{EC2_NODE_CLASS, KubernetesApi, NODE_POOL};
use render::karpenter::releases::{self, ARRIVALS, Part};

macro_rules! release {
    ($version:literal) => {
        (
            $version,
            include_str!(concat!(
                "../../../../../sandbox/kubernetes/crds/karpenter-v",
                $version,
                "/karpenter.k8s.aws_ec2nodeclasses.yaml"
            )),
            include_str!(concat!(
                "../../../../../sandbox/kubernetes/crds/karpenter-v",
                $version,
                "/karpenter.sh_nodepools.yaml"
            )),
        )
    };
}

/// Releases with their definitions of node classes and node pools.
const RELEASES: [(&str, &str, &str); 5] =
    [release!("1.0.8"), release!("1.5.0"), release!("1.9.0"), release!("1.14.1"), release!("1.15.2")];

fn definition(version: &str, kind: Kind) -> Definition {
    let (_, class, pool) = RELEASES.into_iter().find(|(each, ..)| *each == version).expect("a release of the sandbox");
    let text = if kind == NODE_POOL { pool } else { class };
    let object: Json = serde_saphyr::from_str(text).expect("YAML");
    Definition::of_object(&object, kind).expect("the version")
}

fn number(release: &str) -> Vec<u32> {
    release.split('.').take(2).map(|part| part.parse().expect("a number")).collect()
}

/// Returns all parts of a definition, in the notation of the release table.
fn parts(schema: &Schema, path: &str, found: &mut BTreeSet<String>) {
    for (name, inside) in &schema.properties {
        let place = format!("{path}.{name}");
        found.insert(format!("field {place}"));
        if !schema.required.contains(name) {
            found.insert(format!("optional {place}"));
        }
        parts(inside, &place, found);
    }
    if schema.is_open {
        found.insert(format!("fields in {path}"));
    }
    found.extend(schema.labels.values().flatten().map(|key| format!("label {key}")));
    found.extend(schema.values.iter().map(|value| format!("value {} {value}", path.trim_end_matches("[]"))));
    if let Some(elements) = &schema.elements {
        parts(elements, &format!("{path}[]"), found);
    }
}

fn parts_of(version: &str, kind: Kind) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    parts(&definition(version, kind).spec, "spec", &mut found);
    found
}

/// Returns the release that introduced a part, in the notation of [`parts`].
fn release_of(kind: Kind, part: &str) -> Option<&'static str> {
    let (word, path) = part.split_once(' ').expect("two words");
    match word {
        "field" => releases::of_field(kind.kind, path),
        "optional" if releases::if_unset(kind.kind, path).is_some() => ARRIVALS
            .iter()
            .find(|arrival| matches!(arrival.part, Part::Optional(field, _) if field == path))
            .map(|arrival| arrival.release),
        "optional" => releases::of_field(kind.kind, path),
        "label" => releases::of_label(kind.kind, path),
        "fields" => releases::of_field(kind.kind, &format!("{}.any", path.trim_start_matches("in "))),
        "value" => {
            let (path, value) = path.split_once(' ').expect("a value");
            releases::of_value(kind.kind, path, value).or_else(|| releases::of_field(kind.kind, path))
        }
        _ => None,
    }
}

#[rstest]
fn arrivals_have_their_release(#[values(EC2_NODE_CLASS, NODE_POOL)] kind: Kind) {
    let mut arrived = 0;
    for pair in RELEASES.windows(2) {
        let (older, newer) = (pair[0].0, pair[1].0);
        let (before, after) = (parts_of(older, kind), parts_of(newer, kind));
        for part in after.difference(&before) {
            let release = release_of(kind, part).unwrap_or_else(|| panic!("{part} arrives after {older}"));
            let release = number(release);
            assert!(number(older) < release && release <= number(newer), "{part}: {release:?}, {older} to {newer}");
            arrived += 1;
        }
        let gone: Vec<_> = before.difference(&after).filter(|part| !part.contains(" spec.kubelet.")).collect();
        assert!(gone.is_empty(), "{newer} lost {gone:?}");
    }
    assert!(arrived > 5, "{arrived}");
}

#[test]
fn table_names_only_what_definitions_have() {
    for arrival in ARRIVALS {
        let kind = if arrival.kind == NODE_POOL.kind { NODE_POOL } else { EC2_NODE_CLASS };
        let word = match arrival.part {
            Part::Field(path) => format!("field {path}"),
            Part::FieldsIn(path) => format!("fields in {path}"),
            Part::Value(path, value) => format!("value {path} {value}"),
            Part::Label(key) => format!("label {key}"),
            Part::Optional(path, _) => format!("optional {path}"),
        };
        let has = |version: &str| parts_of(version, kind).contains(&word);
        for (version, ..) in RELEASES {
            assert_eq!(has(version), number(arrival.release) <= number(version), "{word} in {version}");
        }
    }
}

#[test]
fn new_field_is_reported_once() {
    let object = json!({"spec": {
        "role": "node",
        "networkInterfaces": [{"networkCardIndex": 0, "deviceIndex": 0, "interfaceType": "interface"}],
        "amiSelectorTerms": [{"ssmParameter": "a"}, {"ssmParameter": "b"}],
        "subnetSelectorTerms": [{"tags": {"any": "key"}}],
        "securityGroupSelectorTerms": [{"id": "sg-1"}],
        "tags": {"enclaveOptions": "no field"},
    }});
    let fields = |version: &str| -> Vec<_> {
        let differences = definition(version, EC2_NODE_CLASS).differences(&object);
        differences.missing.into_iter().map(|missing| format!("{missing:?}")).collect()
    };
    let interfaces = "Field(\"spec.networkInterfaces\")";
    let terms = [0, 1].map(|index| format!("Field(\"spec.amiSelectorTerms[{index}].ssmParameter\")"));
    assert_eq!(fields("1.0.8"), [&terms[0], &terms[1], interfaces]);
    assert_eq!(fields("1.9.0"), [interfaces]);
    assert_eq!(fields("1.15.2"), Vec::<String>::new());
}

#[test]
fn open_object_has_every_field() {
    let object = json!({"spec": {"kubelet": {"maxPods": 1, "singleProcessOOMKill": true}}});
    let has_kubelet = |version: &str| {
        let missing = definition(version, EC2_NODE_CLASS).differences(&object).missing;
        !missing.contains(&Missing::Field("spec.kubelet.singleProcessOOMKill".to_owned()))
    };
    assert_eq!(["1.0.8", "1.14.1", "1.15.2"].map(has_kubelet), [false, false, true]);
}

#[test]
fn values_and_required_fields_depend_on_the_release() {
    let object = json!({"spec": {
        "template": {"spec": {
            "nodeClassRef": {"group": "g", "kind": "k", "name": "n"},
            "requirements": [{"key": "a", "operator": "Gte", "values": ["1"]}],
            "expireAfter": null,
        }},
        "disruption": {"budgets": [{"nodes": "0", "reasons": ["Empty", "Unhealthy"]}]},
        "limits": {"cpu": "1"},
    }});
    let unhealthy = Missing::Value {
        path: "spec.disruption.budgets[0].reasons".to_owned(),
        value: "Unhealthy".to_owned(),
        allowed: ["Underutilized", "Empty", "Drifted"].map(str::to_owned).to_vec(),
    };
    let after = "spec.disruption.consolidateAfter".to_owned();
    let differences = |version: &str| definition(version, NODE_POOL).differences(&object);
    assert_eq!(differences("1.14.1"), Differences { missing: vec![unhealthy], required: vec![after] });
    assert_eq!(differences("1.15.2"), Differences::default());
    let operator = "spec.template.spec.requirements[0].operator";
    let has_operator = |version: &str| {
        let is_operator = |missing: &Missing| matches!(missing, Missing::Value { path, .. } if path == operator);
        !differences(version).missing.iter().any(is_operator)
    };
    assert_eq!(["1.5.0", "1.9.0"].map(has_operator), [false, true]);
}

#[test]
fn label_keys_depend_on_the_release() {
    let key = "karpenter.k8s.aws/instance-tenancy";
    let object = json!({"spec": {"template": {
        "metadata": {"labels": {key: "default", "team": "ml", "example.com/karpenter.k8s.aws": "x"}},
        "spec": {
            "nodeClassRef": {"group": "g", "kind": "k", "name": "n"},
            "requirements": [{"key": "karpenter.sh/capacity-type", "operator": "Exists"}, {"key": key, "operator": "Exists"}],
        },
    }}});
    let label = |path: &str| Missing::Label { path: path.to_owned(), key: key.to_owned() };
    let missing = |version: &str| definition(version, NODE_POOL).differences(&object).missing;
    let expected = [label("spec.template.metadata.labels"), label("spec.template.spec.requirements[1].key")];
    assert_eq!(missing("1.5.0"), expected);
    assert_eq!(missing("1.9.0"), []);
}

#[test]
fn definition_is_read_from_openapi_and_object() {
    let schema = json!({"properties": {"spec": {"properties": {"role": {"type": "string"}}}}});
    let object = json!({"spec": {"versions": [
        {"name": "v1beta1", "schema": {"openAPIV3Schema": {"properties": {"spec": {}}}}},
        {"name": "v1", "schema": {"openAPIV3Schema": schema}},
    ]}});
    let mut served = schema.clone();
    served["x-kubernetes-group-version-kind"] =
        json!([{"group": "karpenter.k8s.aws", "version": "v1", "kind": "EC2NodeClass"}]);
    let document = json!({"openapi": "3.0.0", "components": {"schemas": {"a": {"type": "object"}, "b": served}}});
    let definition = Definition::of_object(&object, EC2_NODE_CLASS).unwrap();
    assert_eq!(Definition::of_openapi(&document, EC2_NODE_CLASS), Some(definition.clone()));
    let missing = definition.differences(&json!({"spec": {"tags": {}}})).missing;
    assert_eq!(missing, [Missing::Field("spec.tags".to_owned())]);
    assert_eq!(Definition::of_openapi(&document, NODE_POOL), None);
    assert_eq!(Definition::of_object(&json!({"spec": {"versions": []}}), NODE_POOL), None);
}

/// A cluster whose API server responds to a path with a status and a body.
async fn cluster(
    answer: impl Fn(&str) -> (u16, Json) + Send + Sync + 'static,
) -> (Server, Server, std::sync::Arc<dyn KubernetesApi>) {
    demo_by_path(move |line| {
        let (status, body) = answer(line);
        (status, body.to_string())
    })
    .await
}

const DOCUMENT: &str = "GET /openapi/v3/apis/karpenter.sh/v1 HTTP/1.1";
const OBJECT: &str = "GET /apis/apiextensions.k8s.io/v1/customresourcedefinitions/nodepools.karpenter.sh HTTP/1.1";

fn document() -> Json {
    let kinds = json!([{"group": "karpenter.sh", "version": "v1", "kind": "NodePool"}]);
    let spec = json!({"properties": {"weight": {}}});
    let pool = json!({"x-kubernetes-group-version-kind": kinds, "properties": {"spec": spec}});
    json!({"openapi": "3.0.0", "components": {"schemas": {"pool": pool}}})
}

fn object() -> Json {
    let schema = json!({"openAPIV3Schema": {"properties": {"spec": {"properties": {"weight": {}, "replicas": {}}}}}});
    json!({"apiVersion": "apiextensions.k8s.io/v1", "spec": {"versions": [{"name": "v1", "schema": schema}]}})
}

fn forbidden() -> (u16, Json) {
    (403, json!({"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": "Forbidden", "code": 403}))
}

fn has_replicas(definition: &Definition) -> bool {
    definition.differences(&json!({"spec": {"replicas": 1}})).missing.is_empty()
}

#[tokio::test]
async fn document_is_read_once_for_concurrent_callers() {
    let (api, _eks, demo) = cluster(|_| (200, document())).await;
    let (one, two) = futures::join!(demo.definition(NODE_POOL, false), demo.definition(NODE_POOL, false));
    let third = demo.definition(NODE_POOL, false).await;
    for definition in [one, two, third] {
        assert!(!has_replicas(&definition.expect("a definition")));
    }
    assert_eq!(api.requests().iter().map(|request| request.line.as_str()).collect::<Vec<_>>(), [DOCUMENT]);
}

#[tokio::test]
async fn object_replaces_an_unreadable_document() {
    let (api, _eks, demo) = cluster(|line| if line == DOCUMENT { forbidden() } else { (200, object()) }).await;
    assert!(has_replicas(&demo.definition(NODE_POOL, false).await.expect("a definition")));
    assert_eq!(api.requests().iter().map(|request| request.line.as_str()).collect::<Vec<_>>(), [DOCUMENT, OBJECT]);
}

#[tokio::test]
async fn fresh_definition_is_read_from_the_object_and_kept() {
    let (api, _eks, demo) = cluster(|line| (200, if line == DOCUMENT { document() } else { object() })).await;
    for (fresh, expected) in [(false, false), (true, true), (false, true)] {
        assert_eq!(has_replicas(&demo.definition(NODE_POOL, fresh).await.expect("a definition")), expected);
    }
    assert_eq!(api.requests().iter().map(|request| request.line.as_str()).collect::<Vec<_>>(), [DOCUMENT, OBJECT]);
}

#[tokio::test]
async fn unreadable_definition_is_unknown() {
    let (api, _eks, demo) = cluster(|_| forbidden()).await;
    for fresh in [false, false, true, false] {
        assert_eq!(demo.definition(NODE_POOL, fresh).await, None);
    }
    let lines: Vec<_> = api.requests().into_iter().map(|request| request.line).collect();
    assert_eq!(lines, [DOCUMENT, OBJECT, OBJECT, DOCUMENT], "not read again until it must be fresh");
}

#[tokio::test]
async fn kind_not_described_yet_is_read_again() {
    let is_installed = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
    let seen = std::sync::Arc::clone(&is_installed);
    let answer = move |line: &str| match (line, seen.load(std::sync::atomic::Ordering::SeqCst)) {
        (OBJECT, _) => forbidden(),
        (_, true) => (200, document()),
        (_, false) => (200, json!({"openapi": "3.0.0", "components": {"schemas": {}}})),
    };
    let (_api, _eks, demo) = cluster(answer).await;
    assert_eq!(demo.definition(NODE_POOL, false).await, None);
    is_installed.store(true, std::sync::atomic::Ordering::SeqCst);
    assert!(demo.definition(NODE_POOL, false).await.is_some());
}
