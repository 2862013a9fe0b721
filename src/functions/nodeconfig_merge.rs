//! `nodeconfig_merge`: merges several `NodeConfig` documents.

use super::parameter;
use framework::function::{Function, FunctionDefinition, FunctionError, argument};
use framework::model::Attr;
use framework::types::Type;
use framework::value::Value;
use render::nodeadm::document::merge_texts;

const DESCRIPTION: &str = "\
Returns the `NodeConfig` that results when nodeadm merges several documents on an Amazon Linux 2023 node, in YAML. Use \
it to test the configuration of a node. A module can also use it to merge a document from its caller over a default \
document. Later documents take precedence. The rules depend on the field:

- Strings are replaced, but an empty string never replaces a value. After a document sets `enableOutpost` to `true`, \
later documents cannot disable it.
- `kubelet.flags` are concatenated in order.
- `kubelet.config` and `containerd.baseRuntimeSpec` are merged recursively. Lists in them are replaced as a whole, \
even by an empty list. Null, `false`, and `0` replace previous values.
- `containerd.config` is merged as TOML, table by table. Comments are lost.
- `featureGates` and `instance.environment` are merged by name.
- `disabledMounts`, `nameservers`, and `domains` are replaced, but not by an empty list.

Fields without a value are omitted from the result, and names are sorted, so that equal documents result in equal text.

nodeadm ignores unknown fields without an error. This function reports an error for misspelled fields, values of the \
wrong type, and flags that do not reach the kubelet. It also checks `kubelet.config`, `containerd.config`, and \
`containerd.baseRuntimeSpec`. An unknown field that is not similar to a known field is merged, because a newer version \
of nodeadm may support it. nodeadm reads YAML 1.1. The function also reports YAML that nodeadm therefore interprets \
differently than other programs, such as `yes` without quotes.";

/// The function.
#[derive(Debug, Clone, Copy)]
pub struct NodeconfigMerge;

impl Function for NodeconfigMerge {
    fn definition(&self) -> FunctionDefinition {
        FunctionDefinition {
            parameters: vec![parameter(
                "documents",
                Type::list(Type::String),
                "Documents to merge, in order. Each is a YAML or JSON document with `apiVersion` \
                 `node.eks.aws/v1alpha1` and `kind` `NodeConfig`. At least one document is required. All other fields \
                 are optional.",
            )],
            variadic: None,
            result: Type::String,
            summary: "Merges several NodeConfig documents in the same way as nodeadm".to_owned(),
            description: DESCRIPTION.to_owned(),
            deprecation: None,
        }
    }

    fn call(&self, arguments: &[Value]) -> Result<Value, FunctionError> {
        let given = argument::<Vec<Attr<String>>>(arguments, 0)?.into_known().unwrap_or_default();
        let mut documents = Vec::new();
        for (index, document) in given.into_iter().enumerate() {
            let null = || FunctionError::argument(0, format!("documents[{index}] must not be null"));
            documents.push(document.into_known().ok_or_else(null)?);
        }
        let merged = merge_texts(&documents);
        merged.map(Value::from).map_err(|found| {
            let texts: Vec<_> = found.iter().map(|finding| format!("{}: {}", finding.place, finding.text)).collect();
            // Terraform adds the period at the end.
            FunctionError::argument(0, texts.join("\n").trim_end_matches('.'))
        })
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn call(documents: &[&str]) -> Result<Value, FunctionError> {
        NodeconfigMerge.call(&[Value::List(documents.iter().map(|document| (*document).into()).collect())])
    }

    fn document(spec: &str) -> String {
        format!("{{apiVersion: node.eks.aws/v1alpha1, kind: NodeConfig, spec: {spec}}}")
    }

    #[test]
    fn later_document_wins() {
        let first = document("{cluster: {name: a}, kubelet: {config: {maxPods: 5, clusterDNS: ['10.0.0.10']}}}");
        let second =
            "apiVersion: node.eks.aws/v1alpha1\nkind: NodeConfig\nspec:\n  kubelet:\n    config:\n      maxPods: 58\n";
        let expected = "apiVersion: \"node.eks.aws/v1alpha1\"\nkind: \"NodeConfig\"\nspec:\n  cluster:\n    name: \"a\"\n  \
                        kubelet:\n    config:\n      clusterDNS:\n        - \"10.0.0.10\"\n      maxPods: 58\n";
        assert_eq!(call(&[&first, second]), Ok(expected.into()));
        assert_eq!(call(&[expected]), Ok(expected.into()));
    }

    #[rstest]
    #[case::none(&[], "At least one")]
    #[case::yaml(&["a: [".to_owned(), String::new()], "documents[0]: Unable to read the document: line")]
    #[case::field(&["{}", "{kubelets: 1}"].map(document), "documents[1]: spec.kubelets: nodeadm ignores kubelets")]
    #[case::taints(
        &["{kubelet: {config: {registerWithTaints: []}}}", "{kubelet: {flags: [--register-with-taints=a:NoSchedule]}}"]
            .map(document),
        "documents[1]: spec.kubelet.flags"
    )]
    fn wrong_document_is_an_error_at_the_argument(#[case] documents: &[String], #[case] reason: &str) {
        let documents: Vec<_> = documents.iter().map(String::as_str).collect();
        let error = call(&documents).expect_err("refused");
        assert_eq!(error.argument, Some(0));
        assert!(error.message.contains(reason), "{error}");
    }

    #[test]
    fn null_is_an_error() {
        let error = NodeconfigMerge.call(&[Value::List(vec![Value::Null])]).expect_err("refused");
        assert_eq!(error, FunctionError::argument(0, "documents[0] must not be null"));
    }

    #[test]
    fn every_mistake_is_named() {
        let error = call(&[&document("{kubelets: 1}"), &document("{clusters: 1}")]).expect_err("refused");
        assert_eq!(error.message.lines().count(), 2, "{error}");
        assert!(!error.message.ends_with('.'), "{error}");
    }
}
