//! The environment variables that the provider configuration falls back to.

use std::collections::BTreeMap;

/// The source of environment variables.
#[derive(Debug, Clone, Default)]
pub enum Environment {
    /// The variables of this process.
    #[default]
    Process,
    /// Only the given variables.
    Fixed(BTreeMap<String, String>),
}

impl Environment {
    /// Creates an environment with only these variables.
    pub fn fixed<K: Into<String>, V: Into<String>>(variables: impl IntoIterator<Item = (K, V)>) -> Self {
        Self::Fixed(variables.into_iter().map(|(name, value)| (name.into(), value.into())).collect())
    }

    /// Returns the value of the first variable that is set and not empty.
    #[must_use]
    pub fn first(&self, names: &[&str]) -> Option<String> {
        names.iter().find_map(|name| {
            let value = match self {
                Self::Process => std::env::var(name).ok(),
                Self::Fixed(variables) => variables.get(*name).cloned(),
            };
            value.filter(|value| !value.is_empty())
        })
    }

    /// Returns whether the variable is `true` or `1`, or `None` if it is not set or has another value.
    #[must_use]
    pub fn switch(&self, name: &str) -> Option<bool> {
        match self.first(&[name])?.to_ascii_lowercase().as_str() {
            "true" | "1" => Some(true),
            "false" | "0" => Some(false),
            _ => None,
        }
    }

    /// Returns the variables whose names start with the prefix, with the rest of the name, ordered by name.
    #[must_use]
    pub fn with_prefix(&self, prefix: &str) -> Vec<(String, String)> {
        let rest = |(name, value): (String, String)| Some((name.strip_prefix(prefix)?.to_owned(), value));
        let mut found: Vec<_> = match self {
            Self::Process => std::env::vars_os()
                .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
                .filter_map(rest)
                .collect(),
            Self::Fixed(variables) => variables.clone().into_iter().filter_map(rest).collect(),
        };
        found.retain(|(rest, _)| !rest.is_empty());
        found.sort();
        found
    }
}
