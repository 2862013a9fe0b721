//! CallFunction.

use std::sync::Arc;

use super::types;
use crate::convert;
use crate::proto::tfplugin6::DynamicValue;
use crate::proto::tfplugin6::call_function::{Request, Response};
use framework::diagnostics::Diagnostics;
use framework::function::{FunctionDefinition, FunctionError};
use framework::provider::Provider;
use framework::server::{Server, no_such};
use framework::value::Value;

pub(super) async fn call_function<P: Provider>(server: Arc<Server<P>>, request: Request) -> Response {
    match called(&server, &request) {
        Ok(result) => Response { result: Some(result), error: None },
        Err(error) => Response { result: None, error: Some(convert::function_error(&error)) },
    }
}

fn called<P: Provider>(server: &Server<P>, request: &Request) -> Result<DynamicValue, FunctionError> {
    let function = server.schemas().functions.get(&request.name);
    let function = function.ok_or_else(|| FunctionError::new(words(&no_such("function", &request.name))))?;
    let arguments = arguments(function, &request.arguments)?;
    let result = server.call_function(&request.name, &arguments)?;
    convert::dynamic_value(&result, &function.result, "result").map_err(|errors| FunctionError::new(words(&errors)))
}

fn arguments(function: &FunctionDefinition, given: &[DynamicValue]) -> Result<Vec<Value>, FunctionError> {
    let typed = given.iter().zip(types::arguments(function, given.len()));
    let values = (0..).zip(typed).map(|(position, (argument, ty))| {
        convert::given_value(Some(argument), ty, "argument")
            .map_err(|errors| FunctionError::argument(position, words(&errors)))
    });
    let values: Vec<Value> = values.collect::<Result<_, _>>()?;
    if values.len() < given.len() || values.len() < function.parameters.len() {
        let expected = function.parameters.len();
        let least = if function.variadic.is_some() { "at least " } else { "" };
        let noun = if expected == 1 { "argument" } else { "arguments" };
        return Err(FunctionError::new(format!("expected {least}{expected} {noun}, got {}", given.len())));
    }
    Ok(values)
}

fn words(errors: &Diagnostics) -> String {
    errors.iter().map(|error| format!("{}: {}", error.summary, error.detail)).collect::<Vec<_>>().join("\n")
}
