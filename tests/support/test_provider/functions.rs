//! Functions: variadic, with null, unknown and dynamic arguments, with errors at an argument, and with a bug.

use framework::function::{Function, FunctionDefinition, FunctionError, Parameter, argument};
use framework::types::Type;
use framework::value::Value;

fn parameter(name: &str, ty: Type, allow_null: bool, allow_unknown: bool) -> Parameter {
    Parameter { name: name.to_owned(), ty, allow_null, allow_unknown, description: format!("The {name}.") }
}

fn definition(summary: &str, parameters: Vec<Parameter>, variadic: Option<Parameter>) -> FunctionDefinition {
    FunctionDefinition {
        parameters,
        variadic,
        result: Type::String,
        summary: summary.to_owned(),
        description: format!("{summary}."),
        deprecation: None,
    }
}

/// Joins texts; without a separator by a comma. No part may be empty.
pub(crate) struct Join;

impl Function for Join {
    fn definition(&self) -> FunctionDefinition {
        let separator = parameter("separator", Type::String, true, false);
        definition("Joins texts", vec![separator], Some(parameter("parts", Type::String, false, false)))
    }

    fn call(&self, arguments: &[Value]) -> Result<Value, FunctionError> {
        let separator = argument::<String>(arguments, 0)?;
        let mut parts = Vec::new();
        for index in 1..arguments.len() {
            let part = argument::<String>(arguments, index)?.into_known().unwrap_or_default();
            if part.is_empty() {
                return Err(FunctionError::argument(i64::try_from(index).unwrap_or(i64::MAX), "a part is empty"));
            }
            parts.push(part);
        }
        Ok(parts.join(separator.text().unwrap_or(",")).into())
    }
}

/// Says what a value is, whatever it is.
pub(crate) struct Describe;

impl Function for Describe {
    fn definition(&self) -> FunctionDefinition {
        definition("Says what a value is", vec![parameter("value", Type::Dynamic, true, true)], None)
    }

    fn call(&self, arguments: &[Value]) -> Result<Value, FunctionError> {
        let value = arguments.first().unwrap_or(&Value::Null);
        Ok(match value {
            Value::Null => "null".to_owned(),
            Value::Unknown(_) => "unknown".to_owned(),
            Value::Dynamic(pair) if pair.1.is_unknown() => format!("unknown {}", pair.0.to_json()),
            Value::Dynamic(pair) if pair.1.is_null() => format!("null {}", pair.0.to_json()),
            Value::Dynamic(pair) => pair.0.to_json().to_string(),
            other => return Err(FunctionError::argument(0, format!("not a value with its type: {other:?}"))),
        }
        .into())
    }
}

/// Has a bug.
pub(crate) struct Stumble;

impl Function for Stumble {
    fn definition(&self) -> FunctionDefinition {
        definition("Has a bug", vec![], None)
    }

    fn call(&self, _arguments: &[Value]) -> Result<Value, FunctionError> {
        panic!("the floor is wet")
    }
}
