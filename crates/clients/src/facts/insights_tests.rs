//! Insights are listed with a filter, over all pages, and once.

use serde_json::{Value as Json, json};

use super::tests::{facts_from, read};
use super::*;
use crate::aws::script::{Script, ok};
use preflight::facts::{
    AddonCompatibility, Insight, InsightCategory, InsightDetails, InsightId, InsightKind, InsightList, InsightResource,
    InsightStatus,
};

fn list(category: InsightCategory) -> InsightList {
    InsightList { cluster: "demo".to_owned(), category }
}

fn summary(id: &str, name: &str, status: &str) -> Json {
    json!({
        "id": id, "name": name, "kubernetesVersion": "1.34",
        "insightStatus": {"status": status, "reason": "Two\n nodes are old."},
    })
}

fn error(status: u16, code: &str) -> (u16, String) {
    (status, json!({"__type": code, "message": "no"}).to_string())
}

#[tokio::test]
async fn insights_of_all_pages_are_filtered_and_read_once() {
    let script = Script::answering([
        ok(&json!({"insights": [summary("1", "Kubelet version skew", "WARNING")], "nextToken": "more"})),
        ok(&json!({"insights": [summary("2", "Something new", "ERROR"), summary("3", "Another", "UNKNOWN")]})),
    ]);
    let facts = facts_from(&script);
    let ask = Ask::Insights(list(InsightCategory::Upgrade));
    let found = join_all([read(&facts, [ask.clone()]), read(&facts, [ask])]).await;
    let insight = |id: &str, name: &str, kind, status| Insight {
        id: id.to_owned(),
        name: name.to_owned(),
        kind,
        status,
        version: Some((1, 34)),
        reason: "Two nodes are old.".to_owned(),
    };
    let expected = vec![
        insight("1", "Kubelet version skew", InsightKind::KubeletSkew, InsightStatus::Warning),
        insight("2", "Something new", InsightKind::Other, InsightStatus::Error),
    ];
    let expected = [Fact::Insights(list(InsightCategory::Upgrade), FactResult::Known(expected))];
    assert!(found.iter().all(|found| *found == expected), "{found:?}");
    let sent = script.sent();
    assert_eq!(sent.len(), 2);
    assert_eq!((sent[0].method.as_str(), sent[0].path.as_str()), ("POST", "/clusters/demo/insights"));
    let filter = json!({"categories": ["UPGRADE_READINESS"], "statuses": ["ERROR", "WARNING"]});
    assert_eq!(sent[0].json(), json!({"filter": filter, "maxResults": 100}));
    assert_eq!(sent[1].json()["nextToken"], json!("more"));
}

#[tokio::test]
async fn details_list_resources_that_do_not_pass() {
    let resource = |name: &str, status: Json| json!({"kubernetesResourceUri": name, "insightStatus": status});
    let insight = json!({
        "recommendation": "Upgrade the add-on.",
        "resources": [
            resource("/api/v1/nodes/old", json!({"status": "ERROR", "reason": "It is old."})),
            resource("/api/v1/nodes/new", json!({"status": "PASSING"})),
            {"arn": "arn:aws:eks:eu-west-1:111122223333:addon/demo/vpc-cni/1"},
        ],
        "categorySpecificSummary": {
            "addonCompatibilityDetails": [{"name": "vpc-cni", "compatibleVersions": ["v1.20.0-eksbuild.1"]}],
        },
    });
    let script = Script::answering([ok(&json!({"insight": insight}))]);
    let id = InsightId { cluster: "demo".to_owned(), id: "1".to_owned() };
    let found = read(&facts_from(&script), [Ask::InsightDetails(id.clone())]).await;
    let resource =
        |name: &str, reason: Option<&str>| InsightResource { name: name.to_owned(), reason: reason.map(str::to_owned) };
    let expected = InsightDetails {
        recommendation: Some("Upgrade the add-on.".to_owned()),
        resources: vec![
            resource("/api/v1/nodes/old", Some("It is old.")),
            resource("arn:aws:eks:eu-west-1:111122223333:addon/demo/vpc-cni/1", None),
        ],
        addons: vec![AddonCompatibility {
            name: "vpc-cni".to_owned(),
            compatible_versions: vec!["v1.20.0-eksbuild.1".to_owned()],
        }],
    };
    assert_eq!(found, [Fact::InsightDetails(id, FactResult::Known(expected))]);
    assert_eq!(script.sent()[0].path, "/clusters/demo/insights/1");
}

#[tokio::test]
async fn missing_cluster_and_unsupported_category_have_no_insights() {
    for answer in [error(404, "ResourceNotFoundException"), error(400, "InvalidParameterException")] {
        let ask = Ask::Insights(list(InsightCategory::Rollback));
        let found = read(&facts_from(&Script::answering([answer])), [ask]).await;
        assert_eq!(found, [Fact::Insights(list(InsightCategory::Rollback), FactResult::Missing)]);
    }
}

#[tokio::test]
async fn denied_insights_are_unreadable() {
    let script = Script::answering([error(403, "AccessDeniedException")]);
    let found = read(&facts_from(&script), [Ask::Insights(list(InsightCategory::Upgrade))]).await;
    let why = found.first().and_then(Fact::why_unreadable).expect("a reason");
    assert_eq!((why.cause, why.action), (Cause::Denied, "eks:ListInsights"));
}
