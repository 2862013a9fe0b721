//! Converts diagnostics, with secrets masked, and their paths.

use crate::proto::tfplugin6 as proto;
use crate::proto::tfplugin6::attribute_path::{Step as ProtoStep, step::Selector};
use crate::proto::tfplugin6::diagnostic::Severity as ProtoSeverity;
use framework::diagnostics::{Diagnostic, Diagnostics, Severity};
use framework::function::FunctionError;
use framework::path::{Path, Step};
use framework::secrets::masked;

pub(crate) fn diagnostics(diagnostics: Diagnostics) -> Vec<proto::Diagnostic> {
    diagnostics.into_iter().map(|message| diagnostic(&message)).collect()
}

pub(crate) fn diagnostic(diagnostic: &Diagnostic) -> proto::Diagnostic {
    let severity = match diagnostic.severity {
        Severity::Error => ProtoSeverity::Error,
        Severity::Warning => ProtoSeverity::Warning,
    };
    proto::Diagnostic {
        severity: severity.into(),
        summary: masked(&diagnostic.summary).into_owned(),
        detail: masked(&diagnostic.detail).into_owned(),
        // A path without steps does not refer to anything. A missing path means the object as a whole.
        attribute: diagnostic.path.as_ref().map(path).filter(|path| !path.steps.is_empty()),
    }
}

/// Returns the path up to the first set element, because the protocol cannot address set elements.
pub(crate) fn path(path: &Path) -> proto::AttributePath {
    let steps = path.steps().iter().map_while(|step| {
        let selector = match step {
            Step::Attribute(name) => Selector::AttributeName(name.clone()),
            Step::Index(index) => Selector::ElementKeyInt(i64::try_from(*index).ok()?),
            Step::Key(key) => Selector::ElementKeyString(key.clone()),
            Step::Element(_) => return None,
        };
        Some(ProtoStep { selector: Some(selector) })
    });
    proto::AttributePath { steps: steps.collect() }
}

pub(crate) fn function_error(error: &FunctionError) -> proto::FunctionError {
    proto::FunctionError { text: masked(&error.message).into_owned(), function_argument: error.argument }
}

#[cfg(test)]
mod tests {
    use super::*;
    use framework::secrets;
    use framework::value::Value;

    #[test]
    fn severity_is_always_set() {
        assert_eq!(diagnostic(&Diagnostic::error("a", "b")).severity(), ProtoSeverity::Error);
        assert_eq!(diagnostic(&Diagnostic::warning("a", "b")).severity(), ProtoSeverity::Warning);
    }

    #[test]
    fn path_to_the_whole_object_is_absent() {
        assert_eq!(diagnostic(&Diagnostic::error("a", "b")).attribute, None);
        assert_eq!(diagnostic(&Diagnostic::error("a", "b").at(Path::root())).attribute, None);
    }

    #[test]
    fn path_ends_before_a_set_element() {
        let steps = path(&Path::attribute("a").index(2).key("k").element(Value::Null).then("b")).steps;
        let selectors: Vec<_> = steps.into_iter().filter_map(|step| step.selector).collect();
        let expected = [
            Selector::AttributeName("a".to_owned()),
            Selector::ElementKeyInt(2),
            Selector::ElementKeyString("k".to_owned()),
        ];
        assert_eq!(selectors, expected);
    }

    #[test]
    fn secrets_are_masked() {
        secrets::mask("a-secret-in-a-diagnostic");
        let shown = diagnostic(&Diagnostic::error("x a-secret-in-a-diagnostic", "a-secret-in-a-diagnostic y"));
        assert_eq!((shown.summary.as_str(), shown.detail.as_str()), ("x ***", "*** y"));
    }
}
