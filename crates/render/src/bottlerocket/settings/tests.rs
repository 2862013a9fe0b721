use super::karpenter::MEMBERS;
use super::*;
use crate::members::Kind as GoKind;

/// Returns whether a setting can contain the values of a Go type.
fn has_type(kind: &Kind, go: &GoKind) -> bool {
    match (kind, go) {
        (Kind::Same(kind), _) => has_type(kind, go),
        (Kind::Either(kinds, _), _) => kinds.iter().any(|kind| has_type(kind, go)),
        (Kind::Table(settings), GoKind::Object(members)) => missing(settings, members).is_empty(),
        // Bottlerocket supports only one credential provider.
        (Kind::Table(settings), GoKind::Map(go)) => settings.iter().all(|setting| has_type(&setting.kind, go)),
        (Kind::Map(_, kind) | Kind::Open(_, _, kind), GoKind::Map(go)) => has_type(kind, go),
        (Kind::List(kind) | Kind::Some(kind), GoKind::List(go)) => has_type(kind, go),
        (Kind::Bool, GoKind::Bool)
        | (Kind::Integer(..), GoKind::Int64 | GoKind::Uint32)
        | (Kind::Text(_) | Kind::Choice(_), GoKind::Text) => true,
        _ => false,
    }
}

/// The members without a setting of their type.
fn missing(settings: &[Setting], members: &[Member]) -> Vec<&'static str> {
    let has =
        |(name, go, ..): &&Member| settings.iter().any(|setting| setting.name == *name && has_type(&setting.kind, go));
    members.iter().filter(|member| !has(member)).map(|(name, ..)| *name).collect()
}

#[test]
fn kubernetes_settings_have_the_types_of_karpenter() {
    assert_eq!(missing(kubernetes::KUBERNETES, MEMBERS), [""; 0]);
    assert!(MEMBERS.len() > 40, "{}", MEMBERS.len());
}
