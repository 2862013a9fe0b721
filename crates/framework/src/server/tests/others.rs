//! Validation, configuration, data sources, ephemeral resources, lists, actions, functions, and generated
//! configuration.

use rstest::rstest;
use tokio::sync::Notify;

use super::models::Lookup;
use super::workshop::BenchResource;
use super::*;
use crate::ephemeral::Lease;
use crate::function::FunctionError;
use crate::list::{Listed, ListedValue};
use crate::model::Attr;

#[rstest]
#[case::good(json!({ "name": "a", "mode": "fancy", "vise": { "jaw": "wood" }, "shelf": [{ "width": 5 }] }), &[])]
#[case::unknown_anywhere(json!({ "name": "?", "mode": "?", "height": "?", "vise": "?", "hook": "?", "shelf": "?" }), &[])]
#[case::unknown_inside(json!({ "name": "a", "vise": { "jaw": "?" }, "hook": [{ "key": "?" }], "tags": { "a": "?" } }), &[])]
#[case::attribute(json!({ "name": "muchtoolong" }), &["name: Invalid value for name"])]
#[case::nested_attribute(json!({ "name": "a", "vise": { "jaw": "gold" } }), &["vise.jaw: Invalid value for vise.jaw"])]
#[case::nested_block(
    json!({ "name": "a", "shelf": [{ "width": 5 }, { "width": 0 }, { "width": 999 }] }),
    &["shelf[1].width: Invalid value for shelf[1].width", "shelf[2].width: Invalid value for shelf[2].width"],
)]
#[case::timeouts(json!({ "name": "a", "timeouts": { "create": "1 day" } }), &["timeouts.create: Invalid value for timeouts.create"])]
#[case::fraction(json!({ "name": "a", "height": 1.5 }), &["height: Invalid value for height"])]
#[case::fraction_out_of_range(json!({ "name": "a", "shelf": [{ "width": 1.5 }] }), &["shelf[0].width: Invalid value for shelf[0].width"])]
#[case::own_check(json!({ "name": "a", "mode": "plain", "height": 1 }), &[": Heights are for fancy benches"])]
#[case::panic(json!({ "name": "muchtoolong", "note": "panic" }), &["name: Invalid value for name", ": Bug in the provider: an operation ended abnormally"])]
#[test]
fn resource_configuration(#[case] config: Json, #[case] expected: &[&str]) {
    let diagnostics = unconfigured(Script::default()).validate_resource_config("workshop_bench", &bench(config), true);
    assert_eq!(told(&diagnostics), expected);
}

#[test]
fn sensitive_value_is_not_repeated() {
    let config = bench(json!({ "name": "a", "code": "geheim" }));
    let diagnostics = unconfigured(Script::default()).validate_resource_config("workshop_bench", &config, true);
    assert_eq!(told(&diagnostics), ["code: Invalid value for code"]);
    assert!(!details(&diagnostics).contains("geheim"));
}

#[rstest]
#[case::used(json!({ "name": "a", "secret": "s", "vise": { "jaw": "wood", "pin": "p" } }), false, &["secret", "vise.pin"])]
#[case::unknown(json!({ "name": "a", "secret": "?" }), false, &["secret"])]
#[case::not_used(json!({ "name": "a", "vise": { "jaw": "wood" } }), false, &[])]
#[case::new_client(json!({ "name": "a", "secret": "s" }), true, &[])]
#[test]
fn write_only_values_need_a_client_that_knows_them(
    #[case] config: Json,
    #[case] allowed: bool,
    #[case] expected: &[&str],
) {
    let diagnostics =
        unconfigured(Script::default()).validate_resource_config("workshop_bench", &bench(config), allowed);
    let expected: Vec<_> =
        expected.iter().map(|path| format!("{path}: {path} requires Terraform 1.11 or later")).collect();
    assert_eq!(told(&diagnostics), expected);
}

fn settings(site: &str) -> Value {
    object(&Settings::block(), &json!({ "site": site }))
}

#[test]
fn every_other_configuration_is_checked_against_its_schema() {
    let server = unconfigured(Script::default());
    let wrong = settings("much too long");
    let expected = ["site: Invalid value for site"];
    assert_eq!(told(&server.validate_provider_config(&wrong)), expected);
    assert_eq!(told(&server.validate_list_resource_config("workshop_bench", &wrong)), expected);
    assert_eq!(told(&server.validate_action_config("workshop_sweep", &wrong)), expected);
    let lookup = lookup("a");
    assert!(server.validate_data_resource_config("workshop_bench", &lookup).is_empty());
    assert!(server.validate_ephemeral_resource_config("workshop_key", &lookup).is_empty());
    for missing in [
        server.validate_resource_config("workshop_x", &wrong, true),
        server.validate_data_resource_config("workshop_x", &wrong),
        server.validate_ephemeral_resource_config("workshop_x", &wrong),
        server.validate_list_resource_config("workshop_x", &wrong),
        server.validate_action_config("workshop_x", &wrong),
    ] {
        assert!(details(&missing).contains("workshop_x"), "{missing:?}");
    }
}

