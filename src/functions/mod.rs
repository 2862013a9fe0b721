//! The provider-defined functions, one file each: the signature, and the conversion of Terraform values for `render`.

mod aws_auth_role_arn;
mod max_pods;
mod nodeconfig_merge;
mod userdata_parts;

pub use aws_auth_role_arn::AwsAuthRoleArn;
pub use max_pods::MaxPods;
pub use nodeconfig_merge::NodeconfigMerge;
pub use userdata_parts::UserdataParts;

use framework::function::{FunctionError, Parameter, argument};
use framework::types::Type;
use framework::value::Value;

/// A parameter that must not be null or unknown.
fn parameter(name: &str, ty: Type, description: &str) -> Parameter {
    Parameter {
        name: name.to_owned(),
        ty,
        allow_null: false,
        allow_unknown: false,
        description: description.to_owned(),
    }
}

/// Returns the text of an argument.
fn text(arguments: &[Value], index: usize) -> Result<String, FunctionError> {
    Ok(argument::<String>(arguments, index)?.into_known().unwrap_or_default())
}
