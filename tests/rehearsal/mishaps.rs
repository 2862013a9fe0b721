//! What goes wrong: failures and panics of every verb, interruption, breaches of core's rules, large objects.

use framework::value::Value;
use rstest::rstest;
use serde_json::{Value as Json, json};
use wire::proto::tfplugin6 as proto;

use crate::plugin_host::within;
use crate::stage::{Stage, Thing, told};

const ABNORMAL: &str = ": Bug in the provider: an operation ended abnormally";

async fn stage() -> (Stage, Thing) {
    let stage = Stage::open().await;
    let stunt = stage.resource("rehearsal_stunt");
    (stage, stunt)
}

fn with(mishap: &str) -> Json {
    json!({ "name": "jump", "mishap": mishap })
}

fn stored(mishap: &str, progress: &str) -> Json {
    json!({ "name": "jump", "mishap": mishap, "payload": "", "progress": progress })
}

#[rstest]
#[case::before_it_exists("fail_before_create", ": The stunt failed before it began", None)]
#[case::halfway("fail_halfway", ": The stunt failed halfway", Some("half"))]
#[case::panic_halfway("panic_halfway", ABNORMAL, Some("half"))]
#[tokio::test]
async fn failing_create_stores_what_exists(
    #[case] mishap: &str,
    #[case] message: &str,
    #[case] progress: Option<&str>,
) {
    let (mut stage, stunt) = stage().await;
    let response = stunt.create(&mut stage, &with(mishap)).await;
    assert_eq!(told(&response.diagnostics), [message]);
    let expected = progress.map_or(Value::Null, |progress| stunt.object(&stored(mishap, progress)));
    assert_eq!(stunt.decoded(response.new_state.as_ref()), expected);
    assert_eq!(stage.objects().join("stunt.jump.json").exists(), progress.is_some());
    // The next call is served as if nothing had been.
    assert_eq!(told(&stunt.create(&mut stage, &json!({ "name": "walk" })).await.diagnostics), Vec::<String>::new());
}

#[rstest]
#[case::failure("fail_in_update", ": The stunt failed in the middle of a change", "fail_in_update", "half")]
#[case::panic("panic_in_update", ABNORMAL, "", "done")]
#[tokio::test]
async fn failing_update_stores_what_is_true(
    #[case] mishap: &str,
    #[case] message: &str,
    #[case] stored_mishap: &str,
    #[case] progress: &str,
) {
    let (mut stage, stunt) = stage().await;
    stunt.create(&mut stage, &json!({ "name": "jump" })).await;
    let prior = stunt.object(&json!({ "name": "jump", "payload": "", "progress": "done" }));
    let planned = stunt.object(&json!({ "name": "jump", "mishap": mishap, "payload": "?", "progress": "?" }));
    let request = stunt.to_apply(&prior, &stunt.object(&with(mishap)), &planned);
    let response = stage.rpcs.apply_resource_change(request).await.expect("an answer").into_inner();
    assert_eq!(told(&response.diagnostics), [message]);
    let expected = if stored_mishap.is_empty() { prior } else { stunt.object(&stored(stored_mishap, progress)) };
    assert_eq!(stunt.decoded(response.new_state.as_ref()), expected);
}

#[rstest]
#[case::failure("fail_in_delete", ": The stunt cannot be undone", json!(null))]
#[case::panic("panic_in_delete", ABNORMAL, json!("panic_in_delete"))]
#[tokio::test]
async fn failing_delete_keeps_the_object(#[case] mishap: &str, #[case] message: &str, #[case] kept: Json) {
    let (mut stage, stunt) = stage().await;
    stunt.create(&mut stage, &with(mishap)).await;
    let request = stunt.to_apply(&stunt.object(&stored(mishap, "done")), &Value::Null, &Value::Null);
    let response = stage.rpcs.apply_resource_change(request).await.expect("an answer").into_inner();
    assert_eq!(told(&response.diagnostics), [message]);
    let mut expected = stored(mishap, "done");
    expected["mishap"] = kept;
    assert_eq!(stunt.decoded(response.new_state.as_ref()), stunt.object(&expected));
    assert!(stage.objects().join("stunt.jump.json").exists());
}

