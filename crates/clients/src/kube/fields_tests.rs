use std::collections::BTreeMap;

use rstest::rstest;

use super::*;
use framework::blocks::{Blocks, ListBlock, SingleBlock};
use framework::model::{Attr, List, Map as MapOf};

/// A model with every kind of attribute.
#[derive(Debug, Clone, PartialEq, Default, Model)]
struct Sample {
    /// Name.
    #[attribute(required)]
    name: Attr<String>,
    /// Terms.
    #[attribute(optional)]
    some_terms: List<Term>,
    /// Tags.
    #[attribute(optional)]
    tags: MapOf<String>,
    /// Count.
    #[attribute(optional)]
    count: Attr<i64>,
    /// Options.
    #[attribute(optional)]
    cpu_options: Attr<Term>,
    /// Free-form.
    #[attribute(optional)]
    kubelet: Attr<Value>,
    /// Blocks.
    #[block]
    volume_mapping: ListBlock<Mapping>,
}

/// A block in a block.
#[derive(Debug, Clone, PartialEq, Default, Model)]
struct Mapping {
    /// Name.
    #[attribute(optional)]
    device_name: Attr<String>,
    /// Volume.
    #[block]
    ebs: SingleBlock<Term>,
}

/// A term.
#[derive(Debug, Clone, PartialEq, Default, Model)]
struct Term {
    /// Id.
    #[attribute(optional)]
    owner_id: Attr<String>,
    /// Flag.
    #[attribute(optional)]
    flag: Attr<bool>,
}

const SPEC: &[&str] = &["some_terms", "tags", "count", "cpu_options", "kubelet", "volume_mapping"];

fn sample() -> Sample {
    Sample {
        name: "a".into(),
        some_terms: List::of([Term { owner_id: "1".into(), flag: Attr::Null }]),
        tags: Attr::Known(BTreeMap::from([("kebab_case.io/x_y".to_owned(), "v".into())])),
        count: Attr::Known(3),
        cpu_options: Attr::Known(Term { owner_id: Attr::Null, flag: Attr::Known(false) }),
        kubelet: Attr::Known(free_form::from_json(&json!({"snake_case": 1}))),
        volume_mapping: Blocks::Known(vec![Mapping {
            device_name: "a".into(),
            ebs: Blocks::Known(Some(Box::new(Term { owner_id: "2".into(), flag: Attr::Null }))),
        }]),
    }
}

#[rstest]
#[case("role", "role")]
#[case("kms_key_id", "kmsKeyID")]
#[case("associate_public_ip_address", "associatePublicIPAddress")]
#[case("http_protocol_ipv6", "httpProtocolIPv6")]
#[case("ipv4_prefix_size", "ipv4PrefixSize")]
#[case("secondary_ipv4_prefix_count", "secondaryIPv4PrefixCount")]
#[case("enable_v4_egress", "enableV4Egress")]
#[case("image_gc_high_threshold_percent", "imageGCHighThresholdPercent")]
#[case("cpu_cfs_quota", "cpuCFSQuota")]
#[case("cluster_dns", "clusterDNS")]
#[case("ip_prefix_count", "ipPrefixCount")]
fn fields_have_the_names_of_kubernetes(#[case] attribute: &str, #[case] field: &str) {
    assert_eq!(field_name(attribute), field);
}

#[test]
fn a_model_becomes_fields_and_back() {
    let fields = fields_of(&sample(), SPEC).unwrap();
    let expected = json!({
        "someTerms": [{"ownerID": "1"}], "tags": {"kebab_case.io/x_y": "v"}, "count": 3, "cpuOptions": {"flag": false},
        "kubelet": {"snake_case": 1}, "volumeMappings": [{"deviceName": "a", "ebs": {"ownerID": "2"}}],
    });
    assert_eq!(fields, expected);
    assert_eq!(with_fields(&Sample { name: "a".into(), ..Sample::default() }, SPEC, &fields), sample());
}

#[test]
fn unknown_value_yields_no_fields() {
    let unknown = Sample { some_terms: List::of([Term { owner_id: Attr::Unknown, flag: Attr::Null }]), ..sample() };
    assert_eq!(fields_of(&unknown, SPEC), None);
    assert!(fields_of(&unknown, &["tags"]).is_some());
}