#[rstest]
#[case::known("here", &[], true)]
#[case::unknown("?", &[], false)]
#[case::warning("windy", &[": It is windy"], true)]
#[case::error("closed", &[": The workshop is closed"], false)]
#[case::panic("burning", &[": Bug in the provider: an operation ended abnormally"], false)]
#[tokio::test]
async fn configuration(#[case] site: &str, #[case] expected: &[&str], #[case] usable: bool) {
    let server = unconfigured(Script::default());
    assert_eq!(told(&server.configure_provider(&settings(site), "1.15.9").await), expected);
    assert_eq!(server.read_data_source("workshop_bench", &lookup("a"), false).await.state.is_some(), usable);
    // A process in debug mode is configured several times.
    assert_eq!(told(&server.configure_provider(&settings("here"), "1.15.9").await), Vec::<String>::new());
    assert!(server.read_data_source("workshop_bench", &lookup("a"), false).await.state.is_some());
}

fn lookup(name: &str) -> Value {
    object(&Lookup::block(), &json!({ "name": name }))
}

type Looking = fn(Lookup) -> Result<Lookup, Diagnostics>;

/// Determines the types of the closures in the cases.
fn looking(looking: Looking) -> Looking {
    looking
}

const BREACH: &str = "Bug in the provider: inconsistent";

#[rstest]
#[case::found(looking(|lookup| Ok(Lookup { found: "yes".into(), ..lookup })), None)]
#[case::configured_value_changed(looking(|_| Ok(Lookup { name: "b".into(), found: "yes".into() })), Some("name"))]
#[case::value_left_unknown(looking(|lookup| Ok(Lookup { found: Attr::Unknown, ..lookup })), Some("found"))]
#[tokio::test]
async fn lookup_result_must_match_configuration(#[case] lookup_by: Looking, #[case] breach: Option<&str>) {
    let script = Script { lookup: lookup_by, ..Script::default() };
    let closed = script.closed.clone();
    let server = ready(script).await;
    let found = object(&Lookup::block(), &json!({ "name": "a", "found": "yes" }));

    let read = server.read_data_source("workshop_bench", &lookup("a"), false).await;
    let mut expected = vec![": Looked".to_owned()];
    expected.extend(breach.map(|path| format!("{path}: {BREACH} read")));
    assert_eq!(told(&read.diagnostics), expected);
    assert!(breach.is_some() || read.state.as_ref() == Some(&found));

    let opened = server.open_ephemeral_resource("workshop_key", &lookup("a"), false).await;
    let expected: Vec<_> = breach.map(|path| format!("{path}: {BREACH} result")).into_iter().collect();
    assert_eq!(told(&opened.diagnostics), expected);
    assert_eq!(opened.result, breach.is_none().then_some(found));
    if breach.is_some() {
        // Terraform core never closes a resource if it rejects the result of opening it.
        closed.notified().await;
    }
}

#[tokio::test]
async fn unconfigured_provider_looks_nothing_up() {
    let server = unconfigured(Script::default());
    let config = lookup("a");
    for (allowed, deferred) in [(false, None), (true, Some(Deferral::ProviderConfigUnknown))] {
        let read = server.read_data_source("workshop_bench", &config, allowed).await;
        assert_eq!((read.state, read.deferred, read.diagnostics.has_error()), (None, deferred, !allowed));
        let opened = server.open_ephemeral_resource("workshop_key", &config, allowed).await;
        assert_eq!((opened.result, opened.deferred, opened.diagnostics.has_error()), (None, deferred, !allowed));
    }
}

#[tokio::test]
async fn lease_goes_from_opening_over_renewal_to_closing() {
    let script = Script::default();
    let closed = script.closed.clone();
    let server = ready(script).await;
    let opened = server.open_ephemeral_resource("workshop_key", &lookup("a"), false).await;
    let key = |lease: &Lease| lease.private.get::<String>("key");
    let mut lease = opened.lease.clone();
    for expected in ["k-1+", "k-1++"] {
        assert!(server.renew_ephemeral_resource("workshop_key", &mut lease).await.is_empty());
        assert_eq!(key(&lease).as_deref(), Some(expected));
    }
    // A resource whose renewal failed must still be closed.
    assert_eq!(told(&server.renew_ephemeral_resource("workshop_key", &mut lease).await), [": Worn out"]);
    for lease in [&lease, &opened.lease] {
        assert!(server.close_ephemeral_resource("workshop_key", lease).await.is_empty());
        closed.notified().await;
    }
    let foreign = server.close_ephemeral_resource("workshop_key", &Lease::default()).await;
    assert_eq!(told(&foreign), [": Bug in the provider: an operation ended abnormally"]);
}

