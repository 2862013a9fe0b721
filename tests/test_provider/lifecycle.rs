//! An object of every type, which has every kind of attribute and block, through its whole life.

use framework::value::Value;
use serde_json::{Value as Json, json};
use wire::proto::tfplugin6 as proto;

use crate::host::{Session, Thing, path, told};

fn text(value: &str) -> Json {
    json!({ "type": "string", "value": value })
}

/// Everything a user can write.
fn written() -> Json {
    json!({
        "name": "cloak", "label": "Cloak", "price": 12.1, "washable": false, "extra": text("warm"),
        "sketches": ["front", "back"], "colors": ["red", "blue"], "measures": { "length": 120, "width": 0.1 },
        "notes": { "seams": ["double", "red"] }, "secret": "xyzzy", "secret_version": 1, "code": "1234",
        "fabric": { "kind": "wool", "scent": "rose" },
        "layers": [{ "material": "linen" }, { "material": "silk", "count": 2 }],
        "badges": [{ "motif": "crown" }, { "motif": "star", "side": "right" }],
        "pockets": { "left": { "material": "felt" } },
        "timeouts": { "create": "1h30m" },
        "tags": { "act": "1" },
        "button": [{ "material": "horn", "count": 5 }, { "material": "brass" }],
        "patch": [{ "motif": "moon", "material": "felt" }],
        "lining": { "hood": { "material": "fur" } },
        "collar": { "style": "high", "stud": [{ "motif": "pearl" }] },
        "care": { "temperature": 30 },
        "remark": [{ "text": text("heavy") }, { "text": { "type": ["list", "number"], "value": [1, 2] } }]
    })
}

/// What is planned for it: defaults in place, and what the provider decides in the word given.
fn planned(decided: &dyn Fn(&str) -> Json) -> Json {
    let stock = |of: &str| decided(&format!("stock of {of}"));
    let mut object = written();
    let others = json!({
        "id": decided("all_types-cloak"), "alterations": decided("0"), "size": 38, "wearer": decided("understudy"),
        "secret": null, "secret_length": decided("5"),
        "fabric": { "kind": "wool", "weave": "plain", "bale": decided("bale of wool") },
        "layers": [{ "material": "linen", "count": 1, "stock": stock("linen") },
                   { "material": "silk", "count": 2, "stock": stock("silk") }],
        "badges": [{ "motif": "crown", "side": "left", "stock": stock("crown") },
                   { "motif": "star", "side": "right", "stock": stock("star") }],
        "pockets": { "left": { "material": "felt", "count": 1, "stock": stock("felt") } },
        "origin": decided("origin"), "seconds_allowed": decided("5400"), "tags_all": { "act": "1", "house": "opera" },
        "button": [{ "material": "horn", "count": 5, "stock": stock("horn") },
                   { "material": "brass", "count": 1, "stock": stock("brass") }],
        "patch": [{ "motif": "moon", "side": "left", "material": "felt", "stock": stock("moon") }],
        "lining": { "hood": { "material": "fur", "count": 1, "stock": stock("fur") } },
        "collar": { "style": "high", "stud": [{ "motif": "pearl", "side": "left", "stock": stock("pearl") }] },
        "care": { "temperature": 30, "drying": "line" }
    });
    object.as_object_mut().expect("an object").extend(others.as_object().expect("an object").clone());
    object
}

/// The object as it hangs there.
fn stored() -> Json {
    planned(&|value| match value {
        "origin" => json!({ "workshop": "internal", "tailors": ["ann"] }),
        number if number.parse::<i64>().is_ok() => json!(number.parse::<i64>().expect("a number")),
        text => json!(text),
    })
}

fn with(mut object: Json, changes: Json) -> Json {
    object.as_object_mut().expect("an object").extend(changes.as_object().expect("an object").clone());
    object
}

async fn opera() -> (Session, Thing) {
    let session = Session::configured(json!({ "default_tags": { "house": "opera" } })).await;
    let all_types = session.resource("test_all_types");
    (session, all_types)
}

