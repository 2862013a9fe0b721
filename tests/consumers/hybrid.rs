//! `NodeConfig`s of hybrid nodes, read and validated by their nodeadm.

use proptest::prelude::{Just, Strategy, prop_oneof};
use proptest::sample::select;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use render::node::{Family, Finding, Hybrid, HybridCredentials, Mode, Node, RolesAnywhere, check};
use render::nodeadm::{render, schema};
use serde_json::{Map as JsonMap, Value as Json, json};

/// Number of generated documents.
const CASES: usize = 1_500;

fn ask(requests: &[Json]) -> Vec<Json> {
    crate::program::ask("hybrid", requests)
}

fn credentials() -> impl Strategy<Value = HybridCredentials> {
    let ids = vec!["01234567-89ab-cdef-0123-456789abcdef", "01234567-89AB-CDEF-0123-456789ABCDEF", "0123", ""];
    let code = prop_oneof![
        4 => "[A-Za-z0-9+/=]{20,40}",
        1 => select(vec![0, 19, 250, 251]).prop_map(|length| "x".repeat(length)),
    ];
    let ssm = (code, prop_oneof![3 => Just(ids[0]), 1 => select(ids)])
        .prop_map(|(code, id)| HybridCredentials::Ssm { activation_code: code, activation_id: id.to_owned() });
    let name =
        prop_oneof![4 => "[a-z][a-z0-9.-]{0,20}", 1 => select(vec![0, 64, 65]).prop_map(|length| "n".repeat(length))];
    let path = || prop_oneof![5 => Just(Some("/etc/iam/pki/server.pem".to_owned())), 1 => Just(None)];
    let arn = |arn: &'static str| prop_oneof![7 => Just(arn.to_owned()), 1 => Just(String::new())];
    let roles = (
        name,
        arn("arn:aws:rolesanywhere:eu-west-1:111122223333:trust-anchor/a"),
        arn("arn:aws:rolesanywhere:eu-west-1:111122223333:profile/a"),
        arn("arn:aws:iam::111122223333:role/a"),
        path(),
        path(),
    );
    let roles = roles.prop_map(|(name, anchor, profile, role, certificate_path, private_key_path)| {
        HybridCredentials::IamRolesAnywhere(RolesAnywhere {
            node_name: name,
            trust_anchor_arn: anchor,
            profile_arn: profile,
            role_arn: role,
            certificate_path,
            private_key_path,
            aws_config_path: None,
        })
    });
    prop_oneof![ssm, roles]
}

fn nodes() -> impl Strategy<Value = Node> {
    let flags = vec!["--node-ip=10.80.0.12", "--hostname-override=a", "--v=2"];
    let flags = prop_oneof![2 => Just(Vec::new()), 1 => proptest::collection::vec(select(flags), 1..2)];
    let text = |text: &'static str| prop_oneof![9 => Just(text), 1 => Just("")];
    (text("demo"), text("eu-west-1"), credentials(), flags).prop_map(|(name, region, credentials, flags)| Node {
        hybrid: Some(Hybrid {
            cluster_name: name.to_owned(),
            region: region.to_owned(),
            credentials,
            enable_credentials_file: None,
        }),
        kubelet_flags: flags.into_iter().map(str::to_owned).collect(),
        ..Node::new(Family::Hybrid, Mode::SelfManaged)
    })
}

/// The document for the inputs, valid or not.
fn document(node: &Node) -> Json {
    let hybrid = node.hybrid.as_ref().expect("a hybrid node");
    let credentials = match &hybrid.credentials {
        HybridCredentials::Ssm { activation_code, activation_id } => {
            json!({"ssm": {"activationCode": activation_code, "activationId": activation_id}})
        }
        HybridCredentials::IamRolesAnywhere(given) => json!({"iamRolesAnywhere": {
            "nodeName": given.node_name, "trustAnchorArn": given.trust_anchor_arn, "profileArn": given.profile_arn,
            "roleArn": given.role_arn, "certificatePath": given.certificate_path, "privateKeyPath": given.private_key_path,
        }}),
    };
    json!({
        "apiVersion": schema::API_VERSION, "kind": schema::KIND,
        "spec": {
            "cluster": {"name": hybrid.cluster_name, "region": hybrid.region}, "hybrid": credentials,
            "kubelet": {"flags": node.kubelet_flags},
        },
    })
}

fn is_accepted(node: &Node) -> bool {
    !check(node).iter().any(Finding::is_error) && render(node).is_ok()
}

