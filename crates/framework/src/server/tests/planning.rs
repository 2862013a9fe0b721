//! PlanResourceChange.

use rstest::rstest;

use super::*;
use crate::model::Attr;
use crate::path::Path;
use crate::resource::Plan;

type Own = fn(&mut Plan<Bench>) -> Result<(), Diagnostics>;

/// Determines the types of the closures in the cases.
fn own(own: Own) -> Own {
    own
}

/// A bench as the test provider creates it, with the given members changed.
fn stored(members: Json) -> Value {
    let mut all = json!({ "name": "a", "id": "b-1", "status": "built", "mode": "plain", "tags_all": {} });
    all.as_object_mut().expect("an object").extend(members.as_object().expect("an object").clone());
    bench(all)
}

#[rstest]
#[case::create(
    Value::Null,
    json!({ "name": "a", "secret": "s", "vise": { "jaw": "wood", "pin": "p" } }),
    json!({ "name": "a", "id": "?", "status": "?", "mode": "plain", "tags_all": {}, "lamps": "?",
            "vise": { "jaw": "wood", "grip": "firm" } }),
    &[],
)]
#[case::create_from_unknown(
    Value::Null,
    json!({ "name": "?", "mode": "?", "vise": "?", "hook": "?", "tags": "?" }),
    json!({ "name": "?", "id": "?", "status": "?", "mode": "?", "tags": "?", "tags_all": "?", "lamps": "?",
            "vise": "?", "hook": "?" }),
    &[],
)]
#[case::no_change(
    stored(json!({ "note": "Oak", "hook": [{ "key": "k", "side": "left", "serial": "s-1" }] })),
    json!({ "name": "a", "note": "OAK", "secret": "new", "hook": [{ "key": "k" }] }),
    json!({ "name": "a", "id": "b-1", "status": "built", "mode": "plain", "tags_all": {}, "note": "Oak",
            "hook": [{ "key": "k", "side": "left", "serial": "s-1" }] }),
    &[],
)]
#[case::update(
    stored(json!({ "lamps": { "x": { "lumen": 5 } } })),
    json!({ "name": "a", "note": "new" }),
    json!({ "name": "a", "id": "b-1", "status": "?", "mode": "plain", "tags_all": {}, "note": "new", "lamps": "?" }),
    &[],
)]
#[case::update_to_the_default(
    stored(json!({ "mode": "fancy" })),
    json!({ "name": "a" }),
    json!({ "name": "a", "id": "b-1", "status": "?", "mode": "plain", "tags_all": {}, "lamps": "?" }),
    &[],
)]
#[case::replace(
    stored(json!({})),
    json!({ "name": "b" }),
    json!({ "name": "b", "id": "b-1", "status": "?", "mode": "plain", "tags_all": {}, "lamps": "?" }),
    &["name"],
)]
#[case::replace_by_a_nested_value(
    stored(json!({ "vise": { "jaw": "wood", "grip": "firm" } })),
    json!({ "name": "a", "vise": { "jaw": "steel" } }),
    json!({ "name": "a", "id": "b-1", "status": "?", "mode": "plain", "tags_all": {}, "lamps": "?",
            "vise": { "jaw": "steel", "grip": "firm" } }),
    &["vise.jaw"],
)]
#[case::replace_by_something_unknown(
    stored(json!({ "vise": { "jaw": "wood", "grip": "firm" } })),
    json!({ "name": "a", "vise": "?" }),
    json!({ "name": "a", "id": "b-1", "status": "?", "mode": "plain", "tags_all": {}, "lamps": "?", "vise": "?" }),
    &["vise"],
)]
#[case::replace_by_blocks_of_unknown_number(
    stored(json!({})),
    json!({ "name": "a", "hook": "?" }),
    json!({ "name": "a", "id": "b-1", "status": "?", "mode": "plain", "tags_all": {}, "lamps": "?", "hook": "?" }),
    &["hook"],
)]
#[case::replace_by_an_element_of_a_set(
    stored(json!({ "hook": [{ "key": "k", "side": "left", "material": "brass", "serial": "s-1" }] })),
    json!({ "name": "a", "hook": [{ "key": "k", "material": "iron" }] }),
    json!({ "name": "a", "id": "b-1", "status": "?", "mode": "plain", "tags_all": {}, "lamps": "?",
            "hook": [{ "key": "k", "side": "left", "material": "iron", "serial": "?" }] }),
    &["hook"],
)]
#[case::set_changes_in_place(
    stored(json!({ "hook": [{ "key": "k", "side": "right", "material": "brass", "serial": "s-1" },
                            { "key": "l", "side": "right", "material": "brass", "serial": "s-2" }] })),
    json!({ "name": "a", "hook": [{ "key": "k", "side": "right", "material": "brass" },
                                  { "key": "l", "material": "brass" }] }),
    // The second one changes to the default side. Its serial number stays the same.
    json!({ "name": "a", "id": "b-1", "status": "?", "mode": "plain", "tags_all": {}, "lamps": "?",
            "hook": [{ "key": "k", "side": "right", "material": "brass", "serial": "s-1" },
                     { "key": "l", "side": "left", "material": "brass", "serial": "s-2" }] }),
    &[],
)]
#[case::list_grows_and_keeps(
    stored(json!({ "shelf": [{ "width": 10, "load": 5 }] })),
    json!({ "name": "a", "shelf": [{ "width": 10 }, { "width": 20 }] }),
    json!({ "name": "a", "id": "b-1", "status": "?", "mode": "plain", "tags_all": {}, "lamps": "?",
            "shelf": [{ "width": 10, "load": 5 }, { "width": 20, "load": "?" }] }),
    &[],
)]
#[tokio::test]
async fn engine(#[case] prior: Value, #[case] config: Json, #[case] planned: Json, #[case] replace: &[&str]) {
    let server = ready(Script::default()).await;
    let response = plan(&server, &prior, &bench(config)).await;
    assert_eq!(response.diagnostics, Diagnostics::new());
    assert_eq!(response.planned, Some(bench(planned)));
    assert_eq!(response.requires_replace.iter().map(ToString::to_string).collect::<Vec<_>>(), replace);
    assert_eq!(response.deferred, None);
}

