//! Data sources, functions, ephemeral resources, lists and actions.

use framework::types::Type;
use framework::value::Value;
use rstest::rstest;
use serde_json::{Value as Json, json};
use wire::proto::tfplugin6 as proto;
use wire::proto::tfplugin6::invoke_action::event::Type as Event;

use crate::plugin_host::within;
use crate::stage::{Stage, Thing, told};
use crate::values::{decoded, encoded, value};

#[rstest]
#[case::found("ann", &[], Some(json!({ "name": "ann", "id": "actor-ann", "role": "Hamlet" })))]
#[case::with_a_warning("bob", &[": Idle actor"], Some(json!({ "name": "bob", "id": "actor-bob" })))]
#[case::missing("eve", &[": No such actor"], None)]
#[tokio::test]
async fn data_source(#[case] name: &str, #[case] messages: &[&str], #[case] expected: Option<Json>) {
    let mut stage = Stage::open().await;
    stage.put("actor.ann.json", &json!({ "name": "ann", "id": "actor-ann", "role": "Hamlet" }));
    stage.put("actor.bob.json", &json!({ "name": "bob", "id": "actor-bob" }));
    let lookup = Thing::of("rehearsal_actor", stage.schemas.data_source_schemas.get("rehearsal_actor"));
    let config = lookup.config(&json!({ "name": name }));
    let request = proto::read_data_source::Request { type_name: lookup.name.clone(), config, ..Default::default() };
    let response = stage.rpcs.read_data_source(request).await.expect("an answer").into_inner();
    assert_eq!(told(&response.diagnostics), messages);
    if let Some(expected) = expected {
        assert_eq!(lookup.decoded(response.state.as_ref()), lookup.object(&expected));
    }
}

