//! The contents of `mapRoles` and `mapUsers` in the ConfigMap `kube-system/aws-auth`. An edit changes one entry and
//! leaves all other bytes unchanged.
//!
//! The list is parsed like in the authenticator. An edit replaces bytes, parses the result again, and is rejected
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
        /// Where, from 1.
        line: usize,
        /// The parser's words.
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
    /// The authenticator reads the first only.
    #[error("it has more than one YAML document, and the authenticator reads only the first")]
    SeveralDocuments,
    /// An entry with this ARN is there.
    #[error("an entry for {arn} already exists at position {}", places(.positions))]
    Exists {
        /// The ARN asked for.
        arn: String,
        /// Where.
        positions: Vec<usize>,
    },
    /// Several entries have this ARN, and only the last one takes effect.
    #[error("{arn} has {} entries, at positions {}, and only the last one takes effect", .positions.len(), places(.positions))]
    Duplicate {
        /// The ARN asked for.
        arn: String,
        /// Where.
        positions: Vec<usize>,
    },
    /// No entry has this ARN.
    #[error("no entry for {arn} found")]
    Absent {
        /// The ARN asked for.
        arn: String,
    },
    /// The entry shares parts with others by an anchor or an alias.
    #[error("the entry for {arn} shares parts with other entries through a YAML anchor or alias")]
    Shared {
        /// The ARN asked for.
        arn: String,
    },
    /// A value that does not fit on a line.
    #[error("{field} must not contain line breaks or control characters, got {text:?}")]
    Control {
        /// `username` or `groups`.
        field: &'static str,
        /// The value.
        text: String,
    },
    /// The edited text does not read as the old one with the wanted change.
    #[error("its layout does not allow changing only this entry")]
    Unproven,
}

/// Positions as users read them, e.g. `1 and 2`.
#[must_use]
pub fn places(positions: &[usize]) -> String {
    positions.iter().map(usize::to_string).collect::<Vec<_>>().join(" and ")
}

/// The text with an entry more, at the end.
///
/// # Errors
/// When an entry with this ARN exists, or the text cannot be edited safely.
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

/// The text in which the entry of this ARN has this user name and these groups; its other fields and the spelling of its
/// ARN stay. The same text when it has them already.
///
/// # Errors
/// When not exactly one entry has this ARN, or the text cannot be edited safely.
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

/// The text without the entry of this ARN.
///
/// # Errors
/// When not exactly one entry has this ARN, or the text cannot be edited safely.
pub fn remove(text: &str, mapping: Mapping, arn: &str) -> Result<String, Refusal> {
    let listing = Listing::read(text, mapping)?;
    let position = listing.only(arn)?.position - 1;
    let edited = remove::remove(text, &listing, position, arn)?;
    check::removed(&listing, &edited, position)?;
    Ok(edited)
}
