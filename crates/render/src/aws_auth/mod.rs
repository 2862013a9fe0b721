//! The contents of `mapRoles` and `mapUsers` in the ConfigMap `kube-system/aws-auth`. An edit changes one entry and
//! leaves all other bytes unchanged.
//!
//! The list is parsed as in the authenticator. An edit replaces bytes, parses the result again, and is rejected
//! unless exactly the edited entry differs. Uncertain cases are rejected, and the list is never reformatted.

mod check;
mod entries;
mod groups;
mod insert;
mod place;
mod remove;
mod rewrite;
mod scalar;
mod splice;
mod tree;
mod values;

#[cfg(test)]
mod tests;

pub use entries::{Entry, Found, Listing};

/// A list in the ConfigMap.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Mapping {
    /// `mapRoles`
    Roles,
    /// `mapUsers`
    Users,
}

impl Mapping {
    /// The key in the ConfigMap's data.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Self::Roles => "mapRoles",
            Self::Users => "mapUsers",
        }
    }

    /// The field that identifies an entry.
    #[must_use]
    pub fn arn_field(self) -> &'static str {
        match self {
            Self::Roles => "rolearn",
            Self::Users => "userarn",
        }
    }
}

/// The reason why a list cannot be edited. Positions start at 1.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The authenticator cannot parse the list either, so no principal in it can authenticate.
    #[error("line {line} is not valid YAML: {reason}")]
    Unparsable {
        /// The line number, starting at 1.
        line: usize,
        /// The message of the parser.
        reason: String,
    },
    /// The list is valid, but the result of the authenticator is uncertain.
    #[error("it contains YAML that cannot be edited safely: {reason}")]
    Unsupported {
        /// The reason.
        reason: String,
    },
    /// The top level is a map or a scalar.
    #[error("it is not a list of entries")]
    NotAList,
    /// The authenticator reads only the first document.
    #[error("it has more than one YAML document, and the authenticator reads only the first")]
    SeveralDocuments,
    /// An entry with this ARN already exists.
    #[error("an entry for {arn} already exists at position {}", places(.positions))]
    Exists {
        /// The requested ARN.
        arn: String,
        /// The position.
        positions: Vec<usize>,
    },
    /// Several entries have this ARN, and only the last one takes effect.
    #[error("{arn} has {} entries, at positions {}, and only the last one takes effect", .positions.len(), places(.positions))]
    Duplicate {
        /// The requested ARN.
        arn: String,
        /// The positions.
        positions: Vec<usize>,
    },
    /// No entry has this ARN.
    #[error("no entry for {arn} found")]
    Absent {
        /// The requested ARN.
        arn: String,
    },
    /// The entry shares parts with other entries through an anchor or an alias.
    #[error("the entry for {arn} shares parts with other entries through a YAML anchor or alias")]
    Shared {
        /// The requested ARN.
        arn: String,
    },
    /// A value that cannot be written on one line.
    #[error("{field} must not contain line breaks or control characters, got: {text:?}")]
    Control {
        /// `username` or `groups`.
        field: &'static str,
        /// The value.
        text: String,
    },
    /// The edited text does not parse like the old text with the wanted change.
    #[error("its layout does not allow changing only this entry")]
    Unproven,
}

/// Formats positions for users, such as `1 and 2`.
#[must_use]
pub fn places(positions: &[usize]) -> String {
    positions.iter().map(usize::to_string).collect::<Vec<_>>().join(" and ")
}

/// Returns the text with an additional entry at the end.
///
/// # Errors
/// Returns an error if an entry with this ARN exists, or if the text cannot be edited safely.
pub fn insert(text: &str, mapping: Mapping, entry: &Entry) -> Result<String, Refusal> {
    entry.check()?;
    let listing = Listing::read(text, mapping)?;
    let positions = listing.positions(&entry.arn);
    if !positions.is_empty() {
        return Err(Refusal::Exists { arn: entry.arn.clone(), positions });
    }
    let edited = insert::insert(text, &listing, entry)?;
    check::inserted(&listing, &edited, entry)?;
    Ok(edited)
}

/// Returns the text in which the entry of this ARN has this username and these groups. Its other fields and the
/// spelling of its ARN are left unchanged. If it already has the values, the text is returned unchanged.
///
/// # Errors
/// Returns an error unless exactly one entry has this ARN and the text can be edited safely.
pub fn update(text: &str, mapping: Mapping, entry: &Entry) -> Result<String, Refusal> {
    entry.check()?;
    let listing = Listing::read(text, mapping)?;
    let found = listing.only(&entry.arn)?;
    if found.has(entry) {
        return Ok(text.to_owned());
    }
    let edited = rewrite::rewrite(text, &listing, found.position - 1, entry)?;
    check::updated(&listing, &edited, found.position - 1, entry)?;
    Ok(edited)
}

/// Returns the text without the entry of this ARN.
///
/// # Errors
/// Returns an error unless exactly one entry has this ARN and the text can be edited safely.
pub fn remove(text: &str, mapping: Mapping, arn: &str) -> Result<String, Refusal> {
    let listing = Listing::read(text, mapping)?;
    let position = listing.only(arn)?.position - 1;
    let edited = remove::remove(text, &listing, position, arn)?;
    check::removed(&listing, &edited, position)?;
    Ok(edited)
}
