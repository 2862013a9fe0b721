//! The format of a role ARN in an entry of the `aws-auth` ConfigMap.

use super::arn::Arn;

/// The partitions that the authenticator supports.
const PARTITIONS: [&str; 8] =
    ["aws", "aws-cn", "aws-us-gov", "aws-iso", "aws-iso-b", "aws-iso-e", "aws-iso-f", "aws-eusc"];

const MAX_NAME: usize = 64;

/// The reason why a string is not a role ARN.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RoleArnError {
    /// The authenticator would include whitespace in the comparison, so that nothing matches.
    #[error("{0:?} starts or ends with whitespace, which the authenticator includes in the comparison. Remove it")]
    WhiteSpace(String),
    /// A session of a role.
    #[error("{found:?} is a role session. Use the role ARN instead: \"arn:{partition}:iam::{account}:role/{name}\"")]
    Session {
        /// The argument.
        found: String,
        /// The partition of the argument.
        partition: String,
        /// The account of the argument.
        account: String,
        /// The role of the argument.
        name: String,
    },
    /// Another IAM resource, or a resource of another service.
    #[error("{0:?} is not a valid IAM role ARN, such as \"arn:aws:iam::111122223333:role/name\"")]
    NotRole(String),
    /// A partition that the authenticator rejects.
    #[error("{0:?} is not an AWS partition. Valid partitions: {known}", known = PARTITIONS.join(", "))]
    Partition(String),
    /// An invalid account.
    #[error("{0:?} is not a 12-digit AWS account ID")]
    Account(String),
    /// A name that IAM rejects.
    #[error("{0:?} is not a valid role name of 1 to 64 letters, digits, and the characters +=,.@_-")]
    Name(String),
}

/// Returns the ARN without the role path. The authenticator never receives a path, so an entry with a path never
/// matches.
///
/// # Errors
/// Returns an error if the string is not an IAM role ARN.
pub fn without_path(arn: &str) -> Result<String, RoleArnError> {
    if arn.trim() != arn {
        return Err(RoleArnError::WhiteSpace(arn.to_owned()));
    }
    let not_role = || RoleArnError::NotRole(arn.to_owned());
    let parts = Arn::parse(arn).filter(|parts| parts.region.is_empty()).ok_or_else(not_role)?;
    let Arn { partition, service, account, resource, .. } = parts;
    if !PARTITIONS.contains(&partition) {
        return Err(RoleArnError::Partition(partition.to_owned()));
    }
    if let ("sts", Some(("assumed-role", session))) = (service, resource.split_once('/')) {
        let name = session.split('/').next().unwrap_or_default().to_owned();
        let (found, partition, account) = (arn.to_owned(), partition.to_owned(), account.to_owned());
        return Err(RoleArnError::Session { found, partition, account, name });
    }
    let path_and_name = resource.strip_prefix("role/").filter(|_| service == "iam").ok_or_else(not_role)?;
    if !parts.has_account() {
        return Err(RoleArnError::Account(account.to_owned()));
    }
    // IAM allows any visible ASCII character in a path.
    if !path_and_name.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(not_role());
    }
    let name = path_and_name.rsplit('/').next().unwrap_or_default();
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"+=,.@_-".contains(&byte);
    if name.is_empty() || name.len() > MAX_NAME || !name.bytes().all(is_allowed) {
        return Err(RoleArnError::Name(name.to_owned()));
    }
    Ok(format!("arn:{partition}:iam::{account}:role/{name}"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{prop_assert_eq, proptest};
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::no_path("arn:aws:iam::111122223333:role/node", "arn:aws:iam::111122223333:role/node")]
    #[case::path("arn:aws:iam::111122223333:role/some/path/node", "arn:aws:iam::111122223333:role/node")]
    #[case::single_sign_on(
        "arn:aws-cn:iam::111122223333:role/aws-reserved/sso.amazonaws.com/cn-north-1/AWSReservedSSO_Admin_0123456789abcdef",
        "arn:aws-cn:iam::111122223333:role/AWSReservedSSO_Admin_0123456789abcdef"
    )]
    #[case::service_linked(
        "arn:aws-us-gov:iam::111122223333:role/aws-service-role/eks.amazonaws.com/AWSServiceRoleForAmazonEKS",
        "arn:aws-us-gov:iam::111122223333:role/AWSServiceRoleForAmazonEKS"
    )]
    #[case::all_characters("arn:aws:iam::111122223333:role/a:b/A+=,.@_-9", "arn:aws:iam::111122223333:role/A+=,.@_-9")]
    fn path_is_taken_away(#[case] given: &str, #[case] expected: &str) {
        assert_eq!(without_path(given).as_deref(), Ok(expected));
    }

    #[rstest]
    #[case::space(" arn:aws:iam::111122223333:role/node", "whitespace")]
    #[case::newline("arn:aws:iam::111122223333:role/node\n", "whitespace")]
    #[case::session("arn:aws:sts::111122223333:assumed-role/node/i-0", "\"arn:aws:iam::111122223333:role/node\"")]
    #[case::instance_profile("arn:aws:iam::111122223333:instance-profile/node", "not a valid IAM role ARN")]
    #[case::user("arn:aws:iam::111122223333:user/node", "not a valid IAM role ARN")]
    #[case::upper_case("arn:aws:iam::111122223333:ROLE/node", "not a valid IAM role ARN")]
    #[case::node_group("arn:aws:eks:eu-west-1:111122223333:nodegroup/a/b/c", "not a valid IAM role ARN")]
    #[case::role_of_another_service("arn:aws:eks::111122223333:role/node", "not a valid IAM role ARN")]
    #[case::no_arn("node", "not a valid IAM role ARN")]
    #[case::empty("", "not a valid IAM role ARN")]
    #[case::space_in_path("arn:aws:iam::111122223333:role/a b/node", "not a valid IAM role ARN")]
    #[case::partition("arn:AWS:iam::111122223333:role/node", "not an AWS partition")]
    #[case::account("arn:aws:iam::11112222333:role/node", "12-digit")]
    #[case::account_of_letters("arn:aws:iam::11112222333x:role/node", "12-digit")]
    #[case::no_name("arn:aws:iam::111122223333:role/path/", "not a valid role name")]
    #[case::pattern("arn:aws:iam::111122223333:role/node*", "not a valid role name")]
    fn invalid_role_arn_is_rejected(#[case] given: &str, #[case] reason: &str) {
        let error = without_path(given).expect_err("refused").to_string();
        assert!(error.contains(reason), "{error}");
    }

    #[test]
    fn name_has_64_characters_at_most() {
        let arn = |length: usize| format!("arn:aws:iam::111122223333:role/{}", "x".repeat(length));
        assert_eq!(without_path(&arn(64)), Ok(arn(64)));
        assert_eq!(without_path(&arn(65)), Err(RoleArnError::Name("x".repeat(65))));
    }

    proptest! {
        #[test]
        fn the_path_never_matters(path in "([!-.0-~]{1,9}/){0,4}", name in "[A-Za-z0-9+=,.@_-]{1,64}") {
            let bare = format!("arn:aws:iam::111122223333:role/{name}");
            prop_assert_eq!(without_path(&format!("arn:aws:iam::111122223333:role/{path}{name}")), Ok(bare.clone()));
            prop_assert_eq!(without_path(&bare), Ok(bare.clone()));
        }
    }
}
