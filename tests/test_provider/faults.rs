//! What goes wrong: failures and panics of every verb, interruption, breaches of core's rules, large objects.

use framework::value::Value;
use rstest::rstest;
use serde_json::{Value as Json, json};
use wire::proto::tfplugin6 as proto;

use crate::host::{Session, Thing, told};
use crate::plugin_host::within;

const ABNORMAL: &str = ": Bug in the provider: an operation ended abnormally";

async fn session() -> (Session, Thing) {
    let session = Session::open().await;
    let faulty = session.resource("test_faulty");
    (session, faulty)
}

fn with(fault: &str) -> Json {
    json!({ "name": "jump", "fault": fault })
}

fn stored(fault: &str, progress: &str) -> Json {
    json!({ "name": "jump", "fault": fault, "payload": "", "progress": progress })
}

#[rstest]
#[case::before_it_exists("fail_before_create", ": The faulty failed before it began", None)]
#[case::halfway("fail_halfway", ": The faulty failed halfway", Some("half"))]
#[case::panic_halfway("panic_halfway", ABNORMAL, Some("half"))]
#[tokio::test]
async fn failing_create_stores_what_exists(#[case] fault: &str, #[case] message: &str, #[case] progress: Option<&str>) {
    let (mut session, faulty) = session().await;
    let response = faulty.create(&mut session, &with(fault)).await;
    assert_eq!(told(&response.diagnostics), [message]);
    let expected = progress.map_or(Value::Null, |progress| faulty.object(&stored(fault, progress)));
    assert_eq!(faulty.decoded(response.new_state.as_ref()), expected);
    assert_eq!(session.objects().join("faulty.jump.json").exists(), progress.is_some());
    // The next call is served as if nothing had been.
    assert_eq!(told(&faulty.create(&mut session, &json!({ "name": "walk" })).await.diagnostics), Vec::<String>::new());
}

#[rstest]
#[case::failure("fail_in_update", ": The faulty failed in the middle of a change", "fail_in_update", "half")]
#[case::panic("panic_in_update", ABNORMAL, "", "done")]
#[tokio::test]
async fn failing_update_stores_what_is_true(
    #[case] fault: &str,
    #[case] message: &str,
    #[case] stored_fault: &str,
    #[case] progress: &str,
) {
    let (mut session, faulty) = session().await;
    faulty.create(&mut session, &json!({ "name": "jump" })).await;
    let prior = faulty.object(&json!({ "name": "jump", "payload": "", "progress": "done" }));
    let planned = faulty.object(&json!({ "name": "jump", "fault": fault, "payload": "?", "progress": "?" }));
    let request = faulty.to_apply(&prior, &faulty.object(&with(fault)), &planned);
    let response = session.rpcs.apply_resource_change(request).await.expect("an answer").into_inner();
    assert_eq!(told(&response.diagnostics), [message]);
    let expected = if stored_fault.is_empty() { prior } else { faulty.object(&stored(stored_fault, progress)) };
    assert_eq!(faulty.decoded(response.new_state.as_ref()), expected);
}

#[rstest]
#[case::failure("fail_in_delete", ": The faulty cannot be undone", json!(null))]
#[case::panic("panic_in_delete", ABNORMAL, json!("panic_in_delete"))]
#[tokio::test]
async fn failing_delete_keeps_the_object(#[case] fault: &str, #[case] message: &str, #[case] kept: Json) {
    let (mut session, faulty) = session().await;
    faulty.create(&mut session, &with(fault)).await;
    let request = faulty.to_apply(&faulty.object(&stored(fault, "done")), &Value::Null, &Value::Null);
    let response = session.rpcs.apply_resource_change(request).await.expect("an answer").into_inner();
    assert_eq!(told(&response.diagnostics), [message]);
    let mut expected = stored(fault, "done");
    expected["fault"] = kept;
    assert_eq!(faulty.decoded(response.new_state.as_ref()), faulty.object(&expected));
    assert!(session.objects().join("faulty.jump.json").exists());
}

