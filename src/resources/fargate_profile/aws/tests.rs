use serde_json::json;

use super::*;
use clients::aws::script::{Script, ok};
use clients::errors::ErrorKind;

fn client(script: &Script) -> AwsFargateProfiles {
    let config = script.config();
    AwsFargateProfiles::new(aws_sdk_eks::Client::new(&config), aws_sdk_servicequotas::Client::new(&config))
}

fn least() -> serde_json::Value {
    json!({
        "clusterName": "blue", "fargateProfileName": "batch", "status": "CREATING",
        "fargateProfileArn": "arn:aws:eks:eu-west-1:123456789012:fargateprofile/blue/batch/1",
        "podExecutionRoleArn": "arn:aws:iam::123456789012:role/pods",
    })
}

#[tokio::test]
async fn profile_is_read_whole() {
    let mut answer = least();
    answer.as_object_mut().unwrap().extend(
        json!({
            "status": "PONDERING", "createdAt": 1_757_000_000.25, "subnets": ["subnet-2", "subnet-1"],
            "selectors": [{"namespace": "a*", "labels": {"b": "c"}}, {"namespace": "d"}],
            "health": {"issues": [{"code": "QuantumFailure", "message": "m", "resourceIds": ["r"]}]},
            "tags": {"team": "x"},
        })
        .as_object()
        .unwrap()
        .clone(),
    );
    let script = Script::answering([ok(&json!({"fargateProfile": answer}))]);
    let profile = client(&script).describe("blue", "batch").await.unwrap();
    assert_eq!(script.sent()[0].path, "/clusters/blue/fargate-profiles/batch");
    let text = str::to_owned;
    let expected = FargateProfile {
        cluster_name: text("blue"),
        name: text("batch"),
        arn: text("arn:aws:eks:eu-west-1:123456789012:fargateprofile/blue/batch/1"),
        status: "PONDERING".into(),
        created_at: Some(text("2025-09-04T15:33:20.25Z")),
        pod_execution_role: text("arn:aws:iam::123456789012:role/pods"),
        subnets: vec![text("subnet-2"), text("subnet-1")],
        selectors: vec![
            Selector { namespace: text("a*"), labels: [(text("b"), text("c"))].into() },
            Selector { namespace: text("d"), labels: BTreeMap::new() },
        ],
        health: vec![Issue { code: text("QuantumFailure"), message: text("m"), resource_ids: vec![text("r")] }],
        tags: [(text("team"), text("x"))].into(),
    };
    assert_eq!(profile, expected);
}

#[tokio::test]
async fn creation_sends_what_is_given_and_nothing_else() {
    let script = Script::answering([(); 2].map(|()| ok(&json!({"fargateProfile": least()}))));
    let client = client(&script);
    let mut request = CreateFargateProfile {
        cluster_name: "blue".to_owned(),
        name: "batch".to_owned(),
        client_request_token: "token-1".to_owned(),
        pod_execution_role: "arn:aws:iam::123456789012:role/pods".to_owned(),
        subnets: vec![],
        selectors: vec![Selector { namespace: "a".to_owned(), labels: BTreeMap::new() }],
        tags: BTreeMap::new(),
    };
    client.create(&request).await.unwrap();
    let mut expected = json!({
        "fargateProfileName": "batch", "clientRequestToken": "token-1",
        "podExecutionRoleArn": "arn:aws:iam::123456789012:role/pods", "selectors": [{"namespace": "a"}],
    });
    assert_eq!(script.sent()[0].json(), expected);

    request.subnets = vec!["subnet-1".to_owned()];
    request.selectors[0].labels.insert("b".to_owned(), "c".to_owned());
    request.tags.insert("team".to_owned(), "x".to_owned());
    client.create(&request).await.unwrap();
    expected["subnets"] = json!(["subnet-1"]);
    expected["selectors"] = json!([{"namespace": "a", "labels": {"b": "c"}}]);
    expected["tags"] = json!({"team": "x"});
    assert_eq!(script.sent()[1].json(), expected);
}

#[tokio::test]
async fn profile_names_are_listed_once_across_pages() {
    let pages = [json!({"fargateProfileNames": ["a"], "nextToken": "t"}), json!({"fargateProfileNames": ["b"]})];
    let script = Script::answering(pages.iter().map(ok));
    let client = client(&script);
    for _ in 0..2 {
        assert_eq!(client.known("blue").await.unwrap(), ["a", "b"]);
    }
    assert_eq!(script.sent().len(), 2);
}

#[tokio::test]
async fn quota_is_a_whole_number_and_may_be_unknown_to_aws() {
    let missing = (400, json!({"__type": "NoSuchResourceException", "message": "no"}).to_string());
    let denied = (400, json!({"__type": "AccessDeniedException", "message": "no"}).to_string());
    let script = Script::answering([ok(&json!({"Quota": {"Value": 20.0}})), missing, denied]);
    let client = client(&script);
    assert_eq!(client.quota("L-1").await.unwrap(), Some(20));
    assert_eq!(client.quota("L-2").await.unwrap(), None);
    assert_eq!(client.quota("L-3").await.unwrap_err().kind, ErrorKind::Denied);
    assert_eq!(client.quota("L-1").await.unwrap(), Some(20));
    assert_eq!(script.sent()[0].json(), json!({"ServiceCode": "eks", "QuotaCode": "L-1"}));
    assert_eq!(script.sent().len(), 3);
}

#[tokio::test]
async fn busy_cluster_and_taken_name_are_told_apart() {
    let refusal = |message: &str| (409, json!({"__type": "ResourceInUseException", "message": message}).to_string());
    let script = Script::answering([
        refusal("cluster blue currently has Fargate profile a in status CREATING"),
        refusal("A Fargate Profile already exists with this name in this cluster."),
    ]);
    let client = client(&script);
    let request = CreateFargateProfile::default();
    let request = CreateFargateProfile { cluster_name: "blue".to_owned(), ..request };
    assert_eq!(client.create(&request).await.unwrap_err().kind, ErrorKind::InUse);
    assert_eq!(client.create(&request).await.unwrap_err().kind, ErrorKind::AlreadyExists);
}
