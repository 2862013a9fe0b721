//! Import, identity, states of older versions, taken-over states, generated configuration.

use framework::types::Type;
use framework::value::Value;
use serde_json::{Value as Json, json};
use wire::proto::tfplugin6 as proto;

use crate::host::{Session, told};
use crate::values::{decoded, encoded};

fn identity_type() -> Type {
    Type::object([("name", Type::String), ("session", Type::String)])
}

fn identity(name: &str, session: Option<&str>) -> proto::ResourceIdentityData {
    let value = Value::object([("name", name.into()), ("session", session.map_or(Value::Null, Value::from))]);
    proto::ResourceIdentityData { identity_data: encoded(&value, &identity_type()) }
}

#[tokio::test]
async fn identity_schema_marks_attributes_required_for_import() {
    let mut session = Session::unconfigured().await;
    let request = proto::get_resource_identity_schemas::Request {};
    let response = session.rpcs.get_resource_identity_schemas(request).await.expect("an answer").into_inner();
    assert_eq!(response.identity_schemas.keys().collect::<Vec<_>>(), ["test_basic"]);
    let schema = &response.identity_schemas["test_basic"];
    let attributes: Vec<_> = schema
        .identity_attributes
        .iter()
        .map(|each| (each.name.as_str(), each.r#type.as_slice(), each.required_for_import, each.optional_for_import))
        .collect();
    let text = br#""string""#.as_slice();
    assert_eq!(attributes, [("name", text, true, false), ("session", text, false, true)]);
}

#[tokio::test]
async fn identity_goes_through_the_whole_life() {
    let mut session = Session::open().await;
    let basic = session.resource("test_basic");
    let created = basic.create(&mut session, &json!({ "name": "ann", "role": "Hamlet" })).await;
    assert_eq!(created.new_identity, Some(identity("ann", Some("wooden"))));
    let state = basic.object(&json!({ "name": "ann", "id": "basic-ann", "role": "Hamlet", "age": 30 }));
    assert_eq!(created.new_state, basic.encoded(&state));

    // A state from before there were identities gets one when it is read.
    let read = session.rpcs.read_resource(basic.to_read(&state)).await.expect("an answer").into_inner();
    assert_eq!(read.new_identity, Some(identity("ann", Some("wooden"))));

    let config = basic.object(&json!({ "name": "ann", "role": "Ophelia" }));
    let proposed = basic.object(&json!({ "name": "ann", "id": "basic-ann", "role": "Ophelia", "age": 30 }));
    let request = proto::plan_resource_change::Request {
        prior_identity: read.new_identity.clone(),
        ..basic.to_plan(&state, &config, &proposed)
    };
    let plan = session.rpcs.plan_resource_change(request).await.expect("an answer").into_inner();
    assert_eq!(plan.planned_identity, read.new_identity);

    let request = basic.to_apply(&state, &config, &proposed);
    let request = proto::apply_resource_change::Request { planned_identity: plan.planned_identity, ..request };
    let updated = session.rpcs.apply_resource_change(request).await.expect("an answer").into_inner();
    assert_eq!((told(&updated.diagnostics), updated.new_identity), (vec![], read.new_identity));
}

#[tokio::test]
async fn replacement_has_another_identity() {
    let mut session = Session::open().await;
    let basic = session.resource("test_basic");
    let state = basic.object(&json!({ "name": "ann", "id": "basic-ann", "age": 30 }));
    let config = basic.object(&json!({ "name": "bob" }));
    let proposed = basic.object(&json!({ "name": "bob", "id": "basic-ann", "age": 30 }));
    let stored = Some(identity("ann", Some("wooden")));
    let first = proto::plan_resource_change::Request {
        prior_identity: stored.clone(),
        ..basic.to_plan(&state, &config, &proposed)
    };
    let first = session.rpcs.plan_resource_change(first).await.expect("an answer").into_inner();
    assert_eq!(first.requires_replace.len(), 1);
    assert_eq!(first.planned_identity, None);
    // Terraform asks again with the first answer as the prior identity, OpenTofu without any.
    for prior_identity in [first.planned_identity, stored] {
        let second =
            proto::plan_resource_change::Request { prior_identity, ..basic.to_plan(&Value::Null, &config, &config) };
        let second = session.rpcs.plan_resource_change(second).await.expect("an answer").into_inner();
        assert_eq!(second.planned_identity, Some(identity("bob", Some("wooden"))));
    }
}

#[tokio::test]
async fn import_by_id_and_by_identity() {
    let mut session = Session::open().await;
    session
        .put("basic.ann.json", &json!({ "name": "ann", "id": "basic-ann", "role": "Hamlet", "age": 44, "part": null }));
    let basic = session.resource("test_basic");
    let request = |id: &str, identity: Option<proto::ResourceIdentityData>| proto::import_resource_state::Request {
        type_name: "test_basic".to_owned(),
        id: id.to_owned(),
        identity,
        ..Default::default()
    };
    for request in [request("ann", None), request("basic-ann", None), request("", Some(identity("ann", None)))] {
        let response = session.rpcs.import_resource_state(request).await.expect("an answer").into_inner();
        assert_eq!(told(&response.diagnostics), Vec::<String>::new());
        let [imported] = response.imported_resources.as_slice() else { panic!("{response:?}") };
        assert_eq!(imported.type_name, "test_basic");
        assert_eq!(imported.identity, Some(identity("ann", Some("wooden"))));
        let state = basic.decoded(imported.state.as_ref());
        assert_eq!(state, basic.object(&json!({ "name": "ann" })));
        let read = session.rpcs.read_resource(basic.to_read(&state)).await.expect("an answer").into_inner();
        let expected = json!({ "name": "ann", "id": "basic-ann", "role": "Hamlet", "age": 44 });
        assert_eq!(basic.decoded(read.new_state.as_ref()), basic.object(&expected));
    }
    // Nothing is there: the read that follows says so.
    let imported = session.rpcs.import_resource_state(request("bob", None)).await.expect("an answer").into_inner();
    let state = basic.decoded(imported.imported_resources[0].state.as_ref());
    let read = session.rpcs.read_resource(basic.to_read(&state)).await.expect("an answer").into_inner();
    assert_eq!(basic.decoded(read.new_state.as_ref()), Value::Null);
    assert_eq!(read.new_identity, None);
}

async fn upgraded(version: i64, state: &Json) -> Result<Json, Vec<String>> {
    let mut session = Session::unconfigured().await;
    let basic = session.resource("test_basic");
    let request = proto::upgrade_resource_state::Request {
        type_name: "test_basic".to_owned(),
        version,
        raw_state: Some(proto::RawState { json: state.to_string().into_bytes(), flatmap: Default::default() }),
    };
    let response = session.rpcs.upgrade_resource_state(request).await.expect("an answer").into_inner();
    if !response.diagnostics.is_empty() {
        return Err(told(&response.diagnostics));
    }
    let value = basic.decoded(response.upgraded_state.as_ref());
    Ok(wire::codec::encode_json(&value, &basic.ty).expect("a known value"))
}

#[tokio::test]
async fn states_of_every_version_become_current() {
    let current = json!({ "name": "ann", "id": "basic-ann", "role": "Hamlet", "age": 44, "part": null });
    let old = json!({ "name": "ann", "id": "basic-ann", "title": "Hamlet", "age": "44" });
    assert_eq!(upgraded(0, &old).await, Ok(current.clone()));
    // At the current version attributes may be missing, have been dropped since, or be written loosely.
    let loose = json!({ "name": "ann", "id": "basic-ann", "role": "Hamlet", "age": "44", "shoes": 43 });
    assert_eq!(upgraded(1, &loose).await, Ok(current));
    assert_eq!(upgraded(7, &old).await, Err(vec![": Unknown version of a basic object".to_owned()]));
}

async fn moved(address: &str, ty: &str, state: Json) -> Result<Value, Vec<String>> {
    let mut session = Session::unconfigured().await;
    let basic = session.resource("test_basic");
    let request = proto::move_resource_state::Request {
        source_provider_address: address.to_owned(),
        source_type_name: ty.to_owned(),
        source_state: Some(proto::RawState { json: state.to_string().into_bytes(), flatmap: Default::default() }),
        source_private: b"somebody else's".to_vec(),
        target_type_name: "test_basic".to_owned(),
        ..Default::default()
    };
    let response = session.rpcs.move_resource_state(request).await.expect("an answer").into_inner();
    let private = String::from_utf8_lossy(&response.target_private);
    assert!(!private.contains("somebody else's"), "private data of another provider means nothing here");
    let errors = told(&response.diagnostics);
    if errors.is_empty() { Ok(basic.decoded(response.target_state.as_ref())) } else { Err(errors) }
}

#[tokio::test]
async fn states_of_other_types_are_moved() {
    let extra = json!({ "nickname": "ann", "id": "extra-ann" });
    for host in ["registry.terraform.io", "registry.opentofu.org", "mirror.example.com:8443"] {
        let basic = moved(&format!("{host}/ekscompute/test"), "test_legacy", extra.clone()).await.expect("moved");
        assert_eq!((basic.member("name"), basic.member("id")), (Some(&"ann".into()), Some(&"extra-ann".into())));
    }
    let refused = moved("registry.terraform.io/somebody/test", "test_legacy", extra).await;
    assert_eq!(refused, Err(vec![": Unable to move state from test_legacy".to_owned()]));
}

#[tokio::test]
async fn generated_configuration_is_what_a_user_would_write() {
    let mut session = Session::open().await;
    let basic = session.resource("test_basic");
    for (state, expected) in [
        (json!({ "name": "ann", "id": "basic-ann", "role": "", "age": 30, "part": "old" }), json!({ "name": "ann" })),
        (
            json!({ "name": "ann", "id": "basic-ann", "role": "Hamlet", "age": 44 }),
            json!({ "name": "ann", "role": "Hamlet", "age": 44 }),
        ),
    ] {
        let type_name = "test_basic".to_owned();
        let request = proto::generate_resource_config::Request { type_name, state: basic.config(&state) };
        let response = session.rpcs.generate_resource_config(request).await.expect("an answer").into_inner();
        assert_eq!(told(&response.diagnostics), Vec::<String>::new());
        assert_eq!(decoded(response.config.as_ref(), &basic.ty), basic.object(&expected));
    }
}
