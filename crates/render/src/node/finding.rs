//! An error or a warning for an argument.

use std::fmt;

/// Whether there can be a userdata all the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The consumer would fail, or read something else than what was given.
    Error,
    /// It works, and is probably not meant.
    Warning,
}

/// One step of a [`Place`].
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// The input, or an attribute of an object in the schema.
    Name(String),
    /// A list's element, from zero.
    Index(usize),
    /// A map's member, or a member of an object without a schema such as `kubelet_config`.
    Key(String),
}

/// Where in the inputs a value stands, e.g. `node_taint[1].key`. Empty for the userdata as a whole.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place(pub Vec<Step>);

/// A finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Error or warning.
    pub severity: Severity,
    /// Where.
    pub place: Place,
    /// What was found, what is allowed, and how to fix it, in full sentences. Contains no secrets.
    pub text: String,
}

impl Step {
    /// The name or key; empty for an index.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Name(name) | Self::Key(name) => name,
            Self::Index(_) => "",
        }
    }
}

impl Place {
    /// The userdata as a whole.
    #[must_use]
    pub fn whole() -> Self {
        Self::default()
    }

    /// An input.
    #[must_use]
    pub fn of(input: &str) -> Self {
        Self(vec![Step::Name(input.to_owned())])
    }

    /// An attribute of the object at this place.
    #[must_use]
    pub fn then(&self, name: &str) -> Self {
        self.with(Step::Name(name.to_owned()))
    }

    /// An element of the list at this place.
    #[must_use]
    pub fn index(&self, index: usize) -> Self {
        self.with(Step::Index(index))
    }

    /// A member of the map at this place.
    #[must_use]
    pub fn key(&self, key: &str) -> Self {
        self.with(Step::Key(key.to_owned()))
    }

    fn with(&self, step: Step) -> Self {
        Self(self.0.iter().cloned().chain([step]).collect())
    }
}

impl fmt::Display for Place {
    /// As a user writes it, e.g. `node_taint[1].key`.
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
    /// An error.
    #[must_use]
    pub fn error(place: Place, text: impl Into<String>) -> Self {
        Self { severity: Severity::Error, place, text: text.into() }
    }

    /// A warning.
    #[must_use]
    pub fn warning(place: Place, text: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, place, text: text.into() }
    }

    /// Whether there can be no userdata.
    #[must_use]
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}