#[test]
fn known_part_of_fields_keeps_indexes() {
    let unknown = Term { owner_id: Attr::Unknown, flag: Attr::Known(true) };
    let terms = Attr::Known(vec![Attr::Unknown, Attr::Known(unknown)]);
    let model = Sample { some_terms: terms, count: Attr::Unknown, tags: Attr::Null, ..sample() };
    let expected = json!({
        "someTerms": [null, {"ownerID": null, "flag": true}], "count": null, "cpuOptions": {"flag": false},
        "kubelet": {"snake_case": 1}, "volumeMappings": [{"deviceName": "a", "ebs": {"ownerID": "2"}}],
    });
    assert_eq!(known_fields_of(&model, SPEC), expected);
    assert_eq!(Some(known_fields_of(&sample(), SPEC)), fields_of(&sample(), SPEC));
}

#[test]
fn a_state_has_all_attributes_under_their_own_names() {
    let expected = json!({
        "name": "a", "some_terms": [{"owner_id": "1", "flag": null}], "tags": {"kebab_case.io/x_y": "v"}, "count": 3,
        "cpu_options": {"owner_id": null, "flag": false},
        "kubelet": {"type": ["object", {"snake_case": "number"}], "value": {"snake_case": 1}},
        "volume_mapping": [{"device_name": "a", "ebs": {"owner_id": "2", "flag": null}}],
    });
    assert_eq!(to_state(&sample()).as_ref(), Some(&expected));
    assert_eq!(from_state::<Sample>(&expected), Some(sample()));
}

#[test]
fn number_converts_to_string() {
    assert_eq!(from_json(&json!(1000), &Type::String), Value::string("1000"));
    assert_eq!(from_json(&json!("x"), &Type::Number), Value::Null);
}

#[test]
fn only_what_was_declared_is_compared() {
    let stored = json!({"a": 1, "options": {"x": 1}, "tags": {"t": "1"}, "list": [{"b": 1}], "gone": 1});
    let live = json!({
        "a": 2, "options": {"x": 1, "server": 5}, "tags": {"t": "2", "foreign": "3"}, "list": [{"b": 1, "server": 2}],
        "foreign": 9,
    });
    let expected = json!({"a": 2, "options": {"x": 1}, "tags": {"t": "2"}, "list": [{"b": 1}]});
    assert_eq!(declared(&stored, &live, &json!({"f:tags": {"f:t": {}}})), expected);
    assert_eq!(declared(&json!({"empty": {}}), &json!({}), &Json::Null), json!({"empty": {}}));
    let longer = json!({"list": [{"b": 1}, {"b": 2}]});
    assert_eq!(declared(&json!({"list": [{"b": 1}]}), &longer, &Json::Null), longer);
}

#[test]
fn a_map_that_is_owned_as_a_whole_counts_whole() {
    let live = json!({"labels": {"ours": "1", "foreign": "2"}});
    assert_eq!(declared(&json!({"labels": {"ours": "1"}}), &live, &json!({"f:labels": {}})), live);
}

#[test]
fn owned_fields_are_selected_by_managed_fields() {
    let live = json!({"a": 1, "b": {"c": 2, "d": 3}, "list": [{"x": 1}]});
    let owned = json!({"f:b": {"f:c": {}}, "f:list": {}});
    assert_eq!(named(&live, &owned), json!({"b": {"c": 2}, "list": [{"x": 1}]}));
}

#[rstest]
#[case("spec.someTerms[0].ownerID", "some_terms[0].owner_id")]
#[case(".spec.tags.team", "tags[\"team\"]")]
#[case("spec.tags[a.b/c]", "tags[\"a.b/c\"]")]
#[case("spec.cpuOptions.flag", "cpu_options.flag")]
#[case("spec.cpuOptions.unheardOf", "cpu_options")]
#[case("spec.volumeMappings[1].ebs.ownerID", "volume_mapping[1].ebs.owner_id")]
#[case("spec", "")]
#[case("status.x", "")]
#[case("metadata.name", "name")]
fn a_field_of_an_answer_leads_to_its_attribute(#[case] field: &str, #[case] path: &str) {
    assert_eq!(attribute_of::<Sample>(field).to_string(), path);
}