#[rstest]
#[case::plan("panic_in_plan", ABNORMAL)]
#[case::breach("break_plan", "name: Bug in the provider: inconsistent plan")]
#[tokio::test]
async fn bad_plan_is_an_error(#[case] fault: &str, #[case] message: &str) {
    let (mut session, faulty) = session().await;
    let config = faulty.object(&with(fault));
    let response = session.rpcs.plan_resource_change(faulty.to_plan(&Value::Null, &config, &config)).await;
    assert_eq!(told(&response.expect("an answer").into_inner().diagnostics), [message]);
}

#[tokio::test]
async fn broken_result_is_an_error_and_stored() {
    let (mut session, faulty) = session().await;
    let response = faulty.create(&mut session, &json!({ "name": "jump", "fault": "break_result", "size": 3 })).await;
    assert_eq!(told(&response.diagnostics), ["size: Bug in the provider: inconsistent result"]);
    let expected = json!({ "name": "jump", "fault": "break_result", "size": -1, "payload": "xxx", "progress": "done" });
    assert_eq!(faulty.decoded(response.new_state.as_ref()), faulty.object(&expected));
}

#[tokio::test]
async fn panic_in_a_read_is_an_error() {
    let (mut session, faulty) = session().await;
    let state = faulty.object(&stored("panic_in_read", "done"));
    let response = session.rpcs.read_resource(faulty.to_read(&state)).await.expect("an answer").into_inner();
    assert_eq!(told(&response.diagnostics), [ABNORMAL]);
    assert!(session.plugin.is_running());
}

#[tokio::test]
async fn stop_ends_waiting_calls_and_keeps_serving() {
    let (mut session, faulty) = session().await;
    let creating = {
        let (mut rpcs, faulty) = (session.rpcs.clone(), faulty.clone());
        let config = faulty.object(&with("wait_halfway"));
        let planned =
            faulty.object(&json!({ "name": "jump", "fault": "wait_halfway", "payload": "?", "progress": "?" }));
        tokio::spawn(async move { rpcs.apply_resource_change(faulty.to_apply(&Value::Null, &config, &planned)).await })
    };
    session.journal.says("waiting").await;
    assert!(!creating.is_finished());
    session.stop().await;
    let response = within("the end of the call", creating).await.expect("no panic").expect("an answer").into_inner();
    assert_eq!(told(&response.diagnostics), [": The faulty was interrupted"]);
    assert_eq!(faulty.decoded(response.new_state.as_ref()), faulty.object(&stored("wait_halfway", "half")));
    // Calls that come later, such as the closing of what is open, run normally.
    assert_eq!(told(&faulty.create(&mut session, &json!({ "name": "walk" })).await.diagnostics), Vec::<String>::new());
}

#[tokio::test]
async fn object_of_ten_megabytes_passes() {
    let (mut session, faulty) = session().await;
    let size = 10 << 20;
    let created = faulty.create(&mut session, &json!({ "name": "jump", "size": size })).await;
    assert_eq!(told(&created.diagnostics), Vec::<String>::new());
    let state = faulty.decoded(created.new_state.as_ref());
    assert_eq!(state.member("payload").and_then(Value::as_str).map(str::len), Some(size));
    let read = session.rpcs.read_resource(faulty.to_read(&state)).await.expect("an answer").into_inner();
    assert!(read.new_state == created.new_state);
    let raw = wire::codec::encode_json(&state, &faulty.ty).expect("a known value");
    let request = proto::upgrade_resource_state::Request {
        type_name: faulty.name.clone(),
        version: 0,
        raw_state: Some(proto::RawState { json: raw.to_string().into_bytes(), flatmap: Default::default() }),
    };
    let upgraded = session.rpcs.upgrade_resource_state(request).await.expect("an answer").into_inner();
    assert!(upgraded.upgraded_state == created.new_state);
}
