//! `aws_auth_role_arn`: a role's ARN without its path.

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
                "The ARN of an IAM role, with or without a path, as `aws_iam_role` gives it. Any other ARN is an error.",
            )],
            variadic: None,
            result: Type::String,
            summary: "A role's ARN as the aws-auth ConfigMap needs it".to_owned(),
            description: "Returns the ARN of an IAM role without the role's path, which is the form that `rolearn` in \
                          the `aws-auth` ConfigMap needs: an entry with a path never matches, and its nodes or users \
                          cannot log in. This holds for roles of IAM Identity Center (`aws-reserved/…`) and for \
                          service-linked roles too. Access entries need the ARN with the path."
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
