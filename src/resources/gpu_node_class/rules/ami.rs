//! Which AMI.

use framework::diagnostics::{Diagnostic, Diagnostics};
use framework::model::Attr;
use framework::path::Path;

use super::{each, family_of_alias, given};
use crate::resources::gpu_node_class::api::KARPENTER;
use crate::resources::gpu_node_class::model::{AmiSelectorTerm, GpuNodeClass};
use render::karpenter::node_class::{DEFAULT_FAMILY, alias_family, default_alias};

pub(super) fn check(config: &GpuNodeClass, diagnostics: &mut Diagnostics) {
    let path = Path::attribute("ami_selector_terms");
    for (path, term) in each(&path, &config.ami_selector_terms) {
        of_term(&path, term, diagnostics);
    }
    let Some(terms) = config.ami_selector_terms.known() else {
        without_terms(config, diagnostics);
        return;
    };
    let aliases: Vec<_> = each(&path, &config.ami_selector_terms).filter(|(_, term)| given(&term.alias)).collect();
    if let ([(at, _), ..], true) = (aliases.as_slice(), terms.len() > 1) {
        let detail = format!(
            "An alias is the only term, because it stands for all AMIs of its family; there are {} terms.",
            terms.len()
        );
        diagnostics.error_at(at.then("alias"), "An alias beside other terms", detail);
    }
    let unsure = terms.iter().any(|term| term.known().is_none_or(|term| term.alias.is_unknown()));
    if aliases.is_empty() && !unsure && config.ami_family.is_null() && !terms.is_empty() {
        let detail = "Without an alias nobody knows how to write the userdata of the AMIs. Set ami_family, such as AL2023, \
                      Bottlerocket or Custom.";
        diagnostics.error_at(Path::attribute("ami_family"), "ami_family is missing", detail);
    }
    for (_, term) in &aliases {
        let family = term.alias.text().and_then(family_of_alias);
        if let (Some(expected), Some(found)) = (family, config.ami_family.text())
            && found != expected
            && found != "Custom"
        {
            let detail = format!(
                "The alias {} is of the family {expected}, so that ami_family is {expected}, Custom or left out; got {found}.",
                term.alias.text().unwrap_or_default()
            );
            diagnostics.error_at(Path::attribute("ami_family"), "ami_family is not that of the alias", detail);
        }
    }
}

fn without_terms(config: &GpuNodeClass, diagnostics: &mut Diagnostics) {
    let family = config.ami_family.text().unwrap_or(DEFAULT_FAMILY);
    if config.ami_selector_terms.is_null()
        && config.controller.text() == Some(KARPENTER)
        && default_alias(family).is_none()
    {
        diagnostics.push(no_default(family));
    }
}

/// The error for a family of which nobody knows which AMIs are meant.
pub(in super::super) fn no_default(family: &str) -> Diagnostic {
    let example = match alias_family(family) {
        Some(name) => format!("alias = \"{name}@latest\""),
        None => "id = \"ami-0123456789abcdef0\"".to_owned(),
    };
    let detail = format!(
        "There is no default for the family {family}: only for AL2023 and Bottlerocket. Say which AMIs nodes are launched \
         from, such as ami_selector_terms = [{{ {example} }}]."
    );
    Diagnostic::error("ami_selector_terms is missing", detail).at(Path::attribute("ami_selector_terms"))
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
            let detail = format!("A term with {name} selects by that alone; leave {} out.", others.join(" and "));
            diagnostics.error_at(path.then(name), format!("{path} has more than {name}"), detail);
            return;
        }
    }
    let selects = term.alias.is_null()
        && term.id.is_null()
        && term.name.is_null()
        && term.tags.is_null()
        && term.ssm_parameter.is_null();
    if selects {
        let detail =
            format!("{path} needs alias, id, name, tags or ssm_parameter. owner only narrows what they select.");
        diagnostics.error_at(path.clone(), format!("{path} selects nothing"), detail);
    }
}