#[rstest]
#[case::plan("panic_in_plan", ABNORMAL)]
#[case::breach("break_plan", "name: Bug in the provider: inconsistent plan of rehearsal_stunt")]
#[tokio::test]
async fn bad_plan_is_an_error(#[case] mishap: &str, #[case] message: &str) {
    let (mut stage, stunt) = stage().await;
    let config = stunt.object(&with(mishap));
    let response = stage.rpcs.plan_resource_change(stunt.to_plan(&Value::Null, &config, &config)).await;
    assert_eq!(told(&response.expect("an answer").into_inner().diagnostics), [message]);
}

#[tokio::test]
async fn broken_result_is_an_error_and_stored() {
    let (mut stage, stunt) = stage().await;
    let response = stunt.create(&mut stage, &json!({ "name": "jump", "mishap": "break_result", "size": 3 })).await;
    assert_eq!(told(&response.diagnostics), ["size: Bug in the provider: inconsistent result of rehearsal_stunt"]);
    let expected =
        json!({ "name": "jump", "mishap": "break_result", "size": -1, "payload": "xxx", "progress": "done" });
    assert_eq!(stunt.decoded(response.new_state.as_ref()), stunt.object(&expected));
}

#[tokio::test]
async fn panic_in_a_read_is_an_error() {
    let (mut stage, stunt) = stage().await;
    let state = stunt.object(&stored("panic_in_read", "done"));
    let response = stage.rpcs.read_resource(stunt.to_read(&state)).await.expect("an answer").into_inner();
    assert_eq!(told(&response.diagnostics), [ABNORMAL]);
    assert!(stage.plugin.is_running());
}

#[tokio::test]
async fn stop_ends_waiting_calls_and_keeps_serving() {
    let (mut stage, stunt) = stage().await;
    let creating = {
        let (mut rpcs, stunt) = (stage.rpcs.clone(), stunt.clone());
        let config = stunt.object(&with("wait_halfway"));
        let planned =
            stunt.object(&json!({ "name": "jump", "mishap": "wait_halfway", "payload": "?", "progress": "?" }));
        tokio::spawn(async move { rpcs.apply_resource_change(stunt.to_apply(&Value::Null, &config, &planned)).await })
    };
    stage.journal.says("waiting").await;
    assert!(!creating.is_finished());
    stage.stop().await;
    let response = within("the end of the call", creating).await.expect("no panic").expect("an answer").into_inner();
    assert_eq!(told(&response.diagnostics), [": The stunt was interrupted"]);
    assert_eq!(stunt.decoded(response.new_state.as_ref()), stunt.object(&stored("wait_halfway", "half")));
    // Calls that come later, such as the closing of what is open, run normally.
    assert_eq!(told(&stunt.create(&mut stage, &json!({ "name": "walk" })).await.diagnostics), Vec::<String>::new());
}

#[tokio::test]
async fn object_of_ten_megabytes_passes() {
    let (mut stage, stunt) = stage().await;
    let size = 10 << 20;
    let created = stunt.create(&mut stage, &json!({ "name": "jump", "size": size })).await;
    assert_eq!(told(&created.diagnostics), Vec::<String>::new());
    let state = stunt.decoded(created.new_state.as_ref());
    assert_eq!(state.member("payload").and_then(Value::as_str).map(str::len), Some(size));
    let read = stage.rpcs.read_resource(stunt.to_read(&state)).await.expect("an answer").into_inner();
    assert!(read.new_state == created.new_state);
    let raw = wire::codec::encode_json(&state, &stunt.ty).expect("a known value");
    let request = proto::upgrade_resource_state::Request {
        type_name: stunt.name.clone(),
        version: 0,
        raw_state: Some(proto::RawState { json: raw.to_string().into_bytes(), flatmap: Default::default() }),
    };
    let upgraded = stage.rpcs.upgrade_resource_state(request).await.expect("an answer").into_inner();
    assert!(upgraded.upgraded_state == created.new_state);
}
