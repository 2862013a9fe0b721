//! Validates the configuration of an access entry without AWS requests.

use std::collections::BTreeSet;

use super::model::{AccessEntry, PolicyAssociation};
use super::validators::{AUTO_MODE, AUTO_MODE_POLICY, STANDARD, group, is_principal, policy_name, user_name};
use framework::diagnostics::Diagnostics;
use framework::path::Path;
use framework::validators::{self};

/// Validates combinations of arguments.
pub(super) fn together(config: &AccessEntry, diagnostics: &mut Diagnostics) {
    let kind = if config.kind.is_null() { Some(STANDARD) } else { config.kind.text() };
    match kind {
        Some(STANDARD) => of_principals(config, diagnostics),
        Some(kind) => of_nodes(kind, config, diagnostics),
        None => {}
    }
    let mut seen = BTreeSet::new();
    for association in config.policy_association.iter() {
        namespaces(association, diagnostics);
        let name = association.policy_arn.text().map(policy_name);
        if let Some(name) = name.filter(|name| !seen.insert(name.to_owned())) {
            diagnostics.error_at(
                Path::attribute("policy_association"),
                format!("Access policy {name} is associated twice"),
                "An access entry can have each access policy only once. List all namespaces in one block. A policy \
                 with cluster scope applies to all namespaces.",
            );
        }
    }
}

/// Custom names of entries of type `STANDARD`. EKS sets the names of nodes, which use reserved prefixes.
fn of_principals(config: &AccessEntry, diagnostics: &mut Diagnostics) {
    let groups = Path::attribute("kubernetes_groups");
    validators::each(group()).check(&config.kubernetes_groups.to_value(), &groups, false, diagnostics);
    user_name().check(&config.user_name.to_value(), &Path::attribute("user_name"), false, diagnostics);
}

/// Rejects arguments that node entries do not support. Names that EKS sets are accepted, because Terraform generates
/// them from state.
fn of_nodes(kind: &str, config: &AccessEntry, diagnostics: &mut Diagnostics) {
    let is_own = |name: &str| !["system:", "eks:"].iter().any(|prefix| name.starts_with(prefix));
    let groups = config.kubernetes_groups.known_elements().any(|group| is_own(group));
    let given = [("kubernetes_groups", groups), ("user_name", config.user_name.text().is_some_and(is_own))];
    for (name, _) in given.into_iter().filter(|(_, given)| *given) {
        diagnostics.error_at(
            Path::attribute(name),
            format!("{name} is not supported with type {kind}"),
            format!("EKS sets the username and the groups of nodes. Remove {name}, or use type {STANDARD}."),
        );
    }
    if config.principal_arn.text().is_some_and(|arn| is_principal(arn) && !arn.contains(":role/")) {
        diagnostics.error_at(
            Path::attribute("principal_arn"),
            format!("Access entry of type {kind} requires an IAM role"),
            "Nodes use an IAM role. Set principal_arn to the ARN of the role in their instance profile, or use type \
             STANDARD for a user.",
        );
    }
    for association in config.policy_association.iter() {
        let Some(name) = association.policy_arn.text().map(policy_name) else { continue };
        if kind == AUTO_MODE && name == AUTO_MODE_POLICY {
            continue;
        }
        let allowed = if kind == AUTO_MODE {
            format!("EKS Auto Mode nodes support only {AUTO_MODE_POLICY}. Use this policy, or remove the block.")
        } else {
            "Nodes of this type have the required permissions without access policies. Remove the block.".to_owned()
        };
        diagnostics.error_at(
            Path::attribute("policy_association"),
            format!("Type {kind} does not support access policy {name}"),
            allowed,
        );
    }
}

