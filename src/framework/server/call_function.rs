//! CallFunction: pure, and also before configuration.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::Server;
use crate::framework::function::FunctionError;
use crate::framework::provider::Provider;
use crate::framework::value::Value;

impl<P: Provider> Server<P> {
    /// CallFunction.
    ///
    /// # Errors
    /// When there is no such function, or it cannot use an argument.
    pub fn call_function(&self, name: &str, arguments: &[Value]) -> Result<Value, FunctionError> {
        let function = self
            .registry
            .functions
            .get(name)
            .ok_or_else(|| FunctionError::new(format!("the provider has no function {name}")))?;
        catch_unwind(AssertUnwindSafe(|| function.call(arguments)))
            .unwrap_or_else(|panic| Err(FunctionError::new(crate::framework::erased::panicked(panic.as_ref()).detail)))
    }
}
