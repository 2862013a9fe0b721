//! Errors in encoded bytes or values, with their path. Messages never contain a value, because it may be a secret.

use framework::path::{Path, Step};
use framework::type_check::TypeMismatch;

/// The error for bytes that are not a value of the type, or for a value that cannot be encoded.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}{kind}", path.as_prefix())]
pub struct CodecError {
    /// Path of the invalid value.
    pub path: Path,
    /// The problem at the path.
    pub kind: CodecErrorKind,
}

/// The problem of a value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CodecErrorKind {
    /// The bytes end too early, or a length exceeds the remaining bytes.
    #[error("the data ends in the middle of a value")]
    Truncated,
    /// Bytes remain after the value.
    #[error("the value is followed by extra bytes: {0}")]
    Trailing(usize),
    /// More than [`MAX_DEPTH`](framework::type_check::MAX_DEPTH) levels.
    #[error("the value is nested too deeply")]
    TooDeep,
    /// More elements or bytes than MessagePack supports.
    #[error("the value is too large")]
    TooLarge,
    /// A value of another kind.
    #[error("expected {expected}, got {found}")]
    Expected {
        /// The kind that the type requires.
        expected: String,
        /// The actual kind.
        found: &'static str,
    },
    /// A string that is not UTF-8.
    #[error("text is not valid UTF-8")]
    Utf8,
    /// A string that is not a decimal number.
    #[error("text is not a decimal number")]
    Number,
    /// A float that Terraform cannot store.
    #[error("{0} cannot be represented: numbers must be finite")]
    NotFinite(&'static str),
    /// An extension that is not an unknown value.
    #[error("unsupported extension: {0}")]
    Extension(String),
    /// Two members with the same name.
    #[error("appears twice")]
    Duplicate,
    /// An attribute of the type is missing.
    #[error("the attribute is missing")]
    Missing,
    /// An attribute that is not part of the type.
    #[error("the attribute is not declared")]
    Undeclared,
    /// The type of a `dynamic` value is not valid.
    #[error("invalid type of a dynamic value: {0}")]
    TypeExpression(String),
    /// The text is not JSON.
    #[error("invalid JSON: {0}")]
    Json(String),
    /// An unknown value in JSON, which supports only known values.
    #[error("an unknown value cannot be written as JSON")]
    Unknown,
    /// The value does not conform to its type.
    #[error("{0}")]
    TypeMismatch(String),
}

impl CodecError {
    /// Returns this error with a step added to the start of its path.
    pub(super) fn within(self, step: Step) -> Self {
        Self { path: self.path.within(step), kind: self.kind }
    }
}

impl From<CodecErrorKind> for CodecError {
    fn from(kind: CodecErrorKind) -> Self {
        Self { path: Path::root(), kind }
    }
}

impl From<TypeMismatch> for CodecError {
    fn from(misfit: TypeMismatch) -> Self {
        Self { path: misfit.path, kind: CodecErrorKind::TypeMismatch(misfit.words) }
    }
}
