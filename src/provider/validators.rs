//! Validates single values of the provider block.

use render::arn::Arn;
use std::time::Duration;

use framework::duration;
use framework::validators::{Validator, string_matching};

/// An AWS account ID.
pub(super) fn account_id() -> Validator {
    let is_account = |text: &str| text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit());
    string_matching("be an AWS account ID of 12 digits", is_account)
}

/// The ARN of a role.
pub(super) fn role_arn() -> Validator {
    string_matching("be a valid IAM role ARN, such as `arn:aws:iam::123456789012:role/deploy`", is_role_arn)
}

pub(super) fn is_role_arn(text: &str) -> bool {
    Arn::parse(text).is_some_and(|arn| {
        let has_role = arn.resource.strip_prefix("role/").is_some_and(|name| !name.is_empty());
        !arn.partition.is_empty()
            && arn.service == "iam"
            && arn.region.is_empty()
            && arn.account.len() == 12
            && has_role
    })
}

/// A session duration that STS accepts.
pub(super) fn role_duration() -> Validator {
    let fits = |text: &str| {
        let hour = Duration::from_secs(3600);
        duration::parse(text).is_some_and(|duration| (hour / 4..=hour * 12).contains(&duration))
    };
    string_matching("be a duration between `15m` and `12h`", fits)
}

/// An absolute HTTP URL.
pub(super) fn url() -> Validator {
    string_matching("be a URL that starts with `http://` or `https://`", is_url)
}

fn is_url(text: &str) -> bool {
    let scheme = text.starts_with("http://") || text.starts_with("https://");
    scheme && text.parse::<http::Uri>().is_ok_and(|uri| uri.host().is_some_and(|host| !host.is_empty()))
}

/// The URL of a proxy, or an empty string.
pub(super) fn proxy() -> Validator {
    let must = "be the URL of an HTTP proxy, such as `http://proxy.example.com:3128`, or empty";
    string_matching(must, |text| text.is_empty() || proxy_url(text).is_some())
}

/// Parses the URL of a proxy. A URL without a scheme is an `http` URL.
pub(super) fn proxy_url(text: &str) -> Option<String> {
    let url = if text.contains("://") { text.to_owned() } else { format!("http://{text}") };
    is_url(&url).then_some(url)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use framework::diagnostics::Diagnostics;
    use framework::path::Path;
    use framework::value::Value;

    fn accepts(validator: &Validator, text: &str) -> bool {
        let mut diagnostics = Diagnostics::new();
        validator.check(&Value::string(text), &Path::attribute("a"), false, &mut diagnostics);
        !diagnostics.has_error()
    }

    #[rstest]
    #[case(account_id(), &["123456789012"], &["", "12345678901", "12345678901a", "1234567890123"])]
    #[case(
        role_arn(),
        &["arn:aws:iam::123456789012:role/deploy", "arn:aws-cn:iam::123456789012:role/path/deploy"],
        &["deploy", "arn:aws:iam::123456789012:user/x", "arn:aws:iam::123456789012:role/", "arn:aws:sts::123456789012:role/x"]
    )]
    #[case(role_duration(), &["15m", "1h", "12h"], &["14m", "13h", "3600"])]
    #[case(url(), &["http://localhost:5000", "https://eks.test/"], &["localhost:5000", "ftp://x", "https://"])]
    #[case(
        proxy(),
        &["", "proxy:3128", "http://user:pass@proxy:3128", "https://proxy"],
        &["socks5://proxy", "http://", "a proxy"]
    )]
    fn values_are_told_apart(#[case] validator: Validator, #[case] good: &[&str], #[case] bad: &[&str]) {
        for text in good {
            assert!(accepts(&validator, text), "{text:?}");
        }
        for text in bad {
            assert!(!accepts(&validator, text), "{text:?}");
        }
    }
}
