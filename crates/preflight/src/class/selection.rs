//! Findings for terms that select nothing, shared by subnets and security groups.

use super::Class;
use crate::facts::{Selector, Skip, together};
use crate::finding::{CheckFindings, Finding};
use crate::subject::ConfiguredInput;
use framework::model::Attr;

/// A list of terms, and the words for the selected objects.
pub(super) struct Selection<'c> {
    pub(super) terms: &'c ConfiguredInput<Vec<Attr<Selector>>>,
    /// The noun for users, such as `subnet`.
    pub(super) noun: &'static str,
    /// The condition that the controller reports if nothing is selected, and its reason.
    pub(super) condition: (&'static str, &'static str),
}

/// Returns the known terms, each with the objects that it selects.
pub(super) fn selected<'t, 'f, T>(
    terms: &'t ConfiguredInput<Vec<Attr<Selector>>>,
    select: impl Fn(Selector) -> Result<Option<&'f Vec<T>>, Skip>,
) -> Result<Vec<(&'t Selector, &'f [T])>, Skip> {
    let known: Vec<_> = terms.value.known().into_iter().flatten().filter_map(Attr::known).collect();
    let found = together(known.iter().map(|term| select((*term).clone())))?;
    Ok(known.into_iter().zip(found.into_iter().map(|found| found.map(Vec::as_slice).unwrap_or_default())).collect())
}

/// Ends a check of selected objects: returns an error if a term is unknown.
pub(super) fn all_known<T>(terms: &ConfiguredInput<Vec<Attr<T>>>) -> Result<(), Skip> {
    if terms.need()?.iter().any(Attr::is_unknown) { Err(Skip::Unknown) } else { Ok(()) }
}

impl Selection<'_> {
    /// Reports terms that select nothing at all, or else IDs that do not exist.
    pub(super) fn judge<T>(&self, class: &Class, found: &[(&Selector, &[T])], verdicts: &mut CheckFindings) {
        let Self { terms, noun, condition: (condition, reason) } = self;
        let missing: Vec<_> = found.iter().filter(|(_, found)| found.is_empty()).map(|(term, _)| *term).collect();
        let is_id = |term: &&&Selector| matches!(term, Selector::Id(_));
        let ids: Vec<_> = missing.iter().filter(is_id).map(ToString::to_string).collect();
        if !missing.is_empty() && missing.len() == terms.value.known().map_or(0, Vec::len) {
            let named: Vec<_> = missing.iter().map(ToString::to_string).collect();
            let found = format!("No {noun} in {} has {}.", class.region, named.join(" or "));
            let who = class.controller();
            let why = format!(
                "{who} sets the condition {condition} to False with the reason {reason}, and does not launch nodes."
            );
            let fix = format!(
                "Correct the terms, or add their tags to the {noun}s of the nodes. If the same apply does this, ignore \
                 this warning."
            );
            verdicts.warning(&terms.path, Finding::new(format!("No {noun} is selected"), found, why, fix));
        } else if !ids.is_empty() {
            let found = format!("No {noun} in {} has {}.", class.region, ids.join(" or "));
            let why = format!("Nodes use only the {noun}s that the other terms select.");
            let fix = "Correct the IDs, or remove them.";
            verdicts.warning(&terms.path, Finding::new(format!("A {noun} does not exist"), found, why, fix));
        }
    }
}
