//! ReadResource, ImportResourceState, UpgradeResourceState, and MoveResourceState.

use rstest::rstest;

use super::*;
use crate::diagnostics::Diagnostic;
use crate::model::Attr;
use crate::resource::Record;

type Reading = fn(&mut Record<Bench>) -> Result<(), Diagnostics>;

/// Determines the types of the closures in the cases.
fn reading(reading: Reading) -> Reading {
    reading
}

fn changed(record: &mut Record<Bench>, change: impl FnOnce(&mut Bench)) -> Result<(), Diagnostics> {
    let mut bench = record.state().cloned().expect("the stored state");
    change(&mut bench);
    record.save(bench);
    Ok(())
}

fn stored() -> Json {
    json!({ "name": "a", "id": "b-1", "status": "built", "note": "Oak",
            "hook": [{ "key": "k", "serial": "s-1" }], "shelf": [{ "width": 10 }] })
}

fn with(name: &str, value: Json) -> Value {
    let mut members = stored();
    members[name] = value;
    bench(members)
}

fn read() -> ReadRequest {
    ReadRequest {
        type_name: "workshop_bench".to_owned(),
        state: bench(stored()),
        private: br#"{"stored":1}"#.to_vec(),
        identity: Some(identity("a")),
        deferral_allowed: false,
    }
}

#[rstest]
#[case::unchanged(reading(|_| Ok(())), bench(stored()), &[])]
#[case::drift(reading(|record| changed(record, |bench| bench.status = "rotten".into())), with("status", "rotten".into()), &[])]
#[case::only_written_differently(reading(|record| changed(record, |bench| bench.note = "OAK".into())), bench(stored()), &[])]
#[case::default_is_not_invented(reading(|record| changed(record, |bench| bench.mode = Attr::Null)), bench(stored()), &[])]
#[case::block_is_gone(reading(|record| changed(record, |bench| bench.shelf = Default::default())), with("shelf", json!([])), &[])]
#[case::object_is_gone(reading(|record| { record.gone(); Ok(()) }), Value::Null, &[])]
#[case::write_only_value_leaks(reading(|record| changed(record, |bench| bench.secret = "s".into())), bench(stored()), &[])]
#[case::unknown_value(
    reading(|record| changed(record, |bench| bench.status = Attr::Unknown)),
    with("status", Json::Null),
    &["status: Bug in the provider: inconsistent read"],
)]
#[case::failure(reading(|_| Err(Diagnostic::error("Dark", "No light.").into())), bench(stored()), &[": Dark"])]
#[case::panic(reading(|_| panic!("no light")), bench(stored()), &[": Bug in the provider: an operation ended abnormally"])]
#[tokio::test]
async fn reads(#[case] reading: Reading, #[case] expected: Value, #[case] messages: &[&str]) {
    let server = ready(Script { read: reading, ..Script::default() }).await;
    let response = server.read_resource(read()).await;
    assert_eq!(told(&response.diagnostics), messages);
    assert_eq!(response.identity, (!expected.is_null()).then(|| identity("a")));
    assert_eq!(response.state, expected);
    assert_eq!(response.private, br#"{"stored":1}"#);
    assert_eq!(response.deferred, None);
}

#[tokio::test]
async fn read_right_after_an_import_finds_everything_else() {
    let reading: Reading = |record| {
        assert_eq!(record.state(), Some(&Bench { name: "a".into(), ..Bench::default() }));
        record.private.set("found", &true);
        changed(record, |bench| bench.id = "b-1".into())
    };
    let server = ready(Script { read: reading, ..Script::default() }).await;
    let request = ReadRequest { state: bench(json!({ "name": "a" })), private: vec![], identity: None, ..read() };
    let response = server.read_resource(request).await;
    assert_eq!(response.state, bench(json!({ "name": "a", "id": "b-1" })));
    assert_eq!(
        (response.private.as_slice(), response.identity),
        (br#"{"found":true}"#.as_slice(), Some(identity("a")))
    );
}

#[rstest]
#[case::stored_one_stays(Some(identity("a")), &[])]
#[case::there_is_none_yet(None, &[])]
#[tokio::test]
async fn unidentified_object(#[case] stored: Option<Value>, #[case] expected: &[&str]) {
    let server = ready(Script { identity: |_| None, ..Script::default() }).await;
    let response = server.read_resource(ReadRequest { identity: stored.clone(), ..read() }).await;
    assert_eq!(response.identity, stored);
    assert_eq!(told(&response.diagnostics), expected);
}

#[rstest]
#[case::not_allowed(false, None)]
#[case::allowed(true, Some(Deferral::ProviderConfigUnknown))]
#[tokio::test]
async fn unconfigured_provider_echoes(#[case] deferral_allowed: bool, #[case] deferred: Option<Deferral>) {
    let server = unconfigured(Script { read: |_| panic!("not read"), ..Script::default() });
    let request = ReadRequest { deferral_allowed, private: b"\x00opaque".to_vec(), ..read() };
    let response = server.read_resource(request).await;
    assert_eq!((response.state, response.identity), (bench(stored()), Some(identity("a"))));
    assert_eq!(response.private, b"\x00opaque");
    assert_eq!((response.deferred, response.diagnostics), (deferred, Diagnostics::new()));
}

fn import(id: &str, identity: Option<Value>) -> ImportRequest {
    ImportRequest { type_name: "workshop_bench".to_owned(), id: id.to_owned(), identity, deferral_allowed: false }
}

#[rstest]
#[case::by_id(import("a", None))]
#[case::by_identity(import("", Some(identity("a"))))]
#[tokio::test]
async fn imports(#[case] request: ImportRequest) {
    let server = ready(Script::default()).await;
    let response = server.import_resource_state(request).await;
    assert_eq!(response.diagnostics, Diagnostics::new());
    // Unknown and write-only values are not allowed in a state.
    assert_eq!(response.state, Some(bench(json!({ "name": "a" }))));
    assert_eq!(response.identity, Some(identity("a")));
}

#[tokio::test]
async fn import_by_identity_keeps_what_the_user_gave() {
    let server = ready(Script { identity: |_| None, ..Script::default() }).await;
    let given = BenchId { name: "a".into(), site: Attr::Null }.to_value();
    let response = server.import_resource_state(import("", Some(given.clone()))).await;
    assert_eq!(response.identity, Some(given));
}

#[rstest]
#[case::not_allowed(false, &[": Provider is not configured"], None)]
#[case::allowed(true, &[], Some(Deferral::ProviderConfigUnknown))]
#[tokio::test]
async fn import_without_configuration(
    #[case] deferral_allowed: bool,
    #[case] messages: &[&str],
    #[case] deferred: Option<Deferral>,
) {
    let server = unconfigured(Script::default());
    let response = server.import_resource_state(ImportRequest { deferral_allowed, ..import("a", None) }).await;
    assert_eq!((response.state, response.deferred), (None, deferred));
    assert_eq!(told(&response.diagnostics), messages);
}

#[rstest]
#[case::current_version_stays_as_it_is(2, json!({ "name": "a", "gone": 1 }), Ok(json!({ "name": "a", "gone": 1 })))]
#[case::older_version(1, json!({ "title": "a" }), Ok(json!({ "name": "a", "title": null })))]
#[case::refused_version(7, json!({}), Err(": Unknown version"))]
#[case::panic(0, json!({}), Err(": Bug in the provider: an operation ended abnormally"))]
#[test]
fn upgrades(#[case] version: i64, #[case] state: Json, #[case] expected: Result<Json, &str>) {
    let response = unconfigured(Script::default()).upgrade_resource_state("workshop_bench", version, state);
    assert_eq!(response.map_err(|errors| told(&errors).join("\n")), expected.map_err(str::to_owned));
}

#[test]
fn identity_stays_as_it_is() {
    let server = unconfigured(Script::default());
    assert_eq!(server.upgrade_resource_identity("workshop_bench", json!({ "name": "a" })), Ok(json!({ "name": "a" })));
    let error = server.upgrade_resource_identity("workshop_chair", json!({})).expect_err("no such type");
    assert_eq!(told(&error), [": Unknown resource workshop_chair"]);
}

#[rstest]
#[case::terraform("registry.terraform.io/acme/garage", "garage_table", 3, Ok("3"))]
#[case::opentofu("registry.opentofu.org/acme/garage", "garage_table", 3, Ok("3"))]
#[case::mirror("registry.example.com:8443/acme/garage", "garage_table", 0, Ok("0"))]
#[case::another_namespace(
    "registry.terraform.io/other/garage",
    "garage_table",
    3,
    Err(": Unable to move state from garage_table")
)]
#[case::another_type(
    "registry.terraform.io/acme/garage",
    "garage_chair",
    3,
    Err(": Unable to move state from garage_chair")
)]
#[case::longer_namespace(
    "registry.terraform.io/xacme/garage",
    "garage_table",
    3,
    Err(": Unable to move state from garage_table")
)]
#[case::panic(
    "registry.terraform.io/acme/garage",
    "garage_table",
    9,
    Err(": Bug in the provider: an operation ended abnormally")
)]
#[test]
fn moves(#[case] address: &str, #[case] ty: &str, #[case] version: i64, #[case] expected: Result<&str, &str>) {
    let response = unconfigured(Script::default()).move_resource_state(MoveRequest {
        source_provider_address: address.to_owned(),
        source_type_name: ty.to_owned(),
        source_schema_version: version,
        source_state: json!({ "label": "a" }),
        target_type_name: "workshop_bench".to_owned(),
    });
    let expected = expected.map(|version| json!({ "name": "a", "status": version, "engraving": null }));
    let response = response.map(|(state, _)| state).map_err(|errors| told(&errors).join("\n"));
    assert_eq!(response, expected.map_err(str::to_owned));
}