#[rstest]
#[case::own_and_default(json!({ "tags": { "own": "1" } }), json!({ "own": "1", "team": "core" }))]
#[case::none(json!({}), json!({ "team": "core" }))]
#[case::empty(json!({ "tags": {} }), json!({ "team": "core" }))]
#[case::overridden(json!({ "tags": { "team": "mine" } }), json!({ "team": "mine" }))]
#[case::one_unknown(json!({ "tags": { "own": "?", "a": "b" } }), json!("?"))]
#[case::null_is_no_tag(json!({ "tags": { "own": null } }), json!({ "team": "core" }))]
#[tokio::test]
async fn tags(#[case] config: Json, #[case] all: Json) {
    let server = configured(Script::default(), json!({ "default_tags": { "team": "core" } })).await;
    let mut config = config;
    config["name"] = "a".into();
    let response = plan(&server, &Value::Null, &bench(config.clone())).await;
    let planned = response.planned.expect("a plan");
    let expected = bench(json!({ "tags": config["tags"], "tags_all": all }));
    assert_eq!(planned.member("tags_all"), expected.member("tags_all"));
    assert_eq!(planned.member("tags"), expected.member("tags"));
}

#[tokio::test]
async fn changed_default_tag_is_an_update() {
    let server = configured(Script::default(), json!({ "default_tags": { "team": "new" } })).await;
    let prior = stored(json!({ "tags_all": { "team": "old" }, "lamps": {} }));
    let response = plan(&server, &prior, &bench(json!({ "name": "a" }))).await;
    let tags_all = response.planned.as_ref().and_then(|planned| planned.member("tags_all")).cloned();
    assert_eq!(tags_all, bench(json!({ "tags_all": { "team": "new" } })).member("tags_all").cloned());
    assert_eq!(response.planned.expect("a plan").member("status"), Some(&Value::unknown()));
}

#[tokio::test]
async fn ignored_tags_all_keeps_its_value() {
    let server = configured(Script::default(), json!({ "default_tags": { "team": "new" } })).await;
    let prior = stored(json!({ "tags_all": { "team": "old" }, "lamps": {} }));
    // The request of Terraform core with `ignore_changes = [tags_all]`.
    let config = bench(json!({ "name": "a", "note": "x", "tags_all": { "team": "old" } }));
    let response = plan(&server, &prior, &config).await;
    assert_eq!(response.diagnostics, Diagnostics::new());
    let planned = response.planned.expect("a plan");
    assert_eq!(planned.member("tags_all"), prior.member("tags_all"));
    assert_eq!(planned.member("note"), Some(&"x".into()));
}

