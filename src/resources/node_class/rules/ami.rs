//! Rules for AMI selector terms.

use framework::diagnostics::{Diagnostic, Diagnostics};
use framework::model::Attr;
use framework::path::Path;

use super::{each, family_of_alias, given};
use crate::resources::node_class::api::KARPENTER;
use crate::resources::node_class::model::{AmiSelectorTerm, NodeClass};
use render::karpenter::node_class::{DEFAULT_FAMILY, alias_family, default_alias};

pub(super) fn check(config: &NodeClass, diagnostics: &mut Diagnostics) {
    let path = Path::attribute("ami_selector_term");
    for (path, term) in each(&path, &config.ami_selector_term) {
        of_term(&path, term, diagnostics);
    }
    match config.ami_selector_term.known() {
        None => {}
        Some(terms) if terms.is_empty() => without_terms(config, diagnostics),
        Some(terms) => family(config, terms, diagnostics),
    }
}

fn family(config: &NodeClass, terms: &[AmiSelectorTerm], diagnostics: &mut Diagnostics) {
    let path = Path::attribute("ami_selector_term");
    let aliases: Vec<_> = each(&path, &config.ami_selector_term).filter(|(_, term)| given(&term.alias)).collect();
    if let ([(at, _), ..], true) = (aliases.as_slice(), terms.len() > 1) {
        let detail = format!("A term with an alias must be the only term, but there are {} terms.", terms.len());
        diagnostics.error_at(at.then("alias"), "Alias with other AMI selector terms", detail);
    }
    let unsure = terms.iter().any(|term| term.alias.is_unknown());
    if aliases.is_empty() && !unsure && config.ami_family.is_null() {
        let detail = "ami_family is required if no ami_selector_term has an alias, because it determines the format of the \
                      user data. Set it to a family, such as AL2023, Bottlerocket, or Custom.";
        diagnostics.error_at(Path::attribute("ami_family"), "Missing required argument", detail);
    }
    for (_, term) in &aliases {
        let family = term.alias.text().and_then(family_of_alias);
        if let (Some(expected), Some(found)) = (family, config.ami_family.text())
            && found != expected
            && found != "Custom"
        {
            let detail = format!(
                "With the alias {}, ami_family must be {expected} or Custom, got: {found}.",
                term.alias.text().unwrap_or_default()
            );
            diagnostics.error_at(Path::attribute("ami_family"), "AMI family does not match the alias", detail);
        }
    }
}

fn without_terms(config: &NodeClass, diagnostics: &mut Diagnostics) {
    let family = config.ami_family.text().unwrap_or(DEFAULT_FAMILY);
    let is_known = !config.ami_family.is_unknown();
    if is_known && config.controller.text() == Some(KARPENTER) && default_alias(family).is_none() {
        diagnostics.push(no_default(family));
    }
}

/// The error for a family without a default alias.
pub(in super::super) fn no_default(family: &str) -> Diagnostic {
    let example = match alias_family(family) {
        Some(name) => format!("alias = \"{name}@latest\""),
        None => "id = \"ami-0123456789abcdef0\"".to_owned(),
    };
    let detail = format!(
        "Only the families AL2023 and Bottlerocket have default AMIs, got: {family}. Add an ami_selector_term block, such as \
         ami_selector_term {{ {example} }}."
    );
    Diagnostic::error("Missing required argument", detail).at(Path::attribute("ami_selector_term"))
}

fn of_term(path: &Path, term: &AmiSelectorTerm, diagnostics: &mut Diagnostics) {
    let alone: [(&str, &Attr<String>); 2] = [("alias", &term.alias), ("id", &term.id)];
    let narrowing = [
        ("id", given(&term.id)),
        ("name", given(&term.name)),
        ("owner", given(&term.owner)),
        ("tags", given(&term.tags)),
        ("ssm_parameter", given(&term.ssm_parameter)),
    ];
    for (name, value) in alone {
        let others: Vec<_> =
            narrowing.iter().filter(|(other, is_given)| *other != name && *is_given).map(|(other, _)| *other).collect();
        if given(value) && !others.is_empty() {
            let detail = format!("A term with {name} must not have other arguments. Remove {}.", others.join(" and "));
            diagnostics.error_at(path.then(name), format!("Conflicting arguments in {path}"), detail);
            return;
        }
    }
    let selects = term.alias.is_null()
        && term.id.is_null()
        && term.name.is_null()
        && term.tags.is_null()
        && term.ssm_parameter.is_null();
    if selects {
        let detail = format!(
            "At least one of alias, id, name, tags, or ssm_parameter must be set in {path}. owner only limits the selection."
        );
        diagnostics.error_at(path.clone(), format!("Missing required argument in {path}"), detail);
    }
}
