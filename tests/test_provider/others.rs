//! Data sources, functions, ephemeral resources, lists and actions.

use framework::types::Type;
use framework::value::Value;
use rstest::rstest;
use serde_json::{Value as Json, json};
use wire::proto::tfplugin6 as proto;
use wire::proto::tfplugin6::invoke_action::event::Type as Event;

use crate::host::{Session, Thing, told};
use crate::plugin_host::within;
use crate::values::{decoded, encoded, value};

#[rstest]
#[case::found("ann", &[], Some(json!({ "name": "ann", "id": "basic-ann", "role": "Hamlet" })))]
#[case::with_a_warning("bob", &[": Idle basic"], Some(json!({ "name": "bob", "id": "basic-bob" })))]
#[case::missing("eve", &[": No such basic"], None)]
#[tokio::test]
async fn data_source(#[case] name: &str, #[case] messages: &[&str], #[case] expected: Option<Json>) {
    let mut session = Session::open().await;
    session.put("basic.ann.json", &json!({ "name": "ann", "id": "basic-ann", "role": "Hamlet" }));
    session.put("basic.bob.json", &json!({ "name": "bob", "id": "basic-bob" }));
    let lookup = Thing::of("test_basic", session.schemas.data_source_schemas.get("test_basic"));
    let config = lookup.config(&json!({ "name": name }));
    let request = proto::read_data_source::Request { type_name: lookup.name.clone(), config, ..Default::default() };
    let response = session.rpcs.read_data_source(request).await.expect("an answer").into_inner();
    assert_eq!(told(&response.diagnostics), messages);
    if let Some(expected) = expected {
        assert_eq!(lookup.decoded(response.state.as_ref()), lookup.object(&expected));
    }
}

async fn called(name: &str, arguments: Vec<proto::DynamicValue>) -> Result<Value, (Option<i64>, String)> {
    // Terraform calls functions of a provider that it never configures.
    let mut session = Session::unconfigured().await;
    let request = proto::call_function::Request { name: name.to_owned(), arguments };
    let response = session.rpcs.call_function(request).await.expect("an answer").into_inner();
    match response.error {
        Some(error) => Err((error.function_argument, error.text)),
        None => Ok(decoded(response.result.as_ref(), &Type::String)),
    }
}

fn text(json: Json) -> proto::DynamicValue {
    encoded(&value(&Type::String, &json), &Type::String).expect("a value")
}

#[rstest]
#[case::variadic(&[json!("-"), json!("a"), json!("b")], Ok(json!("a-b")))]
#[case::no_parts(&[json!("-")], Ok(json!("")))]
#[case::null(&[json!(null), json!("a"), json!("b")], Ok(json!("a,b")))]
#[case::unknown(&[json!("-"), json!("?")], Ok(json!("?")))]
#[case::error_at_an_argument(&[json!("-"), json!("a"), json!("")], Err((Some(2), "a part is empty")))]
#[case::too_few(&[], Err((None, "expected at least 1 argument, got 0")))]
#[tokio::test]
async fn joining(#[case] arguments: &[Json], #[case] expected: Result<Json, (Option<i64>, &str)>) {
    let arguments = arguments.iter().cloned().map(text).collect();
    let expected = expected.map(|json| value(&Type::String, &json)).map_err(|(index, text)| (index, text.to_owned()));
    assert_eq!(called("join", arguments).await, expected);
}

#[rstest]
#[case::null(Some(Value::Null), "null")]
#[case::null_as_opentofu_sends_it(None, "null")]
#[case::unknown(Some(Value::unknown()), "unknown")]
#[case::typed(Some(Value::Dynamic(Box::new((Type::list(Type::Bool), Value::List(vec![]))))), r#"["list","bool"]"#)]
#[case::typed_unknown(Some(Value::Dynamic(Box::new((Type::Number, Value::unknown())))), r#"unknown "number""#)]
#[case::typed_null(Some(Value::Dynamic(Box::new((Type::Number, Value::Null)))), r#"null "number""#)]
#[tokio::test]
async fn describing(#[case] argument: Option<Value>, #[case] expected: &str) {
    let argument = argument
        .map_or_else(proto::DynamicValue::default, |argument| encoded(&argument, &Type::Dynamic).expect("a value"));
    assert_eq!(called("describe", vec![argument]).await, Ok(expected.into()));
}