async fn plan(
    session: &mut Session,
    all_types: &Thing,
    prior: &Json,
    config: &Json,
    proposed: &Json,
) -> proto::plan_resource_change::Response {
    let object = |json: &Json| if json.is_null() { Value::Null } else { all_types.object(json) };
    let request = all_types.to_plan(&object(prior), &object(config), &object(proposed));
    let request = proto::plan_resource_change::Request { prior_private: br#"{"alterations":0}"#.to_vec(), ..request };
    session.rpcs.plan_resource_change(request).await.expect("an answer").into_inner()
}

#[tokio::test]
async fn create_with_every_kind_of_value() {
    let (mut session, all_types) = opera().await;
    let response = plan(&mut session, &all_types, &Json::Null, &written(), &written()).await;
    assert_eq!(told(&response.diagnostics), Vec::<String>::new());
    assert_eq!(all_types.decoded(response.planned_state.as_ref()), all_types.object(&planned(&|_| json!("?"))));
    assert!(response.requires_replace.is_empty() && !response.legacy_type_system);
    let response = all_types.create(&mut session, &written()).await;
    assert_eq!(told(&response.diagnostics), Vec::<String>::new());
    assert_eq!(all_types.decoded(response.new_state.as_ref()), all_types.object(&stored()));
    assert_eq!(response.private, br#"{"alterations":0}"#);
    assert_eq!(response.new_identity, None);
}

#[tokio::test]
async fn create_with_nothing_but_a_name() {
    let (mut session, all_types) = opera().await;
    let response = all_types.create(&mut session, &json!({ "name": "rag" })).await;
    let expected = json!({
        "name": "rag", "id": "all_types-rag", "alterations": 0, "size": 38, "washable": true, "wearer": "understudy",
        "secret_length": 0, "origin": { "workshop": "internal", "tailors": ["ann"] }, "seconds_allowed": 1200,
        "tags_all": { "house": "opera" }, "care": { "drying": "line" }
    });
    assert_eq!(all_types.decoded(response.new_state.as_ref()), all_types.object(&expected));
}

#[tokio::test]
async fn unknown_configuration_plans_unknown() {
    let (mut session, all_types) = opera().await;
    let config = json!({
        "name": "?", "size": "?", "extra": "?", "colors": "?", "fabric": "?", "layers": "?", "badges": "?", "tags": "?",
        "button": "?", "patch": "?", "lining": "?", "collar": "?", "care": "?", "remark": "?"
    });
    let response = plan(&mut session, &all_types, &Json::Null, &config, &config).await;
    let all = ["id", "alterations", "wearer", "secret_length", "origin", "seconds_allowed", "tags_all"];
    let decided: serde_json::Map<_, _> = all.into_iter().map(|name| (name.to_owned(), json!("?"))).collect();
    let expected = with(with(config, Json::Object(decided)), json!({ "washable": true }));
    assert_eq!(told(&response.diagnostics), Vec::<String>::new());
    assert_eq!(all_types.decoded(response.planned_state.as_ref()), all_types.object(&expected));
}

#[tokio::test]
async fn same_configuration_plans_no_change() {
    let (mut session, all_types) = opera().await;
    // Core proposes the configured label and secret over the state.
    let config = with(written(), json!({ "label": "CLOAK" }));
    let proposed = with(stored(), json!({ "label": "CLOAK", "secret": "xyzzy" }));
    let response = plan(&mut session, &all_types, &stored(), &config, &proposed).await;
    assert_eq!(all_types.decoded(response.planned_state.as_ref()), all_types.object(&stored()));
    let private: Json = serde_json::from_slice(&response.planned_private).expect("JSON");
    assert_eq!(private["alterations"], 0);
    assert!(response.requires_replace.is_empty());
}

#[tokio::test]
async fn update_counts_in_private_data() {
    let (mut session, all_types) = opera().await;
    let change = json!({ "price": 13, "secret_version": 2, "tags": null });
    let config = with(written(), change.clone());
    let plan = plan(&mut session, &all_types, &stored(), &config, &with(stored(), change.clone())).await;
    let open =
        json!({ "alterations": "?", "secret_length": "?", "seconds_allowed": "?", "tags_all": { "house": "opera" } });
    let planned = all_types.object(&with(with(stored(), change.clone()), open));
    assert_eq!(all_types.decoded(plan.planned_state.as_ref()), planned);
    let request = proto::apply_resource_change::Request {
        planned_private: plan.planned_private,
        ..all_types.to_apply(&all_types.object(&stored()), &all_types.object(&config), &planned)
    };
    let response = session.rpcs.apply_resource_change(request).await.expect("an answer").into_inner();
    let altered = json!({ "alterations": 1, "tags_all": { "house": "opera" } });
    assert_eq!(
        all_types.decoded(response.new_state.as_ref()),
        all_types.object(&with(with(stored(), change), altered))
    );
    assert_eq!(response.private, br#"{"alterations":1}"#);
}

#[tokio::test]
async fn replacement_reports_changed_paths() {
    let (mut session, all_types) = opera().await;
    let change = json!({
        "name": "cape", "wearer": "tom",
        "fabric": { "kind": "silk", "weave": "plain", "bale": "bale of wool" },
        "patch": [{ "motif": "moon", "material": "tin" }],
        "collar": { "style": "high", "stud": [{ "motif": "pearl", "side": "left", "stock": "stock of pearl" }] }
    });
    let config = with(
        written(),
        json!({
            "name": "cape", "wearer": "tom", "fabric": { "kind": "silk" }, "patch": [{ "motif": "moon", "material": "tin" }]
        }),
    );
    let response = plan(&mut session, &all_types, &stored(), &config, &with(stored(), change)).await;
    let paths: Vec<_> = response.requires_replace.iter().map(|each| path(Some(each))).collect();
    assert_eq!(paths, ["name", "wearer", "fabric.kind", "patch"]);
    assert_eq!(told(&response.diagnostics), [": The object is made anew"]);
}

#[tokio::test]
async fn configuration_is_checked_at_every_depth() {
    let (mut session, all_types) = opera().await;
    let config = json!({
        "name": "", "size": 99, "colors": ["xx"], "code": "geheime Zahl", "fabric": { "kind": "paper" },
        "care": { "temperature": 100 }, "timeouts": { "create": "soon" }, "secret_version": 1
    });
    let request = proto::validate_resource_config::Request {
        type_name: all_types.name.clone(),
        config: all_types.config(&config),
        client_capabilities: None,
    };
    let response = session.rpcs.validate_resource_config(request).await.expect("an answer").into_inner();
    let paths = ["name", "size", "colors", "code", "fabric.kind", "timeouts.create", "care.temperature"];
    let mut expected: Vec<_> = paths.iter().map(|path| format!("{path}: Invalid value for {path}")).collect();
    expected.push(": A version of no secret".to_owned());
    assert_eq!(told(&response.diagnostics), expected);
    assert!(response.diagnostics.iter().all(|diagnostic| !diagnostic.detail.contains("geheim")));
}

#[tokio::test]
async fn old_client_may_not_give_write_only_values() {
    let (mut session, all_types) = opera().await;
    for (allowed, expected) in [(true, &[][..]), (false, &["secret", "fabric.scent"][..])] {
        let capabilities = proto::ClientCapabilities { write_only_attributes_allowed: allowed, ..Default::default() };
        let request = proto::validate_resource_config::Request {
            type_name: all_types.name.clone(),
            config: all_types.config(&written()),
            client_capabilities: Some(capabilities),
        };
        let response = session.rpcs.validate_resource_config(request).await.expect("an answer").into_inner();
        let paths: Vec<_> = response.diagnostics.iter().map(|each| path(each.attribute.as_ref())).collect();
        assert_eq!(paths, expected);
    }
}

#[tokio::test]
async fn read_echoes_what_is_unchanged_and_shows_what_is_not() {
    let (mut session, all_types) = opera().await;
    all_types.create(&mut session, &written()).await;
    let state = all_types.object(&stored());
    let mut read = async |change: Json| {
        session.put("all_types.cloak.json", &with(stored_file(), change));
        let private = b"opaque".to_vec();
        let request = proto::read_resource::Request { private, ..all_types.to_read(&state) };
        session.rpcs.read_resource(request).await.expect("an answer").into_inner()
    };
    let unchanged = read(json!({ "label": "cLOAK" })).await;
    assert_eq!(unchanged.new_state, all_types.encoded(&state));
    let drifted = read(json!({ "label": "cape", "colors": ["red"], "size": 40 })).await;
    let drift = json!({ "label": "cape", "colors": ["red"], "size": 40 });
    assert_eq!(all_types.decoded(drifted.new_state.as_ref()), all_types.object(&with(stored(), drift)));
    std::fs::remove_file(session.objects().join("all_types.cloak.json")).expect("the file is there");
    let gone = session.rpcs.read_resource(all_types.to_read(&state)).await.expect("an answer").into_inner();
    assert_eq!((all_types.decoded(gone.new_state.as_ref()), told(&gone.diagnostics)), (Value::Null, vec![]));
}

/// The object as its file holds it: blocks of different types travel with their types.
fn stored_file() -> Json {
    let remarks = json!({
        "type": ["tuple", [["object", { "text": "string" }], ["object", { "text": ["list", "number"] }]]],
        "value": [{ "text": "heavy" }, { "text": [1, 2] }]
    });
    with(stored(), json!({ "remark": remarks }))
}

#[tokio::test]
async fn destroy_plan_echoes_and_deletion_needs_the_state_alone() {
    let (mut session, all_types) = opera().await;
    all_types.create(&mut session, &written()).await;
    let response = plan(&mut session, &all_types, &stored(), &Json::Null, &Json::Null).await;
    assert_eq!(all_types.decoded(response.planned_state.as_ref()), Value::Null);
    assert_eq!(response.planned_private, br#"{"alterations":0}"#);
    for _ in 0..2 {
        // The second time there is nothing left to delete, which is fine.
        let request = all_types.to_apply(&all_types.object(&stored()), &Value::Null, &Value::Null);
        let response = session.rpcs.apply_resource_change(request).await.expect("an answer").into_inner();
        assert_eq!(told(&response.diagnostics), Vec::<String>::new());
        assert_eq!(all_types.decoded(response.new_state.as_ref()), Value::Null);
        assert_eq!(std::fs::read_dir(session.objects()).expect("the folder").count(), 0);
    }
}

#[tokio::test]
async fn unconfigured_provider_plans_and_defers_where_it_may() {
    let mut session = Session::unconfigured().await;
    assert_eq!(session.configure(&json!({ "directory": "?" })).await, Vec::<String>::new());
    let all_types = session.resource("test_all_types");
    let config = all_types.object(&json!({ "name": "rag" }));
    for allowed in [false, true] {
        let capabilities = proto::ClientCapabilities { deferral_allowed: allowed, ..Default::default() };
        let request = proto::plan_resource_change::Request {
            client_capabilities: Some(capabilities),
            ..all_types.to_plan(&Value::Null, &config, &config)
        };
        let plan = session.rpcs.plan_resource_change(request).await.expect("an answer").into_inner();
        let reason = proto::deferred::Reason::ProviderConfigUnknown;
        assert_eq!(plan.deferred.map(|deferred| deferred.reason()), allowed.then_some(reason));
        assert_eq!(all_types.decoded(plan.planned_state.as_ref()).member("tags_all"), Some(&Value::unknown()));
        let state = all_types.object(&stored());
        let request = proto::read_resource::Request {
            client_capabilities: Some(capabilities),
            private: b"\x00opaque".to_vec(),
            ..all_types.to_read(&state)
        };
        let read = session.rpcs.read_resource(request).await.expect("an answer").into_inner();
        assert_eq!(read.deferred.map(|deferred| deferred.reason()), allowed.then_some(reason));
        assert_eq!((read.new_state, read.private), (all_types.encoded(&state), b"\x00opaque".to_vec()));
    }
    let request = all_types.to_apply(&Value::Null, &config, &config);
    let response = session.rpcs.apply_resource_change(request).await.expect("an answer").into_inner();
    assert_eq!(told(&response.diagnostics), [": Provider is not configured"]);
}
