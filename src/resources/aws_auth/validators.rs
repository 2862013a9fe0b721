//! Validators of single arguments, and which values are equivalent.

use framework::validators::{Validator, string_matching};
use render::arn::Arn;
use render::role_arn::without_path;

/// Templates that the authenticator supports.
const TEMPLATES: [&str; 5] = ["EC2PrivateDNSName", "SessionName", "SessionNameRaw", "AccountID", "AccessKeyID"];

/// A group.
pub(super) fn name() -> Validator {
    string_matching("be a non-empty name on a single line, without control characters", |text| {
        !text.is_empty() && is_one_line(text)
    })
}

/// A user name. An entry with an empty name has no user name.
pub(super) fn one_line() -> Validator {
    string_matching("be a single line without control characters", is_one_line)
}

fn is_one_line(text: &str) -> bool {
    let breaks = |character: char| character.is_control() || matches!(character, '\u{2028}' | '\u{2029}' | '\u{feff}');
    !text.contains(breaks)
}

/// Only templates that the authenticator supports. It does not replace others.
pub(super) fn templates() -> Validator {
    let must = "not contain templates other than `{{EC2PrivateDNSName}}`, `{{SessionName}}`, `{{SessionNameRaw}}`, \
                `{{AccountID}}`, and `{{AccessKeyID}}`, without spaces";
    string_matching(must, |text| {
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

/// A role that callers can assume.
pub(super) fn mappable_role() -> Validator {
    string_matching(
        "be a valid IAM role ARN, such as `arn:aws:iam::111122223333:role/node`, with a role name of at most 64 \
         letters, digits, and characters of `+=,.@_-`",
        |text| without_path(text).is_ok(),
    )
}

/// The ARN of an IAM user or of the root of an account.
pub(super) fn user_arn() -> Validator {
    string_matching("be a valid IAM user ARN, such as `arn:aws:iam::111122223333:user/jane`", |text| {
        let named = |resource: &str| resource.strip_prefix("user/").is_some_and(|name| !name.is_empty());
        Arn::parse(text).filter(Arn::is_iam).is_some_and(|Arn { resource, .. }| {
            (resource == "root" || named(resource)) && !resource.contains(char::is_whitespace)
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use framework::diagnostics::Diagnostics;
    use framework::path::Path;
    use framework::validators::Validator;
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