#[test]
fn hybrid_inputs_are_accepted_as_by_nodeadm() {
    let mut runner = TestRunner::deterministic();
    let strategy = nodes();
    let nodes: Vec<Node> = (0..CASES).map(|_| strategy.new_tree(&mut runner).expect("a case").current()).collect();
    let requests: Vec<_> = nodes.iter().map(|node| json!({ "document": document(node).to_string() })).collect();
    let mut accepted = 0;
    for (node, answer) in nodes.iter().zip(ask(&requests)) {
        assert_eq!(is_accepted(node), answer.get("error").is_none(), "{node:?}: {answer}");
        accepted += usize::from(is_accepted(node));
    }
    println!("{CASES} hybrid nodes, {accepted} accepted, 0 differ");
    assert!(accepted > CASES / 5 && accepted < CASES * 4 / 5, "{accepted} of {CASES}");
}

/// What nodeadm reads of a document, without the fields that it adds.
fn spec(answer: &Json) -> Json {
    let mut spec = answer["config"]["spec"].clone();
    let Some(members) = spec.as_object_mut() else { return Json::Null };
    members.retain(|_, value| value != &json!({}) && value != &json!({"localStorage": {}}));
    spec
}

#[test]
fn rendered_documents_reach_hybrid_nodes_unchanged() {
    let mut runner = TestRunner::deterministic();
    let strategy = nodes();
    let all = std::iter::repeat_with(|| strategy.new_tree(&mut runner).expect("a case").current());
    let nodes: Vec<Node> = all.take(CASES).filter(is_accepted).collect();
    let rendered = nodes.iter().map(|node| render(node).expect("accepted").bytes);
    let requests: Vec<_> =
        rendered.map(|bytes| json!({ "document": String::from_utf8(bytes).expect("text") })).collect();
    let given: Vec<_> = nodes.iter().map(|node| json!({ "document": document(node).to_string() })).collect();
    for ((ours, given), request) in ask(&requests).iter().zip(ask(&given)).zip(&requests) {
        assert_eq!(ours.get("error"), None, "{request}");
        assert_eq!(spec(ours), spec(&given), "{request}");
    }
}

/// An example of a value for each field that the schema has.
fn fields() -> Json {
    let text = || json!("a");
    json!({
        "cluster": {"apiServerEndpoint": "https://a.example", "certificateAuthority": "YQ==", "cidr": "10.0.0.0/16",
            "enableOutpost": true, "id": text(), "name": text(), "region": text()},
        "containerd": {"config": ""},
        "hybrid": {
            "enableCredentialsFile": true,
            "iamRolesAnywhere": {"awsConfigPath": "/a", "certificatePath": "/a", "nodeName": text(), "privateKeyPath": "/a",
                "profileArn": text(), "roleArn": text(), "trustAnchorArn": text()},
            "ssm": {"activationCode": text(), "activationId": text()},
        },
        "instance": {"localStorage": {"strategy": "RAID0"}},
        "kubelet": {"config": {}, "flags": []},
    })
}

/// The fields as paths, each with a document that has only this field.
fn single_fields(value: &Json, path: &[&str], found: &mut Vec<(String, Json)>) {
    match value.as_object().filter(|members| !members.is_empty()) {
        Some(members) => {
            for (name, value) in members {
                let path: Vec<&str> = path.iter().copied().chain([name.as_str()]).collect();
                single_fields(value, &path, found);
            }
        }
        None => {
            let nest = |inner: Json, name: &&str| Json::Object(JsonMap::from_iter([((*name).to_owned(), inner)]));
            found.push((path.join("."), path.iter().rev().fold(value.clone(), nest)));
        }
    }
}

/// nodeadm of hybrid nodes rejects fields that it does not know.
#[test]
fn schema_has_the_fields_of_hybrid_nodeadm() {
    let mut all = Vec::new();
    single_fields(&fields(), &[], &mut all);
    let known = all.len();
    for name in
        ["featureGates", "instance.environment", "instance.network", "kubelet.maxPodsExpression", "cluster.zone"]
    {
        let path: Vec<&str> = name.split('.').collect();
        let nest = |inner: Json, name: &&str| Json::Object(JsonMap::from_iter([((*name).to_owned(), inner)]));
        all.push((name.to_owned(), path.iter().rev().fold(json!({}), nest)));
    }
    let documents =
        all.iter().map(|(_, spec)| json!({ "apiVersion": schema::API_VERSION, "kind": schema::KIND, "spec": spec }));
    let documents: Vec<Json> = documents.collect();
    let requests: Vec<_> = documents.iter().map(|document| json!({ "document": document.to_string() })).collect();
    for (index, (answer, ((name, _), document))) in ask(&requests).iter().zip(all.iter().zip(&documents)).enumerate() {
        let error = answer.get("error").and_then(Json::as_str).unwrap_or_default();
        let is_unknown = error.contains("unknown field");
        assert_eq!(is_unknown, index >= known, "{name}: {answer}");
        assert_eq!(schema::check(document, Family::Hybrid).is_empty(), !is_unknown, "{name}");
    }
}
