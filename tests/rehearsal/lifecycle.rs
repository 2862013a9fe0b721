//! A costume, which has every kind of attribute and block, through its whole life.

use framework::value::Value;
use serde_json::{Value as Json, json};
use wire::proto::tfplugin6 as proto;

use crate::stage::{Stage, Thing, path, told};

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

/// What is planned for it: defaults in place, and what the theatre decides in the word given.
fn planned(decided: &dyn Fn(&str) -> Json) -> Json {
    let stock = |of: &str| decided(&format!("stock of {of}"));
    let mut object = written();
    let others = json!({
        "id": decided("costume-cloak"), "alterations": decided("0"), "size": 38, "wearer": decided("understudy"),
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

/// The costume as it hangs there.
fn stored() -> Json {
    planned(&|value| match value {
        "origin" => json!({ "workshop": "backstage", "tailors": ["ann"] }),
        number if number.parse::<i64>().is_ok() => json!(number.parse::<i64>().expect("a number")),
        text => json!(text),
    })
}

fn with(mut object: Json, changes: Json) -> Json {
    object.as_object_mut().expect("an object").extend(changes.as_object().expect("an object").clone());
    object
}

async fn opera() -> (Stage, Thing) {
    let stage = Stage::configured(json!({ "default_tags": { "house": "opera" } })).await;
    let costume = stage.resource("rehearsal_costume");
    (stage, costume)
}

async fn plan(
    stage: &mut Stage,
    costume: &Thing,
    prior: &Json,
    config: &Json,
    proposed: &Json,
) -> proto::plan_resource_change::Response {
    let object = |json: &Json| if json.is_null() { Value::Null } else { costume.object(json) };
    let request = costume.to_plan(&object(prior), &object(config), &object(proposed));
    let request = proto::plan_resource_change::Request { prior_private: br#"{"alterations":0}"#.to_vec(), ..request };
    stage.rpcs.plan_resource_change(request).await.expect("an answer").into_inner()
}

#[tokio::test]
async fn create_with_every_kind_of_value() {
    let (mut stage, costume) = opera().await;
    let response = plan(&mut stage, &costume, &Json::Null, &written(), &written()).await;
    assert_eq!(told(&response.diagnostics), Vec::<String>::new());
    assert_eq!(costume.decoded(response.planned_state.as_ref()), costume.object(&planned(&|_| json!("?"))));
    assert!(response.requires_replace.is_empty() && !response.legacy_type_system);
    let response = costume.create(&mut stage, &written()).await;
    assert_eq!(told(&response.diagnostics), Vec::<String>::new());
    assert_eq!(costume.decoded(response.new_state.as_ref()), costume.object(&stored()));
    assert_eq!(response.private, br#"{"alterations":0}"#);
    assert_eq!(response.new_identity, None);
}

#[tokio::test]
async fn create_with_nothing_but_a_name() {
    let (mut stage, costume) = opera().await;
    let response = costume.create(&mut stage, &json!({ "name": "rag" })).await;
    let expected = json!({
        "name": "rag", "id": "costume-rag", "alterations": 0, "size": 38, "washable": true, "wearer": "understudy",
        "secret_length": 0, "origin": { "workshop": "backstage", "tailors": ["ann"] }, "seconds_allowed": 1200,
        "tags_all": { "house": "opera" }, "care": { "drying": "line" }
    });
    assert_eq!(costume.decoded(response.new_state.as_ref()), costume.object(&expected));
}

#[tokio::test]
async fn unknown_configuration_plans_unknown() {
    let (mut stage, costume) = opera().await;
    let config = json!({
        "name": "?", "size": "?", "extra": "?", "colors": "?", "fabric": "?", "layers": "?", "badges": "?", "tags": "?",
        "button": "?", "patch": "?", "lining": "?", "collar": "?", "care": "?", "remark": "?"
    });
    let response = plan(&mut stage, &costume, &Json::Null, &config, &config).await;
    let all = ["id", "alterations", "wearer", "secret_length", "origin", "seconds_allowed", "tags_all"];
    let decided: serde_json::Map<_, _> = all.into_iter().map(|name| (name.to_owned(), json!("?"))).collect();
    let expected = with(with(config, Json::Object(decided)), json!({ "washable": true }));
    assert_eq!(told(&response.diagnostics), Vec::<String>::new());
    assert_eq!(costume.decoded(response.planned_state.as_ref()), costume.object(&expected));
}

#[tokio::test]
async fn same_configuration_plans_no_change() {
    let (mut stage, costume) = opera().await;
    // Core proposes the configured label and secret over the state.
    let config = with(written(), json!({ "label": "CLOAK" }));
    let proposed = with(stored(), json!({ "label": "CLOAK", "secret": "xyzzy" }));
    let response = plan(&mut stage, &costume, &stored(), &config, &proposed).await;
    assert_eq!(costume.decoded(response.planned_state.as_ref()), costume.object(&stored()));
    let private: Json = serde_json::from_slice(&response.planned_private).expect("JSON");
    assert_eq!(private["alterations"], 0);
    assert!(response.requires_replace.is_empty());
}

#[tokio::test]
async fn update_counts_in_private_data() {
    let (mut stage, costume) = opera().await;
    let change = json!({ "price": 13, "secret_version": 2, "tags": null });
    let config = with(written(), change.clone());
    let plan = plan(&mut stage, &costume, &stored(), &config, &with(stored(), change.clone())).await;
    let open =
        json!({ "alterations": "?", "secret_length": "?", "seconds_allowed": "?", "tags_all": { "house": "opera" } });
    let planned = costume.object(&with(with(stored(), change.clone()), open));
    assert_eq!(costume.decoded(plan.planned_state.as_ref()), planned);
    let request = proto::apply_resource_change::Request {
        planned_private: plan.planned_private,
        ..costume.to_apply(&costume.object(&stored()), &costume.object(&config), &planned)
    };
    let response = stage.rpcs.apply_resource_change(request).await.expect("an answer").into_inner();
    let altered = json!({ "alterations": 1, "tags_all": { "house": "opera" } });
    assert_eq!(costume.decoded(response.new_state.as_ref()), costume.object(&with(with(stored(), change), altered)));
    assert_eq!(response.private, br#"{"alterations":1}"#);
}

#[tokio::test]
async fn replacement_names_its_reasons() {
    let (mut stage, costume) = opera().await;
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
    let response = plan(&mut stage, &costume, &stored(), &config, &with(stored(), change)).await;
    let paths: Vec<_> = response.requires_replace.iter().map(|each| path(Some(each))).collect();
    assert_eq!(paths, ["name", "wearer", "fabric.kind", "patch"]);
    assert_eq!(told(&response.diagnostics), [": The costume is made anew"]);
}

#[tokio::test]
async fn configuration_is_checked_at_every_depth() {
    let (mut stage, costume) = opera().await;
    let config = json!({
        "name": "", "size": 99, "colors": ["xx"], "code": "geheime Zahl", "fabric": { "kind": "paper" },
        "care": { "temperature": 100 }, "timeouts": { "create": "soon" }, "secret_version": 1
    });
    let request = proto::validate_resource_config::Request {
        type_name: costume.name.clone(),
        config: costume.config(&config),
        client_capabilities: None,
    };
    let response = stage.rpcs.validate_resource_config(request).await.expect("an answer").into_inner();
    let paths = ["name", "size", "colors", "code", "fabric.kind", "timeouts.create", "care.temperature"];
    let mut expected: Vec<_> = paths.iter().map(|path| format!("{path}: Invalid value for {path}")).collect();
    expected.push(": A version of no secret".to_owned());
    assert_eq!(told(&response.diagnostics), expected);
    assert!(response.diagnostics.iter().all(|diagnostic| !diagnostic.detail.contains("geheim")));
}

#[tokio::test]
async fn old_client_may_not_give_write_only_values() {
    let (mut stage, costume) = opera().await;
    for (allowed, expected) in [(true, &[][..]), (false, &["secret", "fabric.scent"][..])] {
        let capabilities = proto::ClientCapabilities { write_only_attributes_allowed: allowed, ..Default::default() };
        let request = proto::validate_resource_config::Request {
            type_name: costume.name.clone(),
            config: costume.config(&written()),
            client_capabilities: Some(capabilities),
        };
        let response = stage.rpcs.validate_resource_config(request).await.expect("an answer").into_inner();
        let paths: Vec<_> = response.diagnostics.iter().map(|each| path(each.attribute.as_ref())).collect();
        assert_eq!(paths, expected);
    }
}

#[tokio::test]
async fn read_echoes_what_is_unchanged_and_shows_what_is_not() {
    let (mut stage, costume) = opera().await;
    costume.create(&mut stage, &written()).await;
    let state = costume.object(&stored());
    let mut read = async |change: Json| {
        stage.put("costume.cloak.json", &with(stored_file(), change));
        let private = b"opaque".to_vec();
        let request = proto::read_resource::Request { private, ..costume.to_read(&state) };
        stage.rpcs.read_resource(request).await.expect("an answer").into_inner()
    };
    let unchanged = read(json!({ "label": "cLOAK" })).await;
    assert_eq!(unchanged.new_state, costume.encoded(&state));
    let drifted = read(json!({ "label": "cape", "colors": ["red"], "size": 40 })).await;
    let drift = json!({ "label": "cape", "colors": ["red"], "size": 40 });
    assert_eq!(costume.decoded(drifted.new_state.as_ref()), costume.object(&with(stored(), drift)));
    std::fs::remove_file(stage.objects().join("costume.cloak.json")).expect("the file is there");
    let gone = stage.rpcs.read_resource(costume.to_read(&state)).await.expect("an answer").into_inner();
    assert_eq!((costume.decoded(gone.new_state.as_ref()), told(&gone.diagnostics)), (Value::Null, vec![]));
}

/// The costume as its file holds it: blocks of different types travel with their types.
fn stored_file() -> Json {
    let remarks = json!({
        "type": ["tuple", [["object", { "text": "string" }], ["object", { "text": ["list", "number"] }]]],
        "value": [{ "text": "heavy" }, { "text": [1, 2] }]
    });
    with(stored(), json!({ "remark": remarks }))
}

#[tokio::test]
async fn destroy_plan_echoes_and_deletion_needs_the_state_alone() {
    let (mut stage, costume) = opera().await;
    costume.create(&mut stage, &written()).await;
    let response = plan(&mut stage, &costume, &stored(), &Json::Null, &Json::Null).await;
    assert_eq!(costume.decoded(response.planned_state.as_ref()), Value::Null);
    assert_eq!(response.planned_private, br#"{"alterations":0}"#);
    for _ in 0..2 {
        // The second time there is nothing left to delete, which is fine.
        let request = costume.to_apply(&costume.object(&stored()), &Value::Null, &Value::Null);
        let response = stage.rpcs.apply_resource_change(request).await.expect("an answer").into_inner();
        assert_eq!(told(&response.diagnostics), Vec::<String>::new());
        assert_eq!(costume.decoded(response.new_state.as_ref()), Value::Null);
        assert_eq!(std::fs::read_dir(stage.objects()).expect("the folder").count(), 0);
    }
}

#[tokio::test]
async fn unconfigured_provider_plans_and_defers_where_it_may() {
    let mut stage = Stage::unconfigured().await;
    assert_eq!(stage.configure(&json!({ "directory": "?" })).await, Vec::<String>::new());
    let costume = stage.resource("rehearsal_costume");
    let config = costume.object(&json!({ "name": "rag" }));
    for allowed in [false, true] {
        let capabilities = proto::ClientCapabilities { deferral_allowed: allowed, ..Default::default() };
        let request = proto::plan_resource_change::Request {
            client_capabilities: Some(capabilities),
            ..costume.to_plan(&Value::Null, &config, &config)
        };
        let plan = stage.rpcs.plan_resource_change(request).await.expect("an answer").into_inner();
        let reason = proto::deferred::Reason::ProviderConfigUnknown;
        assert_eq!(plan.deferred.map(|deferred| deferred.reason()), allowed.then_some(reason));
        assert_eq!(costume.decoded(plan.planned_state.as_ref()).member("tags_all"), Some(&Value::unknown()));
        let state = costume.object(&stored());
        let request = proto::read_resource::Request {
            client_capabilities: Some(capabilities),
            private: b"\x00opaque".to_vec(),
            ..costume.to_read(&state)
        };
        let read = stage.rpcs.read_resource(request).await.expect("an answer").into_inner();
        assert_eq!(read.deferred.map(|deferred| deferred.reason()), allowed.then_some(reason));
        assert_eq!((read.new_state, read.private), (costume.encoded(&state), b"\x00opaque".to_vec()));
    }
    let request = costume.to_apply(&Value::Null, &config, &config);
    let response = stage.rpcs.apply_resource_change(request).await.expect("an answer").into_inner();
    assert_eq!(told(&response.diagnostics), [": Provider is not configured"]);
}