#[test]
fn move_that_loses_fields_needs_consent() {
    let moved = |state| {
        unconfigured(Script::default()).move_resource_state(MoveRequest {
            source_provider_address: "registry.terraform.io/acme/garage".to_owned(),
            source_type_name: "garage_table".to_owned(),
            source_schema_version: 1,
            source_state: state,
            target_type_name: "workshop_bench".to_owned(),
        })
    };
    for state in [json!({"label": "a", "shelf": "top"}), json!({"label": "a", "drawer": "left", "shelf": "top"})] {
        let refused = format!("{:?}", moved(state).expect_err("no consent"));
        for words in ["- shelf", "import block", "WORKSHOP_MOVE="] {
            assert!(refused.contains(words), "{words}: {refused}");
        }
    }
    // Fields that only the state drops stay on the object.
    let (_, warnings) = moved(json!({"label": "a", "engraving": "for Ada"})).expect("nothing is lost");
    assert!(format!("{warnings:?}").contains("no longer manages them:\\n  - engraving"), "{warnings:?}");
    let (_, warnings) = moved(json!({"label": "a", "drawer": "left"})).expect("consent");
    assert!(format!("{warnings:?}").contains("- drawer"), "{warnings:?}");
    let (_, warnings) = moved(json!({"label": "a", "drawer": null, "engraving": ""})).expect("nothing is lost");
    assert!(warnings.is_empty());
}