/// Checks that namespaces are set if, and only if, the type is `namespace`.
fn namespaces(association: &PolicyAssociation, diagnostics: &mut Diagnostics) {
    let Some(scope) = association.access_scope.first() else { return };
    let name = association.policy_arn.text().map(policy_name).unwrap_or("(known after apply)");
    let given = scope.namespaces.known().map(|namespaces| !namespaces.0.is_empty());
    let (found, fix) = match (scope.kind.text(), given) {
        (Some("cluster"), Some(true)) => (
            "type cluster with namespaces",
            "Remove the namespaces, or set type = \"namespace\" to limit the policy to them.",
        ),
        (Some("namespace"), None | Some(false)) if !scope.namespaces.is_unknown() => {
            ("type namespace without namespaces", "Set namespaces, or use type = \"cluster\".")
        }
        _ => return,
    };
    diagnostics.error_at(
        Path::attribute("policy_association"),
        format!("Scope of access policy {name} has {found}"),
        fix,
    );
}

#[cfg(test)]
mod tests {
    use super::super::validators::{policy, principal, same_associations};
    use super::*;
    use framework::blocks::{Blocks, SetBlock};
    use framework::model::{Attr, Model, Set};
    use framework::validators::Validator;
    use framework::value::Value;

    use super::super::model::AccessScope;

    fn holds(validator: &Validator, text: &str) -> bool {
        let mut diagnostics = Diagnostics::new();
        validator.check(&Value::from(text), &Path::root(), false, &mut diagnostics);
        diagnostics.is_empty()
    }

    fn association(policy: &str, kind: &str, namespaces: Set<String>) -> PolicyAssociation {
        let scope = AccessScope { kind: kind.into(), namespaces };
        PolicyAssociation { policy_arn: policy.into(), access_scope: Blocks::Known(vec![scope]) }
    }

    fn findings(config: &AccessEntry) -> Vec<(String, String)> {
        let mut diagnostics = Diagnostics::new();
        together(config, &mut diagnostics);
        let each = diagnostics.iter();
        each.map(|one| (one.path.as_ref().map(ToString::to_string).unwrap_or_default(), one.summary.clone())).collect()
    }

    fn node(kind: &str) -> AccessEntry {
        AccessEntry {
            principal_arn: "arn:aws:iam::111122223333:role/n".into(),
            kind: kind.into(),
            ..AccessEntry::default()
        }
    }

    #[test]
    fn principals_are_roles_and_users() {
        let principal = principal();
        for good in ["role/a", "role/a/b", "user/a", "root"] {
            assert!(holds(&principal, &format!("arn:aws-cn:iam::111122223333:{good}")), "{good}");
        }
        for bad in [
            "arn:aws:sts::111122223333:assumed-role/a/b",
            "arn:aws:iam::111122223333:group/a",
            "arn:aws:iam::111122223333:role/aws-service-role/eks.amazonaws.com/x",
            "arn:aws:iam::1111:role/a",
            "arn:aws:iam::111122223333:role/",
            "arn:aws:iam::111122223333:role/a b",
            "a",
        ] {
            assert!(!holds(&principal, bad), "{bad}");
        }
    }

    #[test]
    fn identity_center_role_requires_its_path() {
        let name = "AWSReservedSSO_Admin_0123456789abcdef";
        for path in ["aws-reserved/sso.amazonaws.com/", "aws-reserved/sso.amazonaws.com/eu-west-1/"] {
            assert!(holds(&principal(), &format!("arn:aws:iam::111122223333:role/{path}{name}")), "{path}");
        }
        let mut diagnostics = Diagnostics::new();
        let without_path = format!("arn:aws-cn:iam::111122223333:role/{name}");
        let path = Path::attribute("principal_arn");
        principal().check(&Value::from(without_path.as_str()), &path, false, &mut diagnostics);
        let found = diagnostics.iter().next().expect("it is rejected");
        let full = format!("arn:aws-cn:iam::111122223333:role/aws-reserved/sso.amazonaws.com/REGION/{name}.");
        assert!(found.detail.contains(&full) && found.detail.contains("get-role --role-name AWSReserved"), "{found:?}");
    }

    #[test]
    fn names_of_the_system_are_reserved() {
        assert!(holds(&user_name(), "ops:{{SessionName}}") && holds(&user_name(), "ops") && holds(&group(), "ops"));
        for bad in ["system:node:x", "eks:x", "aws:x", "amazon:x", "iam:x", "{{SessionName}}", "a-{{SessionNameRaw}}"] {
            assert!(!holds(&user_name(), bad), "{bad}");
        }
        assert!(!holds(&group(), "system:masters"));
        let given = super::super::api::default_user_name("arn:aws:iam::111122223333:role/team/ops");
        assert_eq!(given, "arn:aws:sts::111122223333:assumed-role/ops/{{SessionName}}");
        assert!(holds(&user_name(), &given));
    }

