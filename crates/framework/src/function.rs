//! The trait for provider-defined functions: pure, offline, and usable without configuration.

use super::path::Path;
use super::types::Type;
use super::value::Value;

/// A pure computation.
pub trait Function: Send + Sync + 'static {
    /// Parameters, result and documentation.
    fn definition(&self) -> FunctionDefinition;

    /// Computes the result. There are at least as many arguments as parameters.
    ///
    /// # Errors
    /// When an argument cannot be used; the error names which.
    fn call(&self, arguments: &[Value]) -> Result<Value, FunctionError>;
}

/// The signature of a function.
#[derive(Debug, Clone)]
pub struct FunctionDefinition {
    /// The fixed parameters.
    pub parameters: Vec<Parameter>,
    /// The parameter that takes all further arguments.
    pub variadic: Option<Parameter>,
    /// The type of the result.
    pub result: Type,
    /// One line.
    pub summary: String,
    /// In Markdown.
    pub description: String,
    /// Why it should no longer be used.
    pub deprecation: Option<String>,
}

/// One parameter.
#[derive(Debug, Clone)]
pub struct Parameter {
    /// The name.
    pub name: String,
    /// The type.
    pub ty: Type,
    /// Whether the function takes null.
    pub allow_null: bool,
    /// Whether the function takes unknown values; if not, the result is unknown without a call.
    pub allow_unknown: bool,
    /// In Markdown.
    pub description: String,
}

/// Why a function has no result.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct FunctionError {
    /// For the user.
    pub message: String,
    /// The argument at fault, counted from zero.
    pub argument: Option<i64>,
}

impl FunctionError {
    /// An error about the call as a whole.
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), argument: None }
    }

    /// An error about one argument, counted from zero.
    pub fn argument(argument: i64, message: impl Into<String>) -> Self {
        Self { message: message.into(), argument: Some(argument) }
    }
}

impl From<super::model::DecodeError> for FunctionError {
    fn from(error: super::model::DecodeError) -> Self {
        Self::new(error.to_string())
    }
}

/// Reads an argument of a Rust type.
///
/// # Errors
/// When the argument has another type or is missing.
pub fn argument<T: super::model::AttrType>(
    arguments: &[Value],
    index: usize,
) -> Result<super::model::Attr<T>, FunctionError> {
    let value = arguments.get(index).unwrap_or(&Value::Null);
    let position = i64::try_from(index).ok();
    super::model::Attr::from_value(value, &Path::root())
        .map_err(|error| FunctionError { message: error.to_string(), argument: position })
}
