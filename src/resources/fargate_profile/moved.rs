//! Moves state from `aws_eks_fargate_profile`. Its schema version is 0 in all releases up to AWS provider 6.66. The
//! framework drops and fills attributes that exist in only one of the two schemas.

use serde_json::Value as Json;

use framework::diagnostics::Diagnostics;
use framework::moved::{clear_timeouts, lost_nothing, source};
use framework::resource::MoveFrom;

/// The move from the AWS provider.
pub(super) fn from_aws() -> MoveFrom {
    MoveFrom { provider: "hashicorp/aws", type_name: "aws_eks_fargate_profile", convert, lost: lost_nothing }
}

fn convert(version: i64, state: Json) -> Result<Json, Diagnostics> {
    let mut source = source(version, state, "aws_eks_fargate_profile", "cluster_name:fargate_profile_name")?;
    clear_timeouts(&mut source);
    Ok(Json::Object(source))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn configured_timeouts_are_kept() {
        let state = json!({"timeouts": {"create": "30m", "delete": null}});
        assert_eq!(convert(0, state.clone()).expect("a state"), state);
    }

    #[test]
    fn unknown_shape_says_to_import() {
        for (version, state) in [(1, json!({})), (0, json!([]))] {
            let message = format!("{:?}", convert(version, state).expect_err("refused"));
            assert!(message.contains("import block"), "{message}");
        }
    }
}
