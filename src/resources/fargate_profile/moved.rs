//! Taking over the state of `aws_eks_fargate_profile`. Its schema version has been 0 in all releases up to the aws
//! provider 6.66. What one of the two schemas lacks is the framework's to drop and to fill.

use serde_json::Value as Json;

use crate::framework::diagnostics::Diagnostics;
use crate::framework::moved::{clear_nothing, clear_timeouts, source};
use crate::framework::resource::MoveFrom;

/// The move from the aws provider.
pub(super) fn from_aws() -> MoveFrom {
    MoveFrom { provider: "hashicorp/aws", type_name: "aws_eks_fargate_profile", convert }
}

/// That provider stores empty maps and sets where nothing is given. Here nothing is null, so that the plan after a move is
/// empty.
fn convert(version: i64, state: Json) -> Result<Json, Diagnostics> {
    let mut source = source(version, state, "aws_eks_fargate_profile", "cluster_name:fargate_profile_name")?;
    for name in ["subnet_ids", "tags"] {
        clear_nothing(source.get_mut(name));
    }
    for selector in source.get_mut("selector").and_then(Json::as_array_mut).into_iter().flatten() {
        clear_nothing(selector.get_mut("labels"));
    }
    clear_timeouts(&mut source);
    Ok(Json::Object(source))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn nothing_given_becomes_null() {
        let state = json!({
            "fargate_profile_name": "a",
            "subnet_ids": [],
            "tags": {},
            "selector": [{"namespace": "a", "labels": {}}, {"namespace": "b", "labels": {"c": "d"}}],
            "timeouts": {"create": null, "delete": null},
        });
        let expected = json!({
            "fargate_profile_name": "a",
            "subnet_ids": null,
            "tags": null,
            "selector": [{"namespace": "a", "labels": null}, {"namespace": "b", "labels": {"c": "d"}}],
        });
        assert_eq!(convert(0, state).expect("a state"), expected);
    }

    #[test]
    fn timeouts_that_are_given_stay() {
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
