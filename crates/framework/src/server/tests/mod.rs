//! Whole requests and responses of a test provider for workshop furniture.

mod applying;
mod models;
mod others;
mod planning;
mod reading;
mod workshop;

use std::sync::Arc;

use serde_json::{Value as Json, json};

use super::*;
use crate::model::Model;
use crate::plan::proposal::proposed;
use crate::plan_marker::PlanMarker;
use crate::private::Private;
use crate::schema::{Block, Nesting};
use crate::types::Type;
use crate::value::Value;
use models::{Bench, BenchId, Settings};
use workshop::{Script, Workshop};

/// The provider before configuration.
fn unconfigured(script: Script) -> Arc<Server<Workshop>> {
    let server = Arc::new(Server::new(Workshop { script }));
    assert_eq!(server.mistakes(), Vec::<String>::new());
    server
}

/// The configured provider.
async fn configured(script: Script, settings: Json) -> Arc<Server<Workshop>> {
    let server = unconfigured(script);
    let diagnostics = server.configure_provider(&object(&Settings::block(), &settings), "1.15.9").await;
    assert_eq!(diagnostics, Diagnostics::new());
    server
}

async fn ready(script: Script) -> Arc<Server<Workshop>> {
    configured(script, json!({})).await
}

/// An object of the schema as Terraform sends it. `"?"` is unknown, and missing members are null or no block.
fn object(block: &Block, members: &Json) -> Value {
    for name in members.as_object().expect("an object").keys() {
        assert!(block.attribute(name).is_some() || block.nested(name).is_some(), "the schema has no {name}");
    }
    let attributes = block.attributes.iter().map(|attribute| {
        (attribute.name.clone(), value(&attribute.ty(), members.get(&attribute.name).unwrap_or(&Json::Null)))
    });
    let blocks = block.blocks.iter().map(|nested| {
        let of = |member: &Json| object(&nested.block, member);
        let each = |member: &Json| member.as_array().expect("blocks").iter().map(of).collect::<Vec<_>>();
        let value = match (members.get(&nested.name), nested.nesting) {
            (None, _) => nested.empty(),
            (Some(Json::String(text)), _) if text == "?" => Value::unknown(),
            (Some(member), Nesting::List) => Value::List(each(member)),
            (Some(member), Nesting::Set) => Value::set(each(member)),
            (Some(member), _) => of(member),
        };
        (nested.name.clone(), value)
    });
    Value::object(attributes.chain(blocks))
}

fn value(ty: &Type, json: &Json) -> Value {
    let each = |ty: &Type| json.as_array().expect("an array").iter().map(|json| value(ty, json)).collect::<Vec<_>>();
    match (ty, json) {
        (_, Json::Null) => Value::Null,
        (_, Json::String(text)) if text == "?" => Value::unknown(),
        (Type::String, Json::String(text)) => text.as_str().into(),
        (Type::Bool, Json::Bool(bool)) => (*bool).into(),
        (Type::Number, Json::Number(number)) => Value::Number(number.to_string().parse().expect("a number")),
        (Type::List(ty), _) => Value::List(each(ty)),
        (Type::Set(ty), _) => Value::set(each(ty)),
        (Type::Map(ty), Json::Object(members)) => {
            Value::Map(members.iter().map(|(key, json)| (key.clone(), value(ty, json))).collect())
        }
        (Type::Object(types), Json::Object(members)) => {
            assert!(members.keys().all(|name| types.contains_key(name)), "{members:?}");
            Value::object(
                types.iter().map(|(name, ty)| (name.clone(), value(ty, members.get(name).unwrap_or(&Json::Null)))),
            )
        }
        other => panic!("not a value of the type: {other:?}"),
    }
}

fn bench(members: Json) -> Value {
    object(&Bench::block(), &members)
}

fn identity(name: &str) -> Value {
    BenchId { name: name.into(), site: "here".into() }.to_value()
}

/// Plans as Terraform core does: the configuration is first merged into the state.
async fn plan(server: &Server<Workshop>, prior: &Value, config: &Value) -> PlanResponse {
    let stored = if prior.is_null() { None } else { Some(identity("a")) };
    server.plan_resource_change(request(prior, config, stored)).await
}

fn request(prior: &Value, config: &Value, identity: Option<Value>) -> PlanRequest {
    PlanRequest {
        type_name: "workshop_bench".to_owned(),
        prior: prior.clone(),
        proposed: proposed(&Bench::block(), prior, config),
        config: config.clone(),
        private: br#"{"stored":1}"#.to_vec(),
        planned_private: Vec::new(),
        identity,
        deferral_allowed: false,
    }
}

/// Returns the private data of a plan without its marker, which is random.
fn unmarked(private: &[u8]) -> String {
    let mut private = Private::from_bytes(private);
    assert!(PlanMarker::stored(&private).is_some());
    PlanMarker::remove(&mut private);
    String::from_utf8(private.to_bytes()).expect("JSON")
}

/// Returns every message in one line: the path and the summary.
fn told(diagnostics: &Diagnostics) -> Vec<String> {
    let line = |diagnostic: &Diagnostic| {
        let path = diagnostic.path.as_ref().map(ToString::to_string).unwrap_or_default();
        format!("{path}: {}", diagnostic.summary)
    };
    diagnostics.iter().map(line).collect()
}

/// Returns the details of all messages, joined.
fn details(diagnostics: &Diagnostics) -> String {
    diagnostics.iter().map(|diagnostic| diagnostic.detail.as_str()).collect::<Vec<_>>().join("\n")
}
