//! Amazon Resource Names.

/// The parts of an ARN: `arn:<partition>:<service>:<region>:<account>:<resource>`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Arn<'a> {
    /// Such as `aws` or `aws-cn`.
    pub partition: &'a str,
    /// Such as `iam`.
    pub service: &'a str,
    /// Empty for global services.
    pub region: &'a str,
    /// 12 digits, or empty.
    pub account: &'a str,
    /// The rest, which may contain colons.
    pub resource: &'a str,
}

impl<'a> Arn<'a> {
    /// Returns the parts of an ARN, or `None` if the string has other parts. The service determines the format of each
    /// part.
    #[must_use]
    pub fn parse(text: &'a str) -> Option<Self> {
        let mut parts = text.splitn(6, ':');
        let mut next = || parts.next();
        next().filter(|prefix| *prefix == "arn")?;
        Some(Self { partition: next()?, service: next()?, region: next()?, account: next()?, resource: next()? })
    }

    /// Returns whether the account is an account ID.
    #[must_use]
    pub fn has_account(&self) -> bool {
        self.account.len() == 12 && self.account.bytes().all(|byte| byte.is_ascii_digit())
    }

    /// Returns whether the resource is an IAM resource in an AWS partition.
    #[must_use]
    pub fn is_iam(&self) -> bool {
        self.partition.starts_with("aws") && self.service == "iam" && self.region.is_empty() && self.has_account()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resource_may_contain_colons() {
        let arn = Arn::parse("arn:aws-cn:eks:cn-north-1:111122223333:a:b/c").expect("an ARN");
        assert_eq!((arn.partition, arn.service, arn.region), ("aws-cn", "eks", "cn-north-1"));
        assert_eq!((arn.account, arn.resource, arn.has_account()), ("111122223333", "a:b/c", true));
    }

    #[test]
    fn invalid_arns_are_rejected() {
        for text in ["", "arn", "arn:aws:iam::111122223333", "urn:aws:iam::111122223333:root"] {
            assert_eq!(Arn::parse(text), None, "{text}");
        }
    }

    #[test]
    fn iam_has_no_region() {
        let is_iam = |text| Arn::parse(text).is_some_and(|arn| arn.is_iam());
        assert!(is_iam("arn:aws:iam::111122223333:root"));
        assert!(!is_iam("arn:aws:iam:eu-west-1:111122223333:root") && !is_iam("arn:aws:iam::11112222333x:root"));
    }
}