fn list(site: &str, limit: u64, include_object: bool) -> ListRequest {
    ListRequest { type_name: "workshop_bench".to_owned(), config: settings(site), include_object, limit }
}

async fn listed(script: Script, request: ListRequest) -> Vec<ListEvent> {
    let mut receiver = ready(script).await.list_resource(request);
    let mut events = Vec::new();
    while let Some(event) = receiver.recv().await {
        events.push(event);
    }
    events
}

fn found(index: i64, with_object: bool) -> ListEvent {
    let name = format!("bench-{index}");
    let object = with_object.then(|| bench(json!({ "name": name })));
    ListEvent::Found(ListedValue { identity: identity(&name), display_name: format!("Bench {index}"), object })
}

#[rstest]
#[case::to_the_limit("here", 3, false, 3)]
#[case::with_objects("here", 2, true, 2)]
#[case::nothing_wanted("here", 0, true, 0)]
#[tokio::test]
async fn lists(#[case] site: &str, #[case] limit: u64, #[case] objects: bool, #[case] expected: i64) {
    let events = listed(Script::default(), list(site, limit, objects)).await;
    assert_eq!(events, (0..expected).map(|index| found(index, objects)).collect::<Vec<_>>());
}

#[tokio::test]
async fn error_of_a_list_comes_after_what_was_found() {
    let events = listed(Script::default(), list("small", 10, false)).await;
    assert_eq!(events[..2], [found(0, false), found(1, false)]);
    assert!(matches!(&events[2..], [ListEvent::Diagnostics(errors)] if told(errors) == [": The site is small"]));
}

type Listing = fn(i64) -> Listed<BenchResource>;

/// Determines the types of the closures in the cases.
fn listing(listing: Listing) -> Listing {
    listing
}

#[rstest]
#[case::no_object(listing(|index| Listed { object: None, ..(Script::default().listed)(index) }))]
#[case::no_name(listing(|index| Listed { display_name: String::new(), ..(Script::default().listed)(index) }))]
#[case::no_identity(listing(|index| Listed { identity: BenchId { name: Attr::Unknown, site: Attr::Null }, ..(Script::default().listed)(index) }))]
#[tokio::test]
async fn unusable_listed_object_ends_the_list(#[case] listed_as: Listing) {
    let events = listed(Script { listed: listed_as, ..Script::default() }, list("here", 5, true)).await;
    let expected = format!(": {BREACH} list result");
    assert!(
        matches!(&events[..], [ListEvent::Diagnostics(errors)] if told(errors) == [expected.as_str()]),
        "{events:?}"
    );
}

#[tokio::test]
async fn list_stops_when_receiver_is_dropped() {
    let waiting = Arc::new(Notify::new());
    let script = Script { waiting: Some(waiting.clone()), ..Script::default() };
    let closed = script.closed.clone();
    let receiver = ready(script).await.list_resource(list("forever", 5, false));
    waiting.notified().await;
    drop(receiver);
    closed.notified().await;
}

#[rstest]
#[case::success("here", &["begun", "done"], &[])]
#[case::panic("burning", &["begun"], &[": Bug in the provider: an operation ended abnormally"])]
#[case::progress_kept("forgetful", &["begun", "done"], &[])]
#[tokio::test]
async fn actions(#[case] site: &str, #[case] progress: &[&str], #[case] expected: &[&str]) {
    let mut receiver = ready(Script::default()).await.invoke_action("workshop_sweep".to_owned(), settings(site));
    for line in progress {
        assert_eq!(receiver.recv().await, Some(ActionEvent::Progress((*line).to_owned())));
    }
    let Some(ActionEvent::Completed(diagnostics)) = receiver.recv().await else { panic!("not completed") };
    assert_eq!(told(&diagnostics), expected);
    assert_eq!(receiver.recv().await, None);
}

#[tokio::test]
async fn action_is_cancelled_by_stop() {
    let server = ready(Script::default()).await;
    let mut receiver = server.invoke_action("workshop_sweep".to_owned(), settings("forever"));
    assert_eq!(receiver.recv().await, Some(ActionEvent::Progress("begun".to_owned())));
    server.stop();
    assert!(
        matches!(receiver.recv().await, Some(ActionEvent::Completed(errors)) if told(&errors) == [": Interrupted"])
    );
}