#[tokio::test]
async fn bug_in_a_function_is_an_error() {
    let (argument, text) = called("stumble", vec![]).await.expect_err("a panic");
    assert!(argument.is_none() && text.starts_with("the floor is wet"), "{text}");
}

fn token(session: &Session) -> Thing {
    Thing::of("test_token", session.schemas.ephemeral_resource_schemas.get("test_token"))
}

async fn open(session: &mut Session, config: Json) -> proto::open_ephemeral_resource::Response {
    let token = token(session);
    let request = proto::open_ephemeral_resource::Request {
        type_name: token.name.clone(),
        config: token.config(&config),
        client_capabilities: Some(proto::ClientCapabilities::default()),
    };
    session.rpcs.open_ephemeral_resource(request).await.expect("an answer").into_inner()
}

#[tokio::test]
async fn ephemeral_resource_is_opened_renewed_and_closed() {
    let mut session = Session::open().await;
    let opened = open(&mut session, json!({ "name": "ann", "lifetime": 60_000, "renewals": 1 })).await;
    assert_eq!(told(&opened.diagnostics), Vec::<String>::new());
    let expected = json!({ "name": "ann", "lifetime": 60_000, "renewals": 1, "token": "token of ann" });
    let token = token(&session);
    assert_eq!(token.decoded(opened.result.as_ref()), token.object(&expected));
    assert!(opened.renew_at.is_some());

    let type_name = token.name.clone();
    let renewed = |private| proto::renew_ephemeral_resource::Request { type_name: type_name.clone(), private };
    let first = session.rpcs.renew_ephemeral_resource(renewed(opened.private)).await.expect("an answer").into_inner();
    assert_eq!(told(&first.diagnostics), Vec::<String>::new());
    assert!(first.renew_at.is_some() && first.private.is_some());
    let second = session.rpcs.renew_ephemeral_resource(renewed(first.private)).await.expect("an answer").into_inner();
    assert_eq!(told(&second.diagnostics), [": The token cannot be renewed"]);
    assert!(second.private.is_some(), "what is left is still to be closed");

    let request = proto::close_ephemeral_resource::Request { type_name: token.name.clone(), private: second.private };
    let closed = session.rpcs.close_ephemeral_resource(request).await.expect("an answer").into_inner();
    assert_eq!(told(&closed.diagnostics), Vec::<String>::new());
    assert_eq!(session.journal.lines(), ["open ann", "renew ann", "renew ann refused", "close ann"]);
}

#[tokio::test]
async fn ephemeral_resource_without_a_lifetime_is_never_renewed() {
    let mut session = Session::open().await;
    assert_eq!(open(&mut session, json!({ "name": "ann" })).await.renew_at, None);
    let refused = open(&mut session, json!({ "name": "stranger" })).await;
    assert_eq!((told(&refused.diagnostics), refused.result), (vec![": No token for strangers".to_owned()], None));
}

async fn listed(
    session: &mut Session,
    config: Json,
    limit: i64,
    include_resource_object: bool,
) -> tonic::Streaming<proto::list_resource::Event> {
    let list = Thing::of("test_basic", session.schemas.list_resource_schemas.get("test_basic"));
    let (type_name, config) = (list.name.clone(), list.config(&config));
    let request = proto::list_resource::Request { type_name, config, include_resource_object, limit };
    session.rpcs.list_resource(request).await.expect("an answer").into_inner()
}

fn cast(session: &Session, count: usize) {
    for index in 0..count {
        let name = format!("extra-{index:04}");
        session.put(&format!("basic.{name}.json"), &json!({ "name": name, "id": format!("basic-{name}"), "age": 30 }));
    }
    session.put("basic.ann.json", &json!({ "name": "ann", "id": "basic-ann", "age": 30 }));
}

