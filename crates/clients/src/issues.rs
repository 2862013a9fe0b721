//! Explains the health issues of EKS resources, and how to fix them.

use std::collections::BTreeSet;
use std::fmt::Write;

/// A health issue.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Issue {
    /// The code, such as `NodeCreationFailure`.
    pub code: String,
    /// The message of EKS.
    pub message: String,
    /// The affected instances, groups, or roles.
    pub resource_ids: Vec<String>,
}

/// Remediation by code.
pub type Remediations = [(&'static [&'static str], &'static str)];

/// Returns the remediation for an issue code, or `None`.
#[must_use]
pub fn cure(cures: &Remediations, code: &str) -> Option<&'static str> {
    cures.iter().find(|(codes, _)| codes.contains(&code)).map(|(_, cure)| *cure)
}

/// Formats the issues as a heading with one line per issue.
#[must_use]
pub fn listed(heading: &str, issues: &[Issue]) -> String {
    let mut text = heading.to_owned();
    for issue in issues {
        let _ = write!(text, "\n  - {}: {}", issue.code, issue.message.trim());
        let resources = resources(issue);
        if !resources.is_empty() {
            let _ = write!(text, " ({})", resources.join(", "));
        }
    }
    text
}

/// Returns the resources of an issue. EKS uses `DUMMY_…` if no instance was launched.
fn resources(issue: &Issue) -> Vec<&str> {
    let real = |id: &&str| !id.is_empty() && !id.starts_with("DUMMY_");
    issue.resource_ids.iter().map(String::as_str).filter(real).collect()
}

/// Adds the remediation of each issue code once to the text.
pub fn with_remediation<'i>(cures: &Remediations, mut text: String, issues: impl Iterator<Item = &'i Issue>) -> String {
    let mut told = BTreeSet::new();
    for cure in issues.filter_map(|issue| cure(cures, &issue.code)) {
        if told.insert(cure) {
            text.push_str("\n\n");
            text.push_str(cure);
        }
    }
    text
}

/// Formats the status of an object for the log, with its issues, which EKS reports minutes before the operation fails.
#[must_use]
pub fn state(status: &str, issues: &[Issue]) -> String {
    let issues: Vec<_> = issues.iter().map(|Issue { code, message, .. }| format!("{code}: {message}")).collect();
    if issues.is_empty() { status.to_owned() } else { format!("{status} ({})", issues.join("; ")) }
}
