//! States far larger than what gRPC lets through by default.

use std::collections::BTreeMap;

use framework::value::Value;
use wire::proto::tfplugin6 as proto;

use crate::support::values::{NODE_GROUP, object, received, resource_schema, sent};
use crate::support::{Host, connect, rpcs};

const TEN_MEGABYTES: usize = 10_000_000;

#[tokio::test]
async fn state_of_ten_megabytes_passes_both_ways() {
    let plugin = Host::new().start().await;
    let mut rpcs = rpcs(connect(&plugin).await);
    let schema = resource_schema(NODE_GROUP);
    let ty = schema.block.ty();
    let tags = Value::Map(BTreeMap::from([("large".to_owned(), "x".repeat(TEN_MEGABYTES).into())]));
    let expected = object(&schema.block, [("cluster_name", "c".into()), ("tags", tags)]);

    let json = serde_json::json!({"cluster_name": "c", "tags": {"large": "x".repeat(TEN_MEGABYTES)}});
    let raw_state = proto::RawState { json: json.to_string().into_bytes(), ..Default::default() };
    let version = schema.version;
    let request = proto::upgrade_resource_state::Request {
        type_name: NODE_GROUP.to_owned(),
        version,
        raw_state: Some(raw_state),
    };
    let upgraded = rpcs.upgrade_resource_state(request).await.unwrap().into_inner();
    assert_eq!(upgraded.diagnostics, []);
    let given = |value: &Value, name: &str| value.member(name).cloned();
    let state = received(upgraded.upgraded_state, &ty);
    assert!(given(&state, "tags") == given(&expected, "tags"));

    // Without a configured provider a read answers with what it was given.
    let request = proto::read_resource::Request {
        type_name: NODE_GROUP.to_owned(),
        current_state: sent(&expected, &ty),
        ..Default::default()
    };
    let read = rpcs.read_resource(request).await.unwrap().into_inner();
    assert_eq!(read.diagnostics, []);
    assert!(received(read.new_state, &ty) == expected);
}

/// 200 MiB in one request.
#[tokio::test]
async fn request_near_the_limit_is_read() {
    let plugin = Host::new().start().await;
    let mut rpcs = rpcs(connect(&plugin).await);
    let config = Some(proto::DynamicValue { msgpack: vec![0; 200 << 20], json: Vec::new() });
    let type_name = "ekscompute_no_such".to_owned();
    let request = proto::read_data_source::Request { type_name, config, ..Default::default() };
    let answer = rpcs.read_data_source(request).await.unwrap().into_inner();
    assert_eq!(answer.diagnostics.len(), 1);
}