async fn called(name: &str, arguments: Vec<proto::DynamicValue>) -> Result<Value, (Option<i64>, String)> {
    // Terraform calls functions of a provider that it never configures.
    let mut stage = Stage::unconfigured().await;
    let request = proto::call_function::Request { name: name.to_owned(), arguments };
    let response = stage.rpcs.call_function(request).await.expect("an answer").into_inner();
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
#[case::too_few(&[], Err((None, "expected 1 arguments, got 0")))]
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

fn pass(stage: &Stage) -> Thing {
    Thing::of("rehearsal_pass", stage.schemas.ephemeral_resource_schemas.get("rehearsal_pass"))
}

async fn open(stage: &mut Stage, config: Json) -> proto::open_ephemeral_resource::Response {
    let pass = pass(stage);
    let request = proto::open_ephemeral_resource::Request {
        type_name: pass.name.clone(),
        config: pass.config(&config),
        client_capabilities: Some(proto::ClientCapabilities::default()),
    };
    stage.rpcs.open_ephemeral_resource(request).await.expect("an answer").into_inner()
}

#[tokio::test]
async fn ephemeral_resource_is_opened_renewed_and_closed() {
    let mut stage = Stage::open().await;
    let opened = open(&mut stage, json!({ "name": "ann", "lifetime": 60_000, "renewals": 1 })).await;
    assert_eq!(told(&opened.diagnostics), Vec::<String>::new());
    let expected = json!({ "name": "ann", "lifetime": 60_000, "renewals": 1, "token": "token of ann" });
    let pass = pass(&stage);
    assert_eq!(pass.decoded(opened.result.as_ref()), pass.object(&expected));
    assert!(opened.renew_at.is_some());

    let type_name = pass.name.clone();
    let renewed = |private| proto::renew_ephemeral_resource::Request { type_name: type_name.clone(), private };
    let first = stage.rpcs.renew_ephemeral_resource(renewed(opened.private)).await.expect("an answer").into_inner();
    assert_eq!(told(&first.diagnostics), Vec::<String>::new());
    assert!(first.renew_at.is_some() && first.private.is_some());
    let second = stage.rpcs.renew_ephemeral_resource(renewed(first.private)).await.expect("an answer").into_inner();
    assert_eq!(told(&second.diagnostics), [": The pass cannot be renewed"]);
    assert!(second.private.is_some(), "what is left is still to be closed");

    let request = proto::close_ephemeral_resource::Request { type_name: pass.name.clone(), private: second.private };
    let closed = stage.rpcs.close_ephemeral_resource(request).await.expect("an answer").into_inner();
    assert_eq!(told(&closed.diagnostics), Vec::<String>::new());
    assert_eq!(stage.journal.lines(), ["open ann", "renew ann", "renew ann refused", "close ann"]);
}

#[tokio::test]
async fn ephemeral_resource_without_a_lifetime_is_never_renewed() {
    let mut stage = Stage::open().await;
    assert_eq!(open(&mut stage, json!({ "name": "ann" })).await.renew_at, None);
    let refused = open(&mut stage, json!({ "name": "stranger" })).await;
    assert_eq!((told(&refused.diagnostics), refused.result), (vec![": No pass for strangers".to_owned()], None));
}

async fn listed(
    stage: &mut Stage,
    config: Json,
    limit: i64,
    include_resource_object: bool,
) -> tonic::Streaming<proto::list_resource::Event> {
    let casting = Thing::of("rehearsal_actor", stage.schemas.list_resource_schemas.get("rehearsal_actor"));
    let (type_name, config) = (casting.name.clone(), casting.config(&config));
    let request = proto::list_resource::Request { type_name, config, include_resource_object, limit };
    stage.rpcs.list_resource(request).await.expect("an answer").into_inner()
}

fn cast(stage: &Stage, count: usize) {
    for index in 0..count {
        let name = format!("extra-{index:04}");
        stage.put(&format!("actor.{name}.json"), &json!({ "name": name, "id": format!("actor-{name}"), "age": 30 }));
    }
    stage.put("actor.ann.json", &json!({ "name": "ann", "id": "actor-ann", "age": 30 }));
}

#[rstest]
#[case::all(json!({}), 100, 6)]
#[case::by_prefix(json!({ "prefix": "extra-" }), 100, 5)]
#[case::to_the_limit(json!({ "prefix": "extra-" }), 3, 3)]
#[case::none(json!({}), 0, 0)]
#[tokio::test]
async fn list(#[case] config: Json, #[case] limit: i64, #[case] expected: usize) {
    let mut stage = Stage::open().await;
    cast(&stage, 5);
    let actor = stage.resource("rehearsal_actor");
    for objects in [false, true] {
        let mut events = listed(&mut stage, config.clone(), limit, objects).await;
        let mut count = 0;
        while let Some(event) = events.message().await.expect("an event") {
            let identity = event.identity.and_then(|identity| identity.identity_data);
            let ty = Type::object([("name", Type::String), ("stage", Type::String)]);
            let identity = decoded(identity.as_ref(), &ty);
            let name = identity.member("name").and_then(Value::as_str).expect("a name").to_owned();
            assert_eq!(event.display_name, format!("Actor {name}"));
            let object = event.resource_object.map(|object| actor.decoded(Some(&object)));
            let whole = json!({ "name": name, "id": format!("actor-{name}"), "age": 30 });
            assert_eq!(object, objects.then(|| actor.object(&whole)));
            assert_eq!(told(&event.diagnostic), Vec::<String>::new());
            count += 1;
        }
        assert_eq!(count, expected);
    }
}

#[tokio::test]
async fn list_that_nobody_reads_further_ends() {
    let mut stage = Stage::open().await;
    cast(&stage, 2000);
    let mut events = listed(&mut stage, json!({}), 2000, true).await;
    assert!(events.message().await.expect("an event").is_some());
    drop(events);
    // The provider serves on; a list of its own from the beginning shows it.
    let mut events = listed(&mut stage, json!({ "prefix": "ann" }), 10, false).await;
    assert!(within("an event", events.message()).await.expect("an event").is_some());
    assert!(within("the end", events.message()).await.expect("the end").is_none());
}

fn applause(stage: &Stage) -> Thing {
    let schema = stage.schemas.action_schemas.get("rehearsal_applause").and_then(|schema| schema.schema.as_ref());
    Thing::of("rehearsal_applause", schema)
}

async fn invoked(stage: &mut Stage, config: Json) -> tonic::Streaming<proto::invoke_action::Event> {
    let applause = applause(stage);
    let (action_type, config) = (applause.name.clone(), applause.config(&config));
    let request = proto::invoke_action::Request { action_type, config, client_capabilities: None };
    stage.rpcs.invoke_action(request).await.expect("an answer").into_inner()
}

#[rstest]
#[case::good(json!(null), &[])]
#[case::failure(json!("fail"), &[": The applause failed"])]
#[case::panic(json!("panic"), &[": Bug in the provider: an operation ended abnormally"])]
#[tokio::test]
async fn action(#[case] ending: Json, #[case] messages: &[&str]) {
    let mut stage = Stage::open().await;
    let mut events = invoked(&mut stage, json!({ "actor": "ann", "claps": 3, "ending": ending })).await;
    let mut progress = Vec::new();
    let completed = loop {
        match events.message().await.expect("an event").and_then(|event| event.r#type).expect("an event of some type") {
            Event::Progress(line) => progress.push(line.message),
            Event::Completed(completed) => break completed,
        }
    };
    assert_eq!(progress, ["clap 1 for ann", "clap 2 for ann", "clap 3 for ann"]);
    assert_eq!(told(&completed.diagnostics), messages);
    assert!(events.message().await.expect("the end").is_none(), "there is one end only");
}

#[tokio::test]
async fn action_is_planned_and_interrupted() {
    let mut stage = Stage::open().await;
    let applause = applause(&stage);
    for (actor, expected) in [("?", vec![]), ("nobody", vec![": Nobody to applaud".to_owned()])] {
        let (action_type, config) = (applause.name.clone(), applause.config(&json!({ "actor": actor })));
        let request = proto::plan_action::Request { action_type, config, client_capabilities: None };
        let response = stage.rpcs.plan_action(request).await.expect("an answer").into_inner();
        assert_eq!((told(&response.diagnostics), response.deferred), (expected, None));
    }
    let mut events = invoked(&mut stage, json!({ "actor": "ann", "ending": "wait" })).await;
    stage.journal.says("waiting").await;
    stage.stop().await;
    let mut last = None;
    while let Some(event) = within("the end", events.message()).await.expect("an event") {
        last = event.r#type;
    }
    let Some(Event::Completed(completed)) = last else { panic!("{last:?}") };
    assert_eq!(told(&completed.diagnostics), [": The applause was interrupted"]);
}
