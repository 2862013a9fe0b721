//! Values as a host sends and reads them.

use ekscompute::framework::schema::{Block, Schema};
use ekscompute::framework::server::Server;
use ekscompute::framework::types::Type;
use ekscompute::framework::value::Value;
use ekscompute::provider::EksCompute;
use ekscompute::wire::codec::{decode_msgpack, encode_msgpack};
use ekscompute::wire::proto::tfplugin6::DynamicValue;

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

pub(crate) fn sent(value: &Value, ty: &Type) -> Option<DynamicValue> {
    Some(DynamicValue { msgpack: encode_msgpack(value, ty).unwrap(), json: Vec::new() })
}

pub(crate) fn received(value: Option<DynamicValue>, ty: &Type) -> Value {
    decode_msgpack(&value.unwrap().msgpack, ty).unwrap()
}