    #[test]
    fn policy_must_be_eks_access_policy_name_or_arn() {
        for good in ["AmazonEKSViewPolicy", "arn:aws-cn:eks::aws:cluster-access-policy/AmazonEKSViewPolicy"] {
            assert!(holds(&policy(), good), "{good}");
        }
        for bad in ["arn:aws:iam::aws:policy/AmazonEKSViewPolicy", "", "x:eks::aws:cluster-access-policy/A", "a b"] {
            assert!(!holds(&policy(), bad), "{bad}");
        }
    }

    #[test]
    fn node_entries_reject_standard_entry_arguments() {
        let groups = AccessEntry { kubernetes_groups: Set::of(["a".to_owned()]), ..node("EC2_LINUX") };
        assert_eq!(findings(&groups)[0].0, "kubernetes_groups");
        assert_eq!(findings(&AccessEntry { user_name: "a".into(), ..node("FARGATE_LINUX") })[0].0, "user_name");
        let user = AccessEntry { principal_arn: "arn:aws:iam::111122223333:user/a".into(), ..node("EC2_WINDOWS") };
        assert_eq!(findings(&user)[0].0, "principal_arn");
        let with = |kind: &str, policy: &str| AccessEntry {
            policy_association: SetBlock::of([association(policy, "cluster", Attr::Null)]),
            ..node(kind)
        };
        assert_eq!(findings(&with("EC2_LINUX", "AmazonEKSAutoNodePolicy"))[0].0, "policy_association");
        assert_eq!(findings(&with("EC2", "AmazonEKSViewPolicy"))[0].0, "policy_association");
        assert!(findings(&with("EC2", "arn:aws:eks::aws:cluster-access-policy/AmazonEKSAutoNodePolicy")).is_empty());
        assert!(findings(&with("STANDARD", "AmazonEKSViewPolicy")).is_empty());
        assert!(findings(&AccessEntry { kind: Attr::Unknown, ..with("", "AmazonEKSViewPolicy") }).is_empty());
    }

    #[test]
    fn scopes_and_namespaces_fit() {
        let of = |associations: Vec<PolicyAssociation>| AccessEntry {
            policy_association: SetBlock::of(associations),
            ..node("STANDARD")
        };
        let names = || Set::of(["a".to_owned()]);
        for bad in [association("P", "cluster", names()), association("P", "namespace", Attr::Null)] {
            assert_eq!(findings(&of(vec![bad])).len(), 1);
        }
        for good in [
            association("P", "namespace", names()),
            association("P", "namespace", Attr::Unknown),
            association("P", "cluster", Set::of([])),
        ] {
            assert!(findings(&of(vec![good])).is_empty());
        }
        let twice = of(vec![association("P", "cluster", Attr::Null), association("P", "namespace", names())]);
        assert!(findings(&twice)[0].1.contains("P is associated twice"));
    }

    #[test]
    fn name_and_arn_of_a_policy_are_the_same_one() {
        let value = |policy: &str, kind: &str, namespaces: Set<String>| {
            Value::set(vec![association(policy, kind, namespaces).to_value()])
        };
        let arn = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy";
        let same = |one: &Value, other: &Value| same_associations(one, other);
        assert!(same(&value("AmazonEKSViewPolicy", "cluster", Attr::Null), &value(arn, "cluster", Set::of([]))));
        let names = |name: &str| Set::of([name.to_owned()]);
        assert!(!same(&value(arn, "namespace", names("a")), &value(arn, "namespace", names("b"))));
        assert!(!same(&value("AmazonEKSEditPolicy", "cluster", Attr::Null), &value(arn, "cluster", Attr::Null)));
        assert!(!same(&Value::set(vec![]), &value(arn, "cluster", Attr::Null)));
    }
}
