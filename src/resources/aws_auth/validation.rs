//! What an entry may hold.

use framework::diagnostics::Diagnostics;
use framework::path::Path;
use framework::validators::{Validator, text_that};
use render::role_arn::without_path;

use super::mapped::Mapped;
use super::presets::Preset;
use super::role::AwsAuthMapRole;

/// What the authenticator fills in (aws-iam-authenticator's templates).
const TEMPLATES: [&str; 5] = ["EC2PrivateDNSName", "SessionName", "SessionNameRaw", "AccountID", "AccessKeyID"];

/// A group.
pub(super) fn name() -> Validator {
    text_that("be a non-empty name on a single line, without control characters", |text| {
        !text.is_empty() && is_one_line(text)
    })
}

/// A user name; the authenticator takes none for an empty one.
pub(super) fn one_line() -> Validator {
    text_that("be a single line without control characters", is_one_line)
}

fn is_one_line(text: &str) -> bool {
    let breaks = |character: char| character.is_control() || matches!(character, '\u{2028}' | '\u{2029}' | '\u{feff}');
    !text.contains(breaks)
}

/// Only templates that the authenticator knows; it leaves others as they are.
pub(super) fn templates() -> Validator {
    let must = "not contain templates other than `{{EC2PrivateDNSName}}`, `{{SessionName}}`, `{{SessionNameRaw}}`, \
                `{{AccountID}}`, and `{{AccessKeyID}}`, without spaces";
    text_that(must, |text| {
        let mut rest = text;
        while let Some((_, after)) = rest.split_once("{{") {
            let Some((template, after)) = after.split_once("}}") else { return false };
            if !TEMPLATES.contains(&template) {
                return false;
            }
            rest = after;
        }
        true
    })
}

/// A role that a caller can have.
pub(super) fn mappable_role() -> Validator {
    text_that(
        "be a valid IAM role ARN, such as `arn:aws:iam::111122223333:role/node`, with a role name of at most 64 \
         letters, digits, and characters of `+=,.@_-`",
        |text| without_path(text).is_ok(),
    )
}

/// The ARN of an IAM user or of the root of an account.
pub(super) fn user_arn() -> Validator {
    text_that("be a valid IAM user ARN, such as `arn:aws:iam::111122223333:user/jane`", |text| {
        let parts: Vec<_> = text.splitn(6, ':').collect();
        matches!(parts.as_slice(), ["arn", partition, "iam", "", account, resource]
            if partition.starts_with("aws") && account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit())
                && (*resource == "root" || resource.strip_prefix("user/").is_some_and(|name| !name.is_empty()))
                && !resource.contains(char::is_whitespace))
    })
}

/// A preset or a user name, not both, unless the one is what the other gives.
pub(super) fn role(config: &AwsAuthMapRole, diagnostics: &mut Diagnostics) {
    let open = config.node_type.is_unknown() || config.username.is_unknown() || config.groups.is_unknown();
    if open {
        return;
    }
    let at = |name: &str| Path::attribute(name);
    match (config.node_type.text(), config.username.is_null(), config.groups.is_null()) {
        (None, true, _) => diagnostics.error_at(
            Path::root(),
            "Missing node_type or username",
            format!(
                "The entry of a {} requires a Kubernetes user name. For a node role, set node_type. For any other \
                 role, set username and groups.",
                AwsAuthMapRole::NOUN
            ),
        ),
        (Some(node_type), ..) => {
            let Some(preset) = Preset::named(node_type) else { return };
            // Terraform generates all three from the state.
            let other_name = config.username.text().is_some_and(|text| text != preset.username);
            let other_groups = config.groups.is_known() && config.groups != preset.group_set();
            let name = match (other_name, other_groups) {
                (true, _) => "username",
                (false, true) => "groups",
                (false, false) => return,
            };
            diagnostics.error_at(
                at(name),
                format!("Conflicting arguments node_type and {name}"),
                format!("node_type = {node_type:?} sets the user name and the groups. Remove node_type or {name}."),
            );
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use framework::value::Value;

    fn holds(validator: &Validator, text: &str) -> bool {
        let mut diagnostics = Diagnostics::new();
        validator.check(&Value::from(text), &Path::root(), false, &mut diagnostics);
        diagnostics.is_empty()
    }

    #[test]
    fn only_known_templates_are_taken() {
        let templates = templates();
        for good in
            ["ops", "ops:{{SessionName}}", "{{AccountID}}-{{AccessKeyID}}", "system:node:{{EC2PrivateDNSName}}", "a}}b"]
        {
            assert!(holds(&templates, good), "{good}");
        }
        for bad in ["{{ SessionName }}", "{{sessionname}}", "{{SessionName", "{{Region}}"] {
            assert!(!holds(&templates, bad), "{bad}");
        }
    }

    #[test]
    fn names_are_one_line() {
        assert!(holds(&name(), "é x") && !holds(&name(), "") && !holds(&name(), "a\nb") && !holds(&name(), "a\tb"));
        assert!(holds(&one_line(), "") && !holds(&one_line(), "a\nb"));
    }

    #[test]
    fn users_are_users() {
        let user = user_arn();
        for good in [
            "arn:aws:iam::111122223333:user/jane",
            "arn:aws-cn:iam::111122223333:user/team/jane",
            "arn:aws:iam::111122223333:root",
        ] {
            assert!(holds(&user, good), "{good}");
        }
        for bad in [
            "arn:aws:iam::111122223333:role/x",
            "arn:aws:iam::1111:user/x",
            "jane",
            "arn:aws:iam::111122223333:user/a b",
        ] {
            assert!(!holds(&user, bad), "{bad}");
        }
    }
}
