use std::collections::BTreeMap;

use serde_json::json;

use super::*;
use clients::aws::script::{Script, ok};
use clients::aws::testing::unreachable;
use clients::kube::settings::Settings;

const PRINCIPAL: &str = "arn:aws:iam::111122223333:role/team/ops";
/// Encodes a string as a path segment.
const ENCODED: &str = "arn%3Aaws%3Aiam%3A%3A111122223333%3Arole%2Fteam%2Fops";
const VIEW: &str = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy";

async fn client(script: &Script) -> AwsAccessEntries {
    AwsAccessEntries {
        eks: aws_sdk_eks::Client::new(&script.config()),
        kubernetes: Kubernetes::new(unreachable().await, Settings::default()),
        region: "eu-west-1".to_owned(),
        policies: Cache::default(),
    }
}

fn answer() -> serde_json::Value {
    json!({"accessEntry": {
        "clusterName": "blue", "principalArn": PRINCIPAL, "kubernetesGroups": ["b", "a"], "type": "FUTURE",
        "accessEntryArn": "arn:aws:eks:eu-west-1:111122223333:access-entry/blue/role/111122223333/ops/1",
        "createdAt": 1_757_000_000.25, "modifiedAt": 1_757_000_001, "tags": {"team": "x"}, "username": "ops",
    }})
}

fn names(of: &[&str]) -> BTreeSet<String> {
    of.iter().map(|name| (*name).to_owned()).collect()
}

#[tokio::test]
async fn entry_is_read_whole() {
    let script = Script::answering([ok(&answer())]);
    let entry = client(&script).await.describe("blue", PRINCIPAL).await.unwrap();
    assert_eq!(script.sent()[0].path, format!("/clusters/blue/access-entries/{ENCODED}"));
    let text = str::to_owned;
    let expected = AccessEntry {
        cluster_name: text("blue"),
        principal_arn: text(PRINCIPAL),
        arn: text("arn:aws:eks:eu-west-1:111122223333:access-entry/blue/role/111122223333/ops/1"),
        kind: text("FUTURE"),
        groups: names(&["a", "b"]),
        username: text("ops"),
        created_at: Some(text("2025-09-04T15:33:20.25Z")),
        modified_at: Some(text("2025-09-04T15:33:21Z")),
        tags: BTreeMap::from([(text("team"), text("x"))]),
    };
    assert_eq!(entry, expected);
}

#[tokio::test]
async fn create_request_contains_only_configured_fields() {
    let script = Script::answering([(); 2].map(|()| ok(&answer())));
    let client = client(&script).await;
    let mut request = CreateAccessEntry {
        cluster_name: "blue".to_owned(),
        principal_arn: PRINCIPAL.to_owned(),
        client_request_token: "t".to_owned(),
        kind: "STANDARD".to_owned(),
        ..CreateAccessEntry::default()
    };
    client.create(&request).await.unwrap();
    request.groups = names(&["a"]);
    request.username = Some("ops".to_owned());
    request.tags = BTreeMap::from([("k".to_owned(), "v".to_owned())]);
    client.create(&request).await.unwrap();
    let least = json!({"principalArn": PRINCIPAL, "clientRequestToken": "t", "type": "STANDARD"});
    let mut all = least.clone();
    all["kubernetesGroups"] = json!(["a"]);
    all["username"] = json!("ops");
    all["tags"] = json!({"k": "v"});
    let sent = script.sent();
    assert_eq!((sent[0].json(), sent[1].json()), (least, all));
    assert_eq!((sent[0].method.as_str(), sent[0].path.as_str()), ("POST", "/clusters/blue/access-entries"));
}

#[tokio::test]
async fn update_request_always_includes_groups() {
    let script = Script::answering([(); 2].map(|()| ok(&answer())));
    let client = client(&script).await;
    client.update("blue", PRINCIPAL, &names(&[]), None).await.unwrap();
    client.update("blue", PRINCIPAL, &names(&["a"]), Some("ops")).await.unwrap();
    let [none, some] = [0, 1].map(|at| script.sent()[at].json());
    assert_eq!((&none["kubernetesGroups"], none.get("username")), (&json!([]), None));
    assert_eq!((&some["kubernetesGroups"], &some["username"]), (&json!(["a"]), &json!("ops")));
}

#[tokio::test]
async fn policies_are_associated_listed_and_taken_away() {
    let empty = ok(&json!({}));
    let listed = |name: &str, next: Option<&str>| {
        let scope = json!({"type": "namespace", "namespaces": ["b", "a"]});
        ok(&json!({"associatedAccessPolicies": [{"policyArn": name, "accessScope": scope}], "nextToken": next}))
    };
    let script =
        Script::answering([empty.clone(), empty.clone(), empty, listed(VIEW, Some("more")), listed("other", None)]);
    let client = client(&script).await;
    let scope = Scope { kind: "namespace".to_owned(), namespaces: names(&["a", "b"]) };
    client.associate("blue", PRINCIPAL, VIEW, &scope).await.unwrap();
    let whole = Scope { kind: "cluster".to_owned(), namespaces: BTreeSet::new() };
    client.associate("blue", PRINCIPAL, VIEW, &whole).await.unwrap();
    client.disassociate("blue", PRINCIPAL, VIEW).await.unwrap();
    let found = client.associations("blue", PRINCIPAL).await.unwrap();
    assert_eq!(found, Associations::from([(VIEW.to_owned(), scope.clone()), ("other".to_owned(), scope)]));
    let sent = script.sent();
    let namespaces = json!({"type": "namespace", "namespaces": ["a", "b"]});
    assert_eq!(sent[0].json(), json!({"policyArn": VIEW, "accessScope": namespaces}));
    assert_eq!(sent[1].json(), json!({"policyArn": VIEW, "accessScope": {"type": "cluster"}}));
    assert_eq!(sent[2].method, "DELETE");
    assert!(
        sent[2]
            .path
            .ends_with("/access-policies/arn%3Aaws%3Aeks%3A%3Aaws%3Acluster-access-policy%2FAmazonEKSViewPolicy")
    );
}

#[tokio::test]
async fn known_policies_are_requested_once() {
    let script = Script::answering([ok(&json!({"accessPolicies": [{"name": "AmazonEKSViewPolicy", "arn": VIEW}]}))]);
    let client = client(&script).await;
    for _ in 0..2 {
        assert_eq!(client.policies().await.unwrap(), [VIEW]);
    }
}

#[tokio::test]
async fn an_answer_without_what_is_always_there_is_an_error() {
    let script = Script::answering([ok(&json!({"accessEntry": {"clusterName": "blue"}}))]);
    let error = client(&script).await.describe("blue", PRINCIPAL).await.unwrap_err();
    assert!(error.message.contains("principalArn"), "{error}");
}
