//! An error or a warning for an argument.

use std::fmt;

/// The severity, which determines whether user data can be returned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The consumer would fail, or read another value than the configured one.
    Error,
    /// It works, but is probably not intended.
    Warning,
}

/// One step of a [`Place`].
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// An argument, or an attribute of an object in the schema.
    Name(String),
    /// An element of a list, starting at 0.
    Index(usize),
    /// A member of a map, or of an object without a schema such as `kubelet_config`.
    Key(String),
}

/// The path of a value in the arguments, such as `node_taint[1].key`. Empty for the entire user data.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place(pub Vec<Step>);

/// A finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Error or warning.
    pub severity: Severity,
    /// The path.
    pub place: Place,
    /// What was found, what is allowed, and how to fix it, in full sentences. Contains no secrets.
    pub text: String,
    /// Whether the consumer only ignores the value, so that a node starts without it.
    pub is_ignored: bool,
}

impl Step {
    /// Returns the name or key, or an empty string for an index.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Name(name) | Self::Key(name) => name,
            Self::Index(_) => "",
        }
    }
}

impl Place {
    /// The path of the entire user data.
    #[must_use]
    pub fn whole() -> Self {
        Self::default()
    }

    /// The path of an argument.
    #[must_use]
    pub fn of(input: &str) -> Self {
        Self(vec![Step::Name(input.to_owned())])
    }

    /// The path of an attribute of the object at this path.
    #[must_use]
    pub fn then(&self, name: &str) -> Self {
        self.with(Step::Name(name.to_owned()))
    }

    /// The path of an element of the list at this path.
    #[must_use]
    pub fn index(&self, index: usize) -> Self {
        self.with(Step::Index(index))
    }

    /// The path of a member of the map at this path.
    #[must_use]
    pub fn key(&self, key: &str) -> Self {
        self.with(Step::Key(key.to_owned()))
    }

    fn with(&self, step: Step) -> Self {
        Self(self.0.iter().cloned().chain([step]).collect())
    }
}

impl fmt::Display for Place {
    /// Formats the path for users, such as `node_taint[1].key`.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, step) in self.0.iter().enumerate() {
            match step {
                Step::Name(name) if position == 0 => formatter.write_str(name)?,
                Step::Name(name) => write!(formatter, ".{name}")?,
                Step::Index(index) => write!(formatter, "[{index}]")?,
                Step::Key(key) => write!(formatter, "[{key:?}]")?,
            }
        }
        Ok(())
    }
}

impl Finding {
    /// Creates an error.
    #[must_use]
    pub fn error(place: Place, text: impl Into<String>) -> Self {
        Self { severity: Severity::Error, place, text: text.into(), is_ignored: false }
    }

    /// Creates a warning.
    #[must_use]
    pub fn warning(place: Place, text: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, place, text: text.into(), is_ignored: false }
    }

    /// Creates an error for a value that the consumer ignores.
    #[must_use]
    pub fn ignored(place: Place, text: impl Into<String>) -> Self {
        Self { is_ignored: true, ..Self::error(place, text) }
    }

    /// Creates a finding with this severity.
    #[must_use]
    pub fn of(severity: Severity, place: Place, text: impl Into<String>) -> Self {
        Self { severity, ..Self::error(place, text) }
    }

    /// Returns a finding inside a document as a finding at the document, with the path in the text.
    #[must_use]
    pub fn in_document(self, document: &Place) -> Self {
        Self { text: format!("{}: {}", self.place, self.text), place: document.clone(), ..self }
    }

    /// Returns whether no user data can be returned.
    #[must_use]
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}
