mod json;
mod msgpack;
mod properties;
mod strategies;
mod vectors;

use framework::number::Number;
use framework::types::Type;
use framework::value::Value;

fn number(text: &str) -> Number {
    text.parse().unwrap()
}

fn dynamic(ty: Type, value: Value) -> Value {
    Value::Dynamic(Box::new((ty, value)))
}
