//! ApplyResourceChange: an existing object is always stored.

use rstest::rstest;
use tokio::sync::Notify;

use super::models::Vise;
use super::workshop::built;
use super::*;
use crate::diagnostics::Diagnostic;
use crate::model::Attr;
use crate::resource::{Change, Record};

type Verb = fn(&Change<Bench>, &mut Record<Bench>) -> Result<(), Diagnostics>;
type Deletion = fn(&mut Record<Bench>) -> Result<(), Diagnostics>;
type Identified = fn(&Bench) -> Option<BenchId>;

// These functions determine the types of the closures in the cases.
fn verb(verb: Verb) -> Verb {
    verb
}

fn deletion(deletion: Deletion) -> Deletion {
    deletion
}

fn identified(identified: Identified) -> Identified {
    identified
}

fn planned() -> Value {
    bench(json!({ "name": "a", "id": "?", "status": "?", "mode": "plain", "tags_all": {}, "lamps": {} }))
}

fn state(members: Json) -> Value {
    let mut all = json!({ "name": "a", "id": "b-1", "status": "built", "mode": "plain", "tags_all": {}, "lamps": {} });
    all.as_object_mut().expect("an object").extend(members.as_object().expect("an object").clone());
    bench(all)
}

fn config() -> Value {
    bench(json!({ "name": "a", "secret": "s" }))
}

fn create() -> ApplyRequest {
    ApplyRequest {
        type_name: "workshop_bench".to_owned(),
        prior: Value::Null,
        planned: planned(),
        config: config(),
        planned_private: br#"{"plan_marker":"m","planned":1}"#.to_vec(),
        planned_identity: None,
    }
}

fn update() -> ApplyRequest {
    ApplyRequest {
        prior: state(json!({ "note": "old" })),
        planned: state(json!({ "note": "new", "status": "?" })),
        config: bench(json!({ "name": "a", "note": "new" })),
        planned_identity: Some(identity("a")),
        ..create()
    }
}

fn delete() -> ApplyRequest {
    // Terraform does not send the configuration and the identity here when it replaces an object.
    ApplyRequest { prior: state(json!({})), planned: Value::Null, config: Value::Null, ..create() }
}

fn fail<T>() -> Result<T, Diagnostics> {
    Err(Diagnostic::error("Broken", "It broke.").into())
}

