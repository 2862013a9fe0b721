//! Rules for the user data, which Karpenter merges with its own user data.

use framework::diagnostics::{Diagnostic, Diagnostics};
use framework::model::Attr;
use framework::path::Path;
use render::karpenter::node_class::{DEFAULT_FAMILY, family_of_alias};
use render::karpenter::user_data;

use crate::resources::node_class::api::KARPENTER;
use crate::resources::node_class::model::NodeClass;

pub(super) fn check(config: &NodeClass, diagnostics: &mut Diagnostics) {
    let (Some(KARPENTER), Some(text), Some(family)) =
        (config.controller.text(), config.user_data.text(), family(config))
    else {
        return;
    };
    for finding in user_data::check(family, text) {
        let diagnostic = if finding.is_error() {
            Diagnostic::error(format!("Invalid user data for {family} nodes"), finding.text)
        } else {
            Diagnostic::warning(format!("Part of the user data has no effect on {family} nodes"), finding.text)
        };
        diagnostics.push(diagnostic.at(Path::attribute("user_data")));
    }
}

/// The AMI family that Karpenter uses. `None` if it is unknown.
fn family(config: &NodeClass) -> Option<&str> {
    match &config.ami_family {
        Attr::Known(family) => return Some(family),
        Attr::Unknown => return None,
        Attr::Null => {}
    }
    match config.ami_selector_term.known()?.first() {
        None => Some(DEFAULT_FAMILY),
        Some(term) => term.alias.text().and_then(family_of_alias),
    }
}

#[cfg(test)]
mod tests {
    use framework::blocks::Blocks;
    use framework::diagnostics::Severity;
    use rstest::rstest;

    use super::*;
    use crate::resources::node_class::model::AmiSelectorTerm;

    fn found(config: NodeClass, text: &str) -> Vec<Severity> {
        let config = NodeClass { controller: KARPENTER.into(), user_data: text.into(), ..config };
        let mut diagnostics = Diagnostics::new();
        check(&config, &mut diagnostics);
        let paths = diagnostics.iter().filter_map(|each| each.path.as_ref());
        assert!(paths.map(ToString::to_string).all(|path| path == "user_data"));
        diagnostics.iter().map(|each| each.severity).collect()
    }

    fn of_alias(alias: Attr<String>) -> NodeClass {
        let term = AmiSelectorTerm { alias, ..AmiSelectorTerm::default() };
        NodeClass { ami_selector_term: Blocks::Known(vec![term]), ..NodeClass::default() }
    }

    #[rstest]
    #[case::default(NodeClass::default(), &[Severity::Warning])]
    #[case::alias(of_alias("bottlerocket@latest".into()), &[Severity::Error])]
    #[case::family(NodeClass { ami_family: "Custom".into(), ..of_alias("bottlerocket@latest".into()) }, &[])]
    #[case::unknown_alias(of_alias(Attr::Unknown), &[])]
    #[case::unknown_terms(NodeClass { ami_selector_term: Blocks::Unknown, ..NodeClass::default() }, &[])]
    #[case::unknown_family(NodeClass { ami_family: Attr::Unknown, ..NodeClass::default() }, &[])]
    fn user_data_must_match_ami_family(#[case] config: NodeClass, #[case] expected: &[Severity]) {
        assert_eq!(found(config, "echo hello\n"), expected);
    }
}