#[tokio::test]
async fn ignoring_all_changes_plans_none() {
    let script = Script {
        plan: |plan| {
            plan.planned.status = Attr::Unknown;
            plan.replace(Path::attribute("status"));
            Ok(())
        },
        ..Script::default()
    };
    let server = configured(script, json!({ "default_tags": { "team": "new" } })).await;
    // The request of Terraform core with `ignore_changes = all`: the state is the configuration.
    let prior = stored(json!({ "tags_all": { "team": "old" }, "mode": "fancy" }));
    let response = plan(&server, &prior, &prior).await;
    assert_eq!(response.diagnostics, Diagnostics::new());
    assert_eq!((response.planned, response.requires_replace), (Some(prior), vec![]));
}

#[tokio::test]
async fn private_data_and_identity_are_echoed_by_an_update() {
    let server = ready(Script::default()).await;
    let response = plan(&server, &stored(json!({})), &bench(json!({ "name": "a", "note": "x" }))).await;
    assert_eq!(unmarked(&response.private), r#"{"stored":1}"#);
    assert_eq!(response.identity, Some(identity("a")));
}

/// Returns the marker that a plan of these requests contains.
async fn marker(server: &Server<Workshop>, request: PlanRequest) -> PlanMarker {
    let response = server.plan_resource_change(request).await;
    assert_eq!(told(&response.diagnostics), Vec::<String>::new());
    PlanMarker::stored(&Private::from_bytes(&response.private)).expect("a marker")
}

#[tokio::test]
async fn marker_follows_one_resource_and_no_copy() {
    let server = ready(Script::default()).await;
    let config = bench(json!({ "name": "b" }));
    let first = server.plan_resource_change(request(&stored(json!({})), &config, None)).await;
    let own = PlanMarker::stored(&Private::from_bytes(&first.private)).expect("a marker");
    let creation = || PlanRequest { private: Vec::new(), ..request(&Value::Null, &config, None) };
    let second = PlanRequest { private: first.private.clone(), ..creation() };
    assert_eq!(marker(&server, second).await, own, "the second half of the replacement");
    let again = PlanRequest { planned_private: first.private.clone(), ..creation() };
    assert_eq!(marker(&server, again).await, own, "the plan of an apply, with protocol 6.11");
    assert_ne!(marker(&server, creation()).await, own, "a copy");
    let stored_marker = PlanRequest { private: first.private, ..request(&stored(json!({})), &config, None) };
    assert_ne!(marker(&server, stored_marker).await, own, "a marker in a state means nothing");
}

#[tokio::test]
async fn destroy_plan_is_null_and_echoes_what_is_stored() {
    let server = ready(Script { plan: |_| panic!("nothing is planned"), ..Script::default() }).await;
    // Bytes of another provider are ignored, too.
    let request = PlanRequest {
        private: b"\x00opaque".to_vec(),
        ..request(&stored(json!({})), &Value::Null, Some(identity("a")))
    };
    let response = server.plan_resource_change(request).await;
    assert_eq!(response.planned, Some(Value::Null));
    assert_eq!(response.private, b"\x00opaque");
    assert_eq!(response.identity, Some(identity("a")));
    assert_eq!(response.diagnostics, Diagnostics::new());
}

#[rstest]
#[case::create(Value::Null, "a", None, Some("a"))]
#[case::create_of_unknown_name(Value::Null, "?", None, None)]
#[case::second_plan_of_a_replacement(Value::Null, "b", Some("a"), Some("b"))]
#[case::first_plan_of_a_replacement(stored(json!({})), "b", Some("a"), None)]
#[case::update(stored(json!({})), "a", Some("stored"), Some("stored"))]
#[case::state_from_before_identities(stored(json!({})), "a", None, Some("a"))]
#[tokio::test]
async fn planned_identity(
    #[case] prior: Value,
    #[case] name: &str,
    #[case] stored: Option<&str>,
    #[case] expected: Option<&str>,
) {
    let server = ready(Script::default()).await;
    let config = bench(json!({ "name": name, "note": "x" }));
    let response = server.plan_resource_change(request(&prior, &config, stored.map(identity))).await;
    assert_eq!(response.identity, expected.map(identity));
}

#[tokio::test]
async fn tainted_object_is_planned_like_a_new_one() {
    let server = ready(Script::default()).await;
    let config = bench(json!({ "name": "a" }));
    let response = plan(&server, &Value::Null, &config).await;
    assert!(response.requires_replace.is_empty());
    assert_eq!(response.planned.expect("a plan").member("id"), Some(&Value::unknown()));
}

#[tokio::test]
async fn own_plan_that_finds_a_change_leaves_the_rest_to_apply() {
    let script = Script {
        plan: |plan| {
            plan.planned.id = "b-2".into();
            plan.private.set("step", &plan.is_replace());
            plan.replace(Path::attribute("id"));
            plan.diagnostics.warning("Renumbered", "It gets another id.");
            Ok(())
        },
        ..Script::default()
    };
    let server = ready(script).await;
    let response = plan(&server, &stored(json!({})), &bench(json!({ "name": "a" }))).await;
    let expected = json!({ "name": "a", "id": "b-2", "status": "?", "mode": "plain", "tags_all": {}, "lamps": "?" });
    assert_eq!(response.planned, Some(bench(expected)));
    assert_eq!(response.requires_replace, [Path::attribute("id")]);
    assert_eq!(unmarked(&response.private), r#"{"step":false,"stored":1}"#);
    assert_eq!(told(&response.diagnostics), [": Renumbered"]);
}

#[tokio::test]
async fn replacement_without_a_change_is_dropped() {
    let script = Script {
        plan: |plan| {
            plan.replace(Path::attribute("id"));
            plan.replace(Path::attribute("note"));
            Ok(())
        },
        ..Script::default()
    };
    let server = ready(script).await;
    let response = plan(&server, &stored(json!({})), &bench(json!({ "name": "a", "note": "x" }))).await;
    assert_eq!(response.requires_replace, [Path::attribute("note")]);
    let create = plan(&server, &Value::Null, &bench(json!({ "name": "a", "note": "x" }))).await;
    assert!(create.requires_replace.is_empty());
}

#[rstest]
#[case::configured_value_changed(own(|plan| { plan.planned.name = "z".into(); Ok(()) }), "name")]
#[case::block_removed(own(|plan| { plan.planned.shelf = Default::default(); Ok(()) }), "shelf")]
#[case::secret_kept(own(|plan| { plan.planned.secret = plan.config.secret.clone(); Ok(()) }), "secret")]
#[tokio::test]
async fn breach_of_cores_rules_names_the_attribute(#[case] own: Own, #[case] path: &str) {
    let server = ready(Script { plan: own, ..Script::default() }).await;
    let config = bench(json!({ "name": "a", "secret": "s", "shelf": [{ "width": 1 }] }));
    let response = plan(&server, &Value::Null, &config).await;
    assert_eq!(told(&response.diagnostics), [format!("{path}: Bug in the provider: inconsistent plan")]);
}

#[rstest]
#[case::panic(own(|_| panic!("no idea")), "Bug in the provider: an operation ended abnormally")]
#[case::error(
    own(|plan| {
        plan.diagnostics.warning("Seen before", "The warning that came first.");
        Err(crate::diagnostics::Diagnostic::error("No wood", "Buy some.").into())
    }),
    "Seen before\n: No wood",
)]
#[tokio::test]
async fn failing_plan(#[case] own: Own, #[case] expected: &str) {
    let server = ready(Script { plan: own, ..Script::default() }).await;
    let response = plan(&server, &Value::Null, &bench(json!({ "name": "a" }))).await;
    assert_eq!(response.planned, None);
    assert_eq!(told(&response.diagnostics).join("\n"), format!(": {expected}"));
}

