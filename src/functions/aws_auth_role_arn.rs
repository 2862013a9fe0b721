//! `aws_auth_role_arn`: the ARN of a role without its path.

use super::{parameter, text};
use framework::function::{Function, FunctionDefinition, FunctionError};
use framework::types::Type;
use framework::value::Value;
use render::role_arn::without_path;

/// The function.
#[derive(Debug, Clone, Copy)]
pub struct AwsAuthRoleArn;

impl Function for AwsAuthRoleArn {
    fn definition(&self) -> FunctionDefinition {
        FunctionDefinition {
            parameters: vec![parameter(
                "role_arn",
                Type::String,
                "ARN of an IAM role, with or without a path, as returned by `aws_iam_role`. Any other ARN is an error.",
            )],
            variadic: None,
            result: Type::String,
            summary: "Returns a role ARN in the form that the aws-auth ConfigMap requires".to_owned(),
            description:
                "Returns the ARN of an IAM role without its path, as required for `rolearn` in the `aws-auth` \
                          ConfigMap. An entry with a path never matches, so its nodes or users cannot authenticate. \
                          This also applies to IAM Identity Center roles (`aws-reserved/…`) and service-linked roles. \
                          Access entries require the ARN with the path."
                    .to_owned(),
            deprecation: None,
        }
    }

    fn call(&self, arguments: &[Value]) -> Result<Value, FunctionError> {
        let arn = without_path(&text(arguments, 0)?);
        arn.map(Value::from).map_err(|error| FunctionError::argument(0, error.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn path_is_taken_away() {
        let call = AwsAuthRoleArn.call(&["arn:aws:iam::111122223333:role/eks/node".into()]);
        assert_eq!(call, Ok("arn:aws:iam::111122223333:role/node".into()));
    }

    #[test]
    fn error_names_the_argument() {
        let error = AwsAuthRoleArn.call(&["arn:aws:iam::111122223333:user/me".into()]).expect_err("refused");
        assert_eq!(error.argument, Some(0));
        assert!(error.message.contains("user/me"), "{error}");
    }
}
