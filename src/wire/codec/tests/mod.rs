mod json;
mod msgpack;
mod properties;
mod strategies;
mod vectors;

use crate::framework::number::Number;
use crate::framework::types::Type;
use crate::framework::value::Value;

fn number(text: &str) -> Number {
    text.parse().unwrap()
}

fn dynamic(ty: Type, value: Value) -> Value {
    Value::Dynamic(Box::new((ty, value)))
}
