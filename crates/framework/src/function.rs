//! The trait for provider-defined functions: pure, offline, and usable without configuration.

use super::path::Path;
use super::types::Type;
use super::value::Value;

/// A pure function.
pub trait Function: Send + Sync + 'static {
    /// Returns the parameters, the result type, and the documentation.
    fn definition(&self) -> FunctionDefinition;

    /// Computes the result. There are at least as many arguments as parameters.
    ///
    /// # Errors
    /// Returns an error, with the index of the argument, if an argument is not valid.
    fn call(&self, arguments: &[Value]) -> Result<Value, FunctionError>;
}

/// The signature of a function.
#[derive(Debug, Clone)]
pub struct FunctionDefinition {
    /// The fixed parameters.
    pub parameters: Vec<Parameter>,
    /// The variadic parameter for all additional arguments.
    pub variadic: Option<Parameter>,
    /// Type of the result.
    pub result: Type,
    /// Summary in one line.
    pub summary: String,
    /// Description in Markdown.
    pub description: String,
    /// Deprecation message.
    pub deprecation: Option<String>,
}

/// A parameter of a function.
#[derive(Debug, Clone)]
pub struct Parameter {
    /// Name of the parameter.
    pub name: String,
    /// Type of the parameter.
    pub ty: Type,
    /// Whether null is allowed.
    pub allow_null: bool,
    /// Whether unknown values are allowed. If not, the result is unknown without a call.
    pub allow_unknown: bool,
    /// Description in Markdown.
    pub description: String,
}

/// The error of a function call.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct FunctionError {
    /// The message for the user.
    pub message: String,
    /// Zero-based index of the argument that caused the error.
    pub argument: Option<i64>,
}

impl FunctionError {
    /// Creates an error about the whole call.
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), argument: None }
    }

    /// Creates an error about one argument, with its zero-based index.
    pub fn argument(argument: i64, message: impl Into<String>) -> Self {
        Self { message: message.into(), argument: Some(argument) }
    }
}

impl From<super::model::DecodeError> for FunctionError {
    fn from(error: super::model::DecodeError) -> Self {
        Self::new(error.to_string())
    }
}

/// Reads an argument as a Rust type.
///
/// # Errors
/// Returns an error if the argument has another type or is missing.
pub fn argument<T: super::model::AttrType>(
    arguments: &[Value],
    index: usize,
) -> Result<super::model::Attr<T>, FunctionError> {
    let value = arguments.get(index).unwrap_or(&Value::Null);
    let position = i64::try_from(index).ok();
    super::model::Attr::from_value(value, &Path::root())
        .map_err(|error| FunctionError { message: error.to_string(), argument: position })
}
