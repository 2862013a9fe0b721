//! CallFunction. Runs without I/O, and also before the provider is configured.

use super::Server;
use crate::erased;
use crate::function::{FunctionDefinition, FunctionError, Parameter};
use crate::provider::Provider;
use crate::type_check::conforms;
use crate::value::Value;

impl<P: Provider> Server<P> {
    /// CallFunction.
    ///
    /// # Errors
    /// Returns an error if the function does not exist or cannot use an argument.
    pub fn call_function(&self, name: &str, arguments: &[Value]) -> Result<Value, FunctionError> {
        let function = self.registry.functions.get(name);
        let function = function.ok_or_else(|| FunctionError::new(format!("the provider has no function {name}")))?;
        let definition = function.definition();
        if !takes(&definition, arguments)? {
            return Ok(Value::unknown());
        }
        let result = erased::catch_panic(|| function.call(arguments)).map_err(|panic| {
            let detail = panic.into_iter().map(|diagnostic| diagnostic.detail).collect::<Vec<_>>().join(" ");
            FunctionError::new(detail)
        })??;
        let bug =
            |words: String| FunctionError::new(format!("{words}. This is a bug in the provider function {name}."));
        conforms(&result, &definition.result)
            .map_err(|misfit| bug(format!("the result does not match the return type: {misfit}")))?;
        if !result.is_wholly_known() && arguments.iter().all(Value::is_wholly_known) {
            return Err(bug("the result contains unknown values although all arguments are known".to_owned()));
        }
        Ok(result)
    }
}

/// Whether the function accepts the arguments. If it does not accept an unknown argument, the result is unknown.
fn takes(definition: &FunctionDefinition, arguments: &[Value]) -> Result<bool, FunctionError> {
    let missing = definition.parameters.get(arguments.len());
    if let Some(parameter) = missing {
        return Err(FunctionError::new(format!("the argument for {} is missing", parameter.name)));
    }
    let mut known = true;
    for (index, argument) in arguments.iter().enumerate() {
        let position = i64::try_from(index).unwrap_or(i64::MAX);
        let Some(Parameter { name, allow_null, allow_unknown, .. }) =
            definition.parameters.get(index).or(definition.variadic.as_ref())
        else {
            return Err(FunctionError::argument(position, "too many arguments"));
        };
        if argument.is_null() && !allow_null {
            return Err(FunctionError::argument(position, format!("{name} must not be null")));
        }
        known &= *allow_unknown || argument.is_wholly_known();
    }
    Ok(known)
}
