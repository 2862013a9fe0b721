//! Values as a host sends and reads them.

use ekscompute::provider::EksCompute;
use framework::schema::{Block, Schema};
use framework::server::Server;
use framework::types::Type;
use framework::value::Value;
use tonic::transport::Channel;
use wire::codec::{decode_msgpack, encode_msgpack};
use wire::proto::tfplugin6 as proto;
use wire::proto::tfplugin6::DynamicValue;
use wire::proto::tfplugin6::provider_client::ProviderClient;

/// A managed resource, for calls that need one.
pub(crate) const NODE_GROUP: &str = "ekscompute_node_group";

/// The schema of the provider block, and of a managed resource.
pub(crate) fn provider_schema() -> Schema {
    Server::new(EksCompute).schemas().provider.clone()
}

pub(crate) fn resource_schema(name: &str) -> Schema {
    Server::new(EksCompute).schemas().resources[name].schema.clone()
}

/// An object of the block in which only these members are given.
pub(crate) fn object<const N: usize>(block: &Block, given: [(&str, Value); N]) -> Value {
    let Value::Object(mut members) = block.empty() else { panic!("a block's value is an object") };
    for (name, value) in given {
        assert!(members.insert(name.to_owned(), value).is_some(), "no member {name}");
    }
    Value::Object(members)
}

/// A provider block for an EKS at that address, with these keys, which are used as they are.
pub(crate) fn provider_block<const N: usize>(eks: &str, given: [(&str, Value); N]) -> Value {
    let block = provider_schema().block;
    let endpoints = object(&block.nested("endpoints").unwrap().block, [("eks", eks.into())]);
    let mut config = object(&block, given);
    if let Value::Object(members) = &mut config {
        members.insert("region".to_owned(), "eu-central-1".into());
        members.insert("skip_metadata_api_check".to_owned(), true.into());
        members.insert("endpoints".to_owned(), Value::Set(vec![endpoints]));
    }
    config
}

/// Configures the provider, which must go without a message.
pub(crate) async fn configure(rpcs: &mut ProviderClient<Channel>, config: &Value) {
    let config = sent(config, &provider_schema().block.ty());
    let request = proto::configure_provider::Request { config, ..Default::default() };
    let configured = rpcs.configure_provider(request).await.unwrap().into_inner();
    assert_eq!(configured.diagnostics, []);
}

/// A request to read a node group.
pub(crate) fn read_node_group() -> proto::read_resource::Request {
    let block = resource_schema(NODE_GROUP).block;
    let state = object(&block, [("cluster_name", "c".into()), ("node_group_name", "n".into()), ("id", "c:n".into())]);
    let (type_name, current_state) = (NODE_GROUP.to_owned(), sent(&state, &block.ty()));
    proto::read_resource::Request { type_name, current_state, ..Default::default() }
}

pub(crate) fn sent(value: &Value, ty: &Type) -> Option<DynamicValue> {
    Some(DynamicValue { msgpack: encode_msgpack(value, ty).unwrap(), json: Vec::new() })
}

pub(crate) fn received(value: Option<DynamicValue>, ty: &Type) -> Value {
    decode_msgpack(&value.unwrap().msgpack, ty).unwrap()
}