#[rstest]
#[case::all(json!({}), 100, 6)]
#[case::by_prefix(json!({ "prefix": "extra-" }), 100, 5)]
#[case::to_the_limit(json!({ "prefix": "extra-" }), 3, 3)]
#[case::none(json!({}), 0, 0)]
#[tokio::test]
async fn list(#[case] config: Json, #[case] limit: i64, #[case] expected: usize) {
    let mut session = Session::open().await;
    cast(&session, 5);
    let basic = session.resource("test_basic");
    for objects in [false, true] {
        let mut events = listed(&mut session, config.clone(), limit, objects).await;
        let mut count = 0;
        while let Some(event) = events.message().await.expect("an event") {
            let identity = event.identity.and_then(|identity| identity.identity_data);
            let ty = Type::object([("name", Type::String), ("session", Type::String)]);
            let identity = decoded(identity.as_ref(), &ty);
            let name = identity.member("name").and_then(Value::as_str).expect("a name").to_owned();
            assert_eq!(event.display_name, format!("Basic {name}"));
            let object = event.resource_object.map(|object| basic.decoded(Some(&object)));
            let whole = json!({ "name": name, "id": format!("basic-{name}"), "age": 30 });
            assert_eq!(object, objects.then(|| basic.object(&whole)));
            assert_eq!(told(&event.diagnostic), Vec::<String>::new());
            count += 1;
        }
        assert_eq!(count, expected);
    }
}

#[tokio::test]
async fn abandoned_list_stream_ends() {
    let mut session = Session::open().await;
    cast(&session, 2000);
    let mut events = listed(&mut session, json!({}), 2000, true).await;
    assert!(events.message().await.expect("an event").is_some());
    drop(events);
    // The provider serves on; a list of its own from the beginning shows it.
    let mut events = listed(&mut session, json!({ "prefix": "ann" }), 10, false).await;
    assert!(within("an event", events.message()).await.expect("an event").is_some());
    assert!(within("the end", events.message()).await.expect("the end").is_none());
}

fn notify(session: &Session) -> Thing {
    let schema = session.schemas.action_schemas.get("test_notify").and_then(|schema| schema.schema.as_ref());
    Thing::of("test_notify", schema)
}

async fn invoked(session: &mut Session, config: Json) -> tonic::Streaming<proto::invoke_action::Event> {
    let notify = notify(session);
    let (action_type, config) = (notify.name.clone(), notify.config(&config));
    let request = proto::invoke_action::Request { action_type, config, client_capabilities: None };
    session.rpcs.invoke_action(request).await.expect("an answer").into_inner()
}

#[rstest]
#[case::good(json!(null), &[])]
#[case::failure(json!("fail"), &[": The notify failed"])]
#[case::panic(json!("panic"), &[": Bug in the provider: an operation ended abnormally"])]
#[tokio::test]
async fn action(#[case] ending: Json, #[case] messages: &[&str]) {
    let mut session = Session::open().await;
    let mut events = invoked(&mut session, json!({ "basic": "ann", "times": 3, "ending": ending })).await;
    let mut progress = Vec::new();
    let completed = loop {
        match events.message().await.expect("an event").and_then(|event| event.r#type).expect("an event of some type") {
            Event::Progress(line) => progress.push(line.message),
            Event::Completed(completed) => break completed,
        }
    };
    assert_eq!(progress, ["notice 1 for ann", "notice 2 for ann", "notice 3 for ann"]);
    assert_eq!(told(&completed.diagnostics), messages);
    assert!(events.message().await.expect("the end").is_none(), "there is one end only");
}

#[tokio::test]
async fn action_is_planned_and_interrupted() {
    let mut session = Session::open().await;
    let notify = notify(&session);
    for (basic, expected) in [("?", vec![]), ("nobody", vec![": Nobody to applaud".to_owned()])] {
        let (action_type, config) = (notify.name.clone(), notify.config(&json!({ "basic": basic })));
        let request = proto::plan_action::Request { action_type, config, client_capabilities: None };
        let response = session.rpcs.plan_action(request).await.expect("an answer").into_inner();
        assert_eq!((told(&response.diagnostics), response.deferred), (expected, None));
    }
    let mut events = invoked(&mut session, json!({ "basic": "ann", "ending": "wait" })).await;
    session.journal.says("waiting").await;
    session.stop().await;
    let mut last = None;
    while let Some(event) = within("the end", events.message()).await.expect("an event") {
        last = event.r#type;
    }
    let Some(Event::Completed(completed)) = last else { panic!("{last:?}") };
    assert_eq!(told(&completed.diagnostics), [": The notify was interrupted"]);
}
