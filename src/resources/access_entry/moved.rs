//! Moves state from `aws_eks_access_entry`. Its schema version is 0 in all releases up to AWS provider 6.66. The
//! framework drops and fills attributes that exist in only one of the two schemas.

use serde_json::{Value as Json, json};

use framework::diagnostics::Diagnostics;
use framework::moved::{clear_timeouts, lost_nothing, source};
use framework::resource::MoveFrom;

/// The move from the AWS provider.
pub(super) fn from_aws() -> MoveFrom {
    MoveFrom { provider: "hashicorp/aws", type_name: "aws_eks_access_entry", convert, lost: lost_nothing }
}

/// Sets the arguments that exist only in this provider. In the AWS provider, the access policies are separate
/// resources, which continue to manage them.
fn convert(version: i64, state: Json) -> Result<Json, Diagnostics> {
    let mut source = source(version, state, "aws_eks_access_entry", "cluster_name:principal_arn")?;
    if source.get("kubernetes_groups").is_none_or(Json::is_null) {
        source.insert("kubernetes_groups".to_owned(), json!([]));
    }
    for flag in ["adopt", "skip_lockout_guard"] {
        source.insert(flag.to_owned(), json!(false));
    }
    clear_timeouts(&mut source);
    Ok(Json::Object(source))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn added_arguments_have_their_defaults() {
        let state = json!({
            "principal_arn": "a", "tags": {}, "kubernetes_groups": null, "timeouts": {"create": null, "delete": null},
        });
        let expected = json!({
            "principal_arn": "a", "tags": {}, "kubernetes_groups": [], "adopt": false, "skip_lockout_guard": false,
        });
        assert_eq!(convert(0, state).expect("a state"), expected);
    }

    #[test]
    fn unknown_shape_says_to_import() {
        for (version, state) in [(1, json!({})), (0, json!([]))] {
            let message = format!("{:?}", convert(version, state).expect_err("refused"));
            assert!(message.contains("import block") && message.contains("principal_arn"), "{message}");
        }
    }
}
