//! What is wrong with bytes or with a value, and where. Messages never carry a value, which may be a secret.

use framework::conform::Misfit;
use framework::path::{Path, Step};

/// Bytes that are not a value of the type, or a value that cannot be written as one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}{kind}", path.as_prefix())]
pub struct CodecError {
    /// Where in the value.
    pub path: Path,
    /// What is wrong there.
    pub kind: CodecErrorKind,
}

/// What is wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CodecErrorKind {
    /// The bytes end too early, or a length says more than there is.
    #[error("the data ends in the middle of a value")]
    Truncated,
    /// Bytes are left after the value.
    #[error("{0} bytes follow the value")]
    Trailing(usize),
    /// More levels than [`MAX_DEPTH`](framework::conform::MAX_DEPTH).
    #[error("nests too deep")]
    TooDeep,
    /// More elements or bytes than MessagePack can count.
    #[error("is too large")]
    TooLarge,
    /// A value of another kind.
    #[error("expected {expected}, got {found}")]
    Expected {
        /// What the type says.
        expected: String,
        /// What is there.
        found: &'static str,
    },
    /// Text that is not UTF-8.
    #[error("text is not valid UTF-8")]
    Utf8,
    /// Text that is not a decimal number.
    #[error("text is not a decimal number")]
    Number,
    /// A float that is no number Terraform can store.
    #[error("{0} cannot be represented: numbers must be finite")]
    NotFinite(&'static str),
    /// An extension that is no unknown value.
    #[error("unsupported extension: {0}")]
    Extension(String),
    /// Two members of one name.
    #[error("appears twice")]
    Duplicate,
    /// An attribute that the type declares is not there.
    #[error("the attribute is missing")]
    Missing,
    /// An attribute that the type does not declare.
    #[error("no such attribute is declared")]
    Undeclared,
    /// The type that a `dynamic` carries.
    #[error("the type of a dynamic value: {0}")]
    TypeExpression(String),
    /// Not JSON at all.
    #[error("invalid JSON: {0}")]
    Json(String),
    /// An unknown value where only known ones can be written.
    #[error("an unknown value cannot be written as JSON")]
    Unknown,
    /// The value is not of its type.
    #[error("{0}")]
    Misfit(String),
}

impl CodecError {
    /// This error, found in the value that the step leads to.
    pub(super) fn within(self, step: Step) -> Self {
        Self { path: self.path.within(step), kind: self.kind }
    }
}

impl From<CodecErrorKind> for CodecError {
    fn from(kind: CodecErrorKind) -> Self {
        Self { path: Path::root(), kind }
    }
}

impl From<Misfit> for CodecError {
    fn from(misfit: Misfit) -> Self {
        Self { path: misfit.path, kind: CodecErrorKind::Misfit(misfit.words) }
    }
}
