//! `nodeconfig_merge`: one `NodeConfig` of several.

use super::parameter;
use framework::function::{Function, FunctionDefinition, FunctionError, argument};
use framework::model::Attr;
use framework::types::Type;
use framework::value::Value;
use render::nodeadm::document::merge_texts;

const DESCRIPTION: &str = "\
Returns the one `NodeConfig` that nodeadm makes of several on a node of Amazon Linux 2023, in YAML. With it a test can look \
at what a node gets in the end, and a module can put a user's document over its own. The later document wins, for each kind \
of field in its own way:

- Texts are replaced, but an empty text never clears one. `enableOutpost` cannot be turned off again.
- `kubelet.flags` add up, the earlier first.
- `kubelet.config` and `containerd.baseRuntimeSpec` are merged at every depth. A list in them is replaced as a whole, also \
by an empty one, and null, `false` and `0` replace what was there.
- `containerd.config` is merged as TOML, table by table; comments are lost.
- `featureGates` and `instance.environment` are merged by name.
- `disabledMounts`, `nameservers` and `domains` are replaced, but not by an empty list.

Fields without a value are left out of the result, and names are in order, so that equal documents give equal text.

nodeadm drops fields that it does not know without a word. This function does not: unknown fields, values of a wrong type \
and flags that would not reach the kubelet are errors, and so is YAML that nodeadm, which reads version 1.1, takes in another \
way than other programs do, for example `yes` without quotes.";

/// The function.
#[derive(Debug, Clone, Copy)]
pub struct NodeconfigMerge;

impl Function for NodeconfigMerge {
    fn definition(&self) -> FunctionDefinition {
        FunctionDefinition {
            parameters: vec![parameter(
                "documents",
                Type::list(Type::String),
                "The documents in their order, at least one, each in YAML or JSON with `apiVersion` \
                 `node.eks.aws/v1alpha1` and `kind` `NodeConfig`. Each may leave out whatever it wants.",
            )],
            variadic: None,
            result: Type::String,
            summary: "One NodeConfig of several, merged as nodeadm does it".to_owned(),
            description: DESCRIPTION.to_owned(),
            deprecation: None,
        }
    }

    fn call(&self, arguments: &[Value]) -> Result<Value, FunctionError> {
        let given = argument::<Vec<Attr<String>>>(arguments, 0)?.into_known().unwrap_or_default();
        let mut documents = Vec::new();
        for (index, document) in given.into_iter().enumerate() {
            let null = || FunctionError::argument(0, format!("documents[{index}] is null; leave it out"));
            documents.push(document.into_known().ok_or_else(null)?);
        }
        let merged = merge_texts(&documents);
        merged.map(Value::from).map_err(|found| {
            let texts: Vec<_> = found.iter().map(|finding| format!("{}: {}", finding.place, finding.text)).collect();
            // Terraform adds the last full stop.
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
    #[case::none(&[], "at least one")]
    #[case::yaml(&["a: [".to_owned(), String::new()], "documents[0]: this cannot be read: line")]
    #[case::field(&["{}", "{kubelets: 1}"].map(document), "documents[1]: spec.kubelets: nodeadm would ignore kubelets")]
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
        assert_eq!(error, FunctionError::argument(0, "documents[0] is null; leave it out"));
    }

    #[test]
    fn every_mistake_is_named() {
        let error = call(&[&document("{kubelets: 1}"), &document("{clusters: 1}")]).expect_err("refused");
        assert_eq!(error.message.lines().count(), 2, "{error}");
        assert!(!error.message.ends_with('.'), "{error}");
    }
}