#[tokio::test]
async fn unconfigured_provider_plans_and_defers_only_when_allowed() {
    let server = unconfigured(Script::default());
    let unknown = object(&Settings::block(), &json!({ "site": "?" }));
    assert_eq!(server.configure_provider(&unknown, "1.15.9").await, Diagnostics::new());
    let config = bench(json!({ "name": "a" }));
    let response = plan(&server, &Value::Null, &config).await;
    assert_eq!((response.deferred, &response.diagnostics), (None, &Diagnostics::new()));
    // The default tags are unknown as well.
    assert_eq!(response.planned.expect("a plan").member("tags_all"), Some(&Value::unknown()));
    let allowed = PlanRequest { deferral_allowed: true, ..request(&Value::Null, &config, None) };
    let response = server.plan_resource_change(allowed).await;
    assert_eq!(response.deferred, Some(Deferral::ProviderConfigUnknown));
    assert!(response.planned.is_some());
}

#[tokio::test]
async fn unknown_type_is_named() {
    let server = ready(Script::default()).await;
    let config = bench(json!({ "name": "a" }));
    let request = PlanRequest { type_name: "workshop_chair".to_owned(), ..request(&Value::Null, &config, None) };
    let response = server.plan_resource_change(request).await;
    assert_eq!(told(&response.diagnostics), [": Unknown resource workshop_chair"]);
}
