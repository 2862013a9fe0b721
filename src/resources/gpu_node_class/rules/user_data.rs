//! The user data, which Karpenter merges with its own.

use framework::diagnostics::{Diagnostic, Diagnostics};
use framework::model::Attr;
use framework::path::Path;
use render::karpenter::node_class::{DEFAULT_FAMILY, family_of_alias};
use render::karpenter::user_data;

use crate::resources::gpu_node_class::api::KARPENTER;
use crate::resources::gpu_node_class::model::GpuNodeClass;

pub(super) fn check(config: &GpuNodeClass, diagnostics: &mut Diagnostics) {
    let (Some(KARPENTER), Some(text), Some(family)) =
        (config.controller.text(), config.user_data.text(), family(config))
    else {
        return;
    };
    for finding in user_data::check(family, text) {
        let diagnostic = if finding.is_error() {
            Diagnostic::error(format!("Invalid user data for {family} nodes"), finding.text)
        } else {
            Diagnostic::warning(format!("User data has no effect on {family} nodes in part"), finding.text)
        };
        diagnostics.push(diagnostic.at(Path::attribute("user_data")));
    }
}

/// The AMI family that Karpenter uses; none if it is unknown.
fn family(config: &GpuNodeClass) -> Option<&str> {
    match &config.ami_family {
        Attr::Known(family) => return Some(family),
        Attr::Unknown => return None,
        Attr::Null => {}
    }
    match &config.ami_selector_terms {
        Attr::Null => Some(DEFAULT_FAMILY),
        terms => terms.known_elements().next().and_then(|term| term.alias.text()).and_then(family_of_alias),
    }
}

#[cfg(test)]
mod tests {
    use framework::diagnostics::Severity;
    use framework::model::List;
    use rstest::rstest;

    use super::*;
    use crate::resources::gpu_node_class::model::AmiSelectorTerm;

    fn found(config: GpuNodeClass, text: &str) -> Vec<Severity> {
        let config = GpuNodeClass { controller: KARPENTER.into(), user_data: text.into(), ..config };
        let mut diagnostics = Diagnostics::new();
        check(&config, &mut diagnostics);
        let paths = diagnostics.iter().filter_map(|each| each.path.as_ref());
        assert!(paths.map(ToString::to_string).all(|path| path == "user_data"));
        diagnostics.iter().map(|each| each.severity).collect()
    }

    fn of_alias(alias: Attr<String>) -> GpuNodeClass {
        let term = AmiSelectorTerm { alias, ..AmiSelectorTerm::default() };
        GpuNodeClass { ami_selector_terms: List::of([term]), ..GpuNodeClass::default() }
    }

    #[rstest]
    #[case::default(GpuNodeClass::default(), &[Severity::Warning])]
    #[case::alias(of_alias("bottlerocket@latest".into()), &[Severity::Error])]
    #[case::family(GpuNodeClass { ami_family: "Custom".into(), ..of_alias("bottlerocket@latest".into()) }, &[])]
    #[case::unknown_alias(of_alias(Attr::Unknown), &[])]
    #[case::unknown_terms(GpuNodeClass { ami_selector_terms: Attr::Unknown, ..GpuNodeClass::default() }, &[])]
    #[case::unknown_family(GpuNodeClass { ami_family: Attr::Unknown, ..GpuNodeClass::default() }, &[])]
    fn user_data_is_that_of_the_family(#[case] config: GpuNodeClass, #[case] expected: &[Severity]) {
        assert_eq!(found(config, "echo hello\n"), expected);
    }
}
