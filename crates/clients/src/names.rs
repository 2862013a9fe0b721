//! Validates EKS and IAM names, for all resource types.

use framework::validators::{Validator, string_matching};
use render::arn::Arn;

/// Letters, digits, hyphens, and underscores, starting with a letter or digit.
#[must_use]
pub fn is_name(text: &str) -> bool {
    let allowed = |character: char| character.is_ascii_alphanumeric() || matches!(character, '-' | '_');
    text.chars().next().is_some_and(|first| first.is_ascii_alphanumeric()) && text.chars().all(allowed)
}

/// Validates the name of an EKS cluster.
#[must_use]
pub fn cluster_name() -> Validator {
    let must = "consist of 1 to 100 letters, digits, hyphens, and underscores, and start with a letter or digit";
    string_matching(must, |text| is_name(text) && text.len() <= 100)
}

/// Validates the name of a Region. It becomes part of a host name, so other characters are not safe.
#[must_use]
pub fn region() -> Validator {
    string_matching("be the name of a Region, such as `eu-central-1`", |text| {
        let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        (1..=64).contains(&text.len()) && text.bytes().all(allowed) && text.as_bytes()[0].is_ascii_lowercase()
    })
}

/// Validates a Kubernetes version. All EKS versions have two digits after the dot. A single digit results from the
/// number 1.30, which Terraform writes as 1.3.
#[must_use]
pub fn kubernetes_version() -> Validator {
    string_matching("be a Kubernetes version in quotes, such as `1.33`", |text| {
        text.strip_prefix("1.").is_some_and(|minor| minor.len() == 2 && minor.bytes().all(|byte| byte.is_ascii_digit()))
    })
}

/// Validates the ARN of an IAM role.
#[must_use]
pub fn role_arn() -> Validator {
    string_matching("be a valid IAM role ARN, such as `arn:aws:iam::111122223333:role/node`", |text| {
        let role = |arn: &Arn<'_>| arn.resource.strip_prefix("role/").is_some_and(|name| !name.is_empty());
        Arn::parse(text).is_some_and(|arn| arn.is_iam() && role(&arn))
    })
}

/// Returns the account ID and Region of an ARN.
#[must_use]
pub fn account_and_region(arn: &str) -> Option<(String, String)> {
    let Arn { account, region, .. } = Arn::parse(arn)?;
    Some((account.to_owned(), region.to_owned()))
}