#[tokio::test]
async fn create_stores_object_private_data_and_identity() {
    let create_verb: Verb = |change, record| {
        assert_eq!((change.prior.as_ref(), change.write_only.secret.text()), (None, Some("s")));
        record.private.set("seen", &change.private.get::<i64>("planned"));
        record.diagnostics.warning("Wet paint", "Do not touch.");
        record.save(built(&change.planned));
        Ok(())
    };
    let server = ready(Script { create: create_verb, ..Script::default() }).await;
    let response = server.apply_resource_change(create()).await;
    assert_eq!(response.state, state(json!({})));
    assert_eq!(response.private, br#"{"planned":1,"seen":1}"#);
    assert_eq!(response.identity, Some(identity("a")));
    assert_eq!(told(&response.diagnostics), [": Wet paint"]);
}

#[tokio::test]
async fn update_does_not_see_the_raw_configuration() {
    let update_verb: Verb = |change, record| {
        // All fields, because a configuration would have to be one of them.
        let Change { prior, planned, write_only, private: _ } = change;
        assert_eq!(prior.as_ref().and_then(|prior| prior.note.text()), Some("old"));
        assert_eq!(planned.note.text(), Some("new"));
        let pin = Vise { pin: "1234".into(), ..Vise::default() };
        assert_eq!(*write_only, Bench { secret: "s".into(), vise: Attr::Known(pin), ..Bench::default() });
        record.save(built(planned));
        Ok(())
    };
    let server = ready(Script { update: update_verb, ..Script::default() }).await;
    // As with `ignore_changes`: the configuration differs from the plan.
    let config = bench(json!({
        "name": "a", "note": "ignored", "code": "1", "secret": "s", "vise": { "jaw": "wood", "pin": "1234" },
        "tags": { "a": "1" }, "hook": [{ "key": "k" }], "shelf": [{ "width": 10 }],
    }));
    let response = server.apply_resource_change(ApplyRequest { config, ..update() }).await;
    assert_eq!(response.diagnostics, Diagnostics::new());
}

#[rstest]
#[case::before_the_object_exists(verb(|_, _| fail()), Value::Null, &[": Broken"])]
#[case::after_the_object_exists(
    verb(|change, record| { record.save(Bench { id: "b-9".into(), ..change.planned.clone() }); fail() }),
    state(json!({ "id": "b-9", "status": null })),
    &[": Broken"],
)]
#[case::panic_after_the_object_exists(
    verb(|change, record| { record.save(Bench { id: "b-9".into(), ..change.planned.clone() }); panic!("hammer") }),
    state(json!({ "id": "b-9", "status": null })),
    &[": Bug in the provider: an operation ended abnormally"],
)]
#[case::write_only_value_leaks(
    verb(|change, record| { record.save(Bench { secret: "s".into(), ..built(&change.planned) }); Ok(()) }),
    state(json!({})),
    &["secret: Bug in the provider: inconsistent result"],
)]
#[case::planned_value_changes(
    verb(|change, record| { record.save(Bench { mode: "fancy".into(), ..built(&change.planned) }); Ok(()) }),
    state(json!({ "mode": "fancy" })),
    &["mode: Bug in the provider: inconsistent result"],
)]
#[case::value_stays_unknown(
    verb(|change, record| { record.save(Bench { id: Attr::Unknown, ..built(&change.planned) }); Ok(()) }),
    state(json!({ "id": null })),
    &["id: Bug in the provider: inconsistent result"],
)]
#[case::nothing_is_saved(verb(|_, _| Ok(())), Value::Null, &[": Bug in the provider: inconsistent result"])]
#[tokio::test]
async fn failing_create(#[case] verb: Verb, #[case] stored: Value, #[case] expected: &[&str]) {
    let server = ready(Script { create: verb, ..Script::default() }).await;
    let response = server.apply_resource_change(create()).await;
    assert_eq!(told(&response.diagnostics), expected);
    // The state of an object that may exist contains its identity and private data.
    assert_eq!(response.identity.is_some(), !stored.is_null());
    assert_eq!(response.state, stored);
    assert_eq!(response.private, br#"{"planned":1}"#);
}

#[rstest]
#[case::success(verb(|change, record| { record.save(built(&change.planned)); Ok(()) }), state(json!({ "note": "new" })), &[])]
#[case::nothing_happened(verb(|_, _| fail()), state(json!({ "note": "old" })), &[": Broken"])]
#[case::half_of_it_happened(
    verb(|change, record| { record.save(Bench { status: "half".into(), ..change.planned.clone() }); fail() }),
    state(json!({ "note": "new", "status": "half" })),
    &[": Broken"],
)]
#[case::panic(verb(|_, _| panic!("saw")), state(json!({ "note": "old" })), &[": Bug in the provider: an operation ended abnormally"])]
#[case::vanished(
    verb(|_, record| { record.gone(); Ok(()) }),
    Value::Null,
    &[": Bug in the provider: inconsistent result"],
)]
#[tokio::test]
async fn updates(#[case] verb: Verb, #[case] stored: Value, #[case] expected: &[&str]) {
    let server = ready(Script { update: verb, ..Script::default() }).await;
    let response = server.apply_resource_change(update()).await;
    assert_eq!(told(&response.diagnostics), expected);
    assert_eq!(response.identity.is_some(), !stored.is_null());
    assert_eq!(response.state, stored);
    assert_eq!(response.private, br#"{"planned":1}"#);
}

#[rstest]
#[case::success(deletion(|_| Ok(())), Value::Null, &[])]
#[case::missing_already(deletion(|record| { record.gone(); Ok(()) }), Value::Null, &[])]
#[case::failure(deletion(|_| fail()), state(json!({})), &[": Broken"])]
#[case::half_of_it_happened(
    deletion(|record| {
        let bench = record.state().cloned().expect("the prior state");
        record.save(Bench { status: "sawn".into(), ..bench });
        fail()
    }),
    state(json!({ "status": "sawn" })),
    &[": Broken"],
)]
#[case::panic(deletion(|_| panic!("axe")), state(json!({})), &[": Bug in the provider: an operation ended abnormally"])]
#[tokio::test]
async fn deletes(#[case] deletion: Deletion, #[case] stored: Value, #[case] expected: &[&str]) {
    let server = ready(Script { delete: deletion, ..Script::default() }).await;
    let response = server.apply_resource_change(delete()).await;
    assert_eq!(told(&response.diagnostics), expected);
    assert_eq!(response.identity, (!stored.is_null()).then(|| identity("a")));
    assert_eq!(response.state, stored);
    assert_eq!(response.private, br#"{"planned":1}"#);
}

#[rstest]
#[case::never_identified(identified(|_| None), None, &[": Bug in the provider: inconsistent result"])]
#[case::planned_one_stays(identified(|_| None), Some(identity("planned")), &[])]
#[case::unknown_one_is_none(identified(|_| Some(BenchId { name: Attr::Unknown, ..BenchId::default() })), None, &[": Bug in the provider: inconsistent result"])]
#[case::panic(identified(|_| panic!("who am I")), None, &[": Bug in the provider: an operation ended abnormally"])]
#[tokio::test]
async fn identity_of_a_created_object(
    #[case] identified: Identified,
    #[case] planned_identity: Option<Value>,
    #[case] expected: &[&str],
) {
    let server = ready(Script { identity: identified, ..Script::default() }).await;
    let response =
        server.apply_resource_change(ApplyRequest { planned_identity: planned_identity.clone(), ..create() }).await;
    assert_eq!(told(&response.diagnostics), expected);
    assert_eq!(response.identity, planned_identity);
    assert_eq!(response.state, state(json!({})));
}

#[tokio::test]
async fn unconfigured_provider_creates_nothing() {
    let server = unconfigured(Script { create: |_, _| panic!("not called"), ..Script::default() });
    let response = server.apply_resource_change(create()).await;
    assert_eq!(told(&response.diagnostics), [": Provider is not configured"]);
    assert_eq!(response.state, Value::Null);
}

#[tokio::test]
async fn stop_cancels_running_calls_and_keeps_what_exists() {
    let waiting = Arc::new(Notify::new());
    let server = ready(Script { waiting: Some(waiting.clone()), ..Script::default() }).await;
    for _ in 0..2 {
        // The second round shows that the first stop does not cancel a call that starts after it.
        let running = tokio::spawn({
            let server = server.clone();
            async move { server.apply_resource_change(create()).await }
        });
        waiting.notified().await;
        assert!(!running.is_finished());
        server.stop();
        let response = running.await.expect("an answer");
        assert_eq!(told(&response.diagnostics), [": Interrupted"]);
        assert_eq!(response.state, state(json!({})));
    }
}

#[tokio::test]
async fn unknown_type_loses_nothing() {
    let server = ready(Script::default()).await;
    let request = ApplyRequest { type_name: "workshop_chair".to_owned(), ..update() };
    let response = server.apply_resource_change(request.clone()).await;
    assert_eq!(told(&response.diagnostics), [": Unknown resource workshop_chair"]);
    assert_eq!((response.state, response.identity), (request.prior, request.planned_identity));
}