#[tokio::test]
async fn action_plan_and_unknown_action() {
    let server = ready(Script::default()).await;
    assert!(server.plan_action("workshop_sweep", &settings("?")).await.is_empty());
    assert_eq!(told(&server.plan_action("workshop_sweep", &settings("closed")).await), [": Closed"]);
    let mut receiver = server.invoke_action("workshop_x".to_owned(), settings("here"));
    assert!(matches!(receiver.recv().await, Some(ActionEvent::Completed(errors)) if errors.has_error()));
    assert_eq!(receiver.recv().await, None);
}

#[rstest]
#[case::fixed(json!(["abc", "cm"]), Ok(json!(5)))]
#[case::variadic(json!(["abc", "cm", "x", "y"]), Ok(json!(7)))]
#[case::null_where_allowed(json!(["abc", null]), Ok(json!(5)))]
#[case::null_elsewhere(json!([null, "cm"]), Err((Some(0), "text must not be null")))]
#[case::null_among_the_rest(json!(["abc", "cm", "x", null]), Err((Some(3), "more must not be null")))]
#[case::unknown_where_allowed(json!(["abc", "?"]), Ok(json!("?")))]
#[case::unknown_elsewhere(json!(["?", "cm"]), Ok(json!("?")))]
#[case::missing(json!(["abc"]), Err((None, "the argument for unit is missing")))]
#[case::own_error(json!(["", "cm"]), Err((Some(0), "there is nothing to measure")))]
#[case::panic(json!(["panic", "cm"]), Err((None, "cannot measure this. This is a bug in the provider, not in the \
                                                  configuration. Report it, and include the log of a run with \
                                                  TF_LOG=trace.")))]
#[case::result_of_another_type(json!(["wrong", "cm"]), Err((None, "the result does not match the return type: expected a number, got a string. This is a bug in the provider function measure.")))]
#[case::unknown_from_known(json!(["vague", "cm"]), Err((None, "the result contains unknown values although all arguments are known. This is a bug in the provider function measure.")))]
#[test]
fn functions(#[case] arguments: Json, #[case] expected: Result<Json, (Option<i64>, &str)>) {
    let arguments: Vec<_> =
        arguments.as_array().expect("arguments").iter().map(|json| value(&Type::String, json)).collect();
    let expected = expected
        .map(|json| value(&Type::Number, &json))
        .map_err(|(argument, message)| FunctionError { message: message.to_owned(), argument });
    assert_eq!(unconfigured(Script::default()).call_function("measure", &arguments), expected);
}

#[test]
fn unknown_function_is_named() {
    let error = unconfigured(Script::default()).call_function("weigh", &[]).expect_err("no such function");
    assert_eq!(error, FunctionError::new("the provider has no function weigh"));
}

#[rstest]
#[case::computed_deprecated_and_default_values_go(
    json!({ "name": "a", "id": "b-1", "status": "built", "mode": "plain", "old": "x", "note": "", "code": "1",
            "lamps": { "x": { "lumen": 5 } }, "tags": { "a": "b" }, "tags_all": { "a": "b" },
            "vise": { "jaw": "wood", "grip": "loose" }, "timeouts": { "create": "5m" },
            "hook": [{ "key": "k", "side": "left", "serial": "s-1" }], "shelf": [{ "width": 10, "load": 5 }] }),
    json!({ "name": "a", "code": "1", "tags": { "a": "b" }, "vise": { "jaw": "wood", "grip": "loose" },
            "timeouts": { "create": "5m" }, "hook": [{ "key": "k" }], "shelf": [{ "width": 10, "load": 5 }] }),
)]
#[case::bare(json!({ "name": "a" }), json!({ "name": "a" }))]
#[tokio::test]
async fn generated_configuration(#[case] state: Json, #[case] expected: Json) {
    let server = ready(Script::default()).await;
    let config = server.generate_resource_config("workshop_bench", &bench(state)).expect("a configuration");
    assert_eq!(config, bench(expected));
    assert!(server.validate_resource_config("workshop_bench", &config, true).is_empty());
}

#[test]
fn generated_configuration_survives_a_panic() {
    let server = unconfigured(Script::default());
    let error =
        server.generate_resource_config("workshop_bench", &bench(json!({ "note": "panic" }))).expect_err("a panic");
    assert_eq!(told(&error), [": Bug in the provider: an operation ended abnormally"]);
}
