//! Fields that the installed definition does not have, and fields that it requires.

use http::{HeaderMap, StatusCode};

use super::*;
use crate::kube::definitions::Definition;
use crate::kube::{EC2_NODE_CLASS, NODE_POOL, errors};

/// A definition of node classes with these fields in addition to `role`.
fn definition(fields: &[&str]) -> Option<Arc<Definition>> {
    let properties = fields.iter().chain(["role"].iter()).map(|name| ((*name).to_owned(), json!({})));
    let spec = json!({"properties": properties.collect::<serde_json::Map<_, _>>()});
    parsed(&spec, EC2_NODE_CLASS)
}

/// A definition of node pools.
fn pools(policies: &[&str], required: &[&str]) -> Option<Arc<Definition>> {
    let disruption = json!({
        "properties": {"consolidationPolicy": {"enum": policies}, "consolidateAfter": {}},
        "required": required,
    });
    parsed(&json!({"properties": {"disruption": disruption, "weight": {}}}), NODE_POOL)
}

fn parsed(spec: &Json, kind: crate::kube::Kind) -> Option<Arc<Definition>> {
    let schema = json!({"openAPIV3Schema": {"properties": {"spec": spec}}});
    let object = json!({"spec": {"versions": [{"name": "v1", "schema": schema}]}});
    Definition::of_object(&object, kind).map(Arc::new)
}

fn pool<'m>(cluster: &'m Fake, ledger: &'m RunLedger) -> Managed<'m> {
    let key = ObjectKey::new("NodePool", "eu-west-1", "demo", "gpu");
    Managed { object: Object::of_cluster(NODE_POOL, "gpu"), key, ..managed(cluster, ledger) }
}

fn enclaves() -> Json {
    json!({"metadata": {}, "spec": {"role": "node", "enclaveOptions": {"enabled": true}}})
}

fn disruption(content: &Json) -> Json {
    json!({"metadata": {}, "spec": {"disruption": content}})
}

#[track_caller]
fn refused(preview: Preview) -> Diagnostics {
    let Preview::Refused(found) = preview else { panic!("{preview:?}") };
    assert!(found.has_error(), "{found:?}");
    found
}

#[tokio::test]
async fn missing_field_is_a_plan_error_with_its_release() {
    let (fake, run) = (Fake::default(), RunLedger::default());
    fake.world().definition = definition(&[]);
    let found = refused(managed(&fake, &run).preview_create(&enclaves(), false).await);
    assert_eq!(summaries(&found), ["Cluster does not support enclaveOptions"]);
    let detail = &found.iter().next().unwrap().detail;
    assert_eq!(
        detail,
        "The definition of EC2NodeClass in cluster demo does not have the field spec.enclaveOptions. Karpenter 1.15 \
         introduced it. Upgrade the karpenter-crd and karpenter charts to 1.15 or later first, or remove the argument."
    );
    let asked = ["DEFINITION ec2nodeclasses", "DEFINITION ec2nodeclasses (fresh)"];
    assert_eq!(fake.world().calls[1..], asked, "no dry run");

    fake.put(&object(), FIELD_MANAGER, "Apply", json!({"spec": {"role": "node"}}));
    let prior = json!({"metadata": {}, "spec": {"role": "node"}});
    let found = refused(managed(&fake, &run).preview_update("u-1", update(&enclaves(), &prior)).await);
    assert_eq!(summaries(&found), ["Cluster does not support enclaveOptions"]);
}

#[tokio::test]
async fn unknown_field_is_reported_without_a_release() {
    let (fake, run) = (Fake::default(), RunLedger::default());
    fake.world().definition = definition(&[]);
    let fields = json!({"metadata": {}, "spec": {"role": "node", "rolle": "x"}});
    let found = refused(managed(&fake, &run).preview_create(&fields, false).await);
    let error = found.iter().next().unwrap();
    assert!(
        error.detail.contains("No Karpenter release up to 1.15.2 supports it. Correct the name."),
        "{}",
        error.detail
    );
}

#[tokio::test]
async fn definition_of_eks_has_no_chart() {
    let (fake, run) = (Fake::default(), RunLedger::default());
    fake.world().definition = pools(&["WhenEmpty"], &[]);
    let pool = Managed { controller: Controller::AutoMode, ..pool(&fake, &run) };
    let fields = disruption(&json!({"consolidationPolicy": "Balanced"}));
    let found = refused(pool.preview_create(&fields, false).await);
    assert_eq!(summaries(&found), ["Cluster does not support Balanced"]);
    let detail = &found.iter().next().unwrap().detail;
    assert!(detail.contains("allows WhenEmpty in spec.disruption.consolidationPolicy, but not Balanced"), "{detail}");
    assert!(detail.contains("EKS has not rolled out support") && !detail.contains("chart"), "{detail}");
}

#[tokio::test]
async fn known_fields_are_checked_without_unknown_ones() {
    let (fake, run) = (Fake::default(), RunLedger::default());
    fake.world().definition = definition(&[]);
    let unknown_role = json!({"metadata": {}, "spec": {"role": null, "rolle": null}});
    managed(&fake, &run).check_known(&unknown_role).await.unwrap();
    let error = managed(&fake, &run).check_known(&enclaves()).await.unwrap_err();
    assert_eq!(summaries(&error), ["Cluster does not support enclaveOptions"]);
    assert!(fake.world().calls.iter().all(|call| call.starts_with("DEFINITION")), "{:?}", fake.world().calls);
}

#[tokio::test]
async fn upgraded_definition_is_read_again() {
    let (fake, run) = (Fake::default(), RunLedger::default());
    fake.world().definition = definition(&[]);
    fake.world().replaced_by = definition(&["enclaveOptions"]);
    for _ in 0..2 {
        let preview = managed(&fake, &run).preview_create(&enclaves(), false).await;
        assert!(matches!(preview, Preview::Possible(_)), "{preview:?}");
    }
    let fresh = fake.world().calls.iter().filter(|call| call.ends_with("(fresh)")).count();
    assert_eq!(fresh, 1, "{:?}", fake.world().calls);
}

#[tokio::test]
async fn missing_field_is_not_written() {
    let (fake, run) = (Fake::default(), RunLedger::default());
    fake.world().definition = definition(&["tags"]);
    let error = managed(&fake, &run).create(&limits(), &enclaves()).await.unwrap_err();
    assert_eq!(summaries(&error), ["Cluster does not support enclaveOptions"]);
    assert_eq!(fake.object(&object()), None);
    managed(&fake, &RunLedger::default()).create(&limits(), &fields("node")).await.unwrap();
    fake.world().calls.clear();
    let error = managed(&fake, &run).update(&limits(), "u-1", update(&enclaves(), &fields("node"))).await.unwrap_err();
    assert_eq!(summaries(&error), ["Cluster does not support enclaveOptions"]);
    assert!(!fake.world().calls.iter().any(|call| call.starts_with("APPLY")), "{:?}", fake.world().calls);
}

/// The API server response to a server-side apply of a field that it does not have.
fn not_declared() -> crate::errors::ApiError {
    let body = json!({
        "kind": "Status", "apiVersion": "v1", "status": "Failure", "code": 500,
        "message": "failed to create typed patch object (/gpu; karpenter.k8s.aws/v1, Kind=EC2NodeClass): errors:\n  \
                    .spec.enclaveOptions: field not declared in schema\n  .spec.role: expected string, got &{x}",
    });
    errors::refused("APPLY", StatusCode::INTERNAL_SERVER_ERROR, &HeaderMap::new(), body.to_string().as_bytes())
}

#[tokio::test(start_paused = true)]
async fn undeclared_field_is_a_verdict_without_the_definition() {
    let (fake, run) = (Fake::default(), RunLedger::default());
    let expected = ["Cluster does not support enclaveOptions", "EC2NodeClass gpu is not valid"];
    fake.world().errors.push_back(("APPLY", not_declared()));
    let found = refused(managed(&fake, &run).preview_create(&enclaves(), false).await);
    assert_eq!(summaries(&found), expected);

    managed(&fake, &run).create(&limits(), &fields("node")).await.unwrap();
    fake.world().calls.clear();
    fake.world().broken.push(("APPLY", not_declared()));
    let error = managed(&fake, &run).update(&limits(), "u-1", update(&enclaves(), &fields("node"))).await.unwrap_err();
    assert_eq!(summaries(&error), expected);
    let applies = fake.world().calls.iter().filter(|call| call.starts_with("APPLY")).count();
    assert_eq!(applies, 1, "never retried");
}

#[tokio::test]
async fn required_field_is_sent_only_where_required() {
    for (required, expected) in [(vec!["consolidateAfter"], json!("0s")), (vec![], Json::Null)] {
        let (fake, run) = (Fake::default(), RunLedger::default());
        fake.world().definition = pools(&["WhenEmpty"], &required);
        let fields = disruption(&json!({"consolidationPolicy": "WhenEmpty"}));
        let preview = pool(&fake, &run).preview_create(&fields, false).await;
        let Preview::Possible(planned) = preview else { panic!("{preview:?}") };
        assert_eq!(planned["spec"]["disruption"]["consolidateAfter"], expected);
        let made = pool(&fake, &run).create(&limits(), &fields).await.unwrap();
        assert_eq!(made.object["spec"]["disruption"]["consolidateAfter"], expected);
    }
}

#[tokio::test]
async fn required_field_of_another_manager_keeps_its_value() {
    let (fake, run) = (Fake::default(), RunLedger::default());
    fake.world().definition = pools(&["WhenEmpty", "Balanced"], &["consolidateAfter"]);
    let before = disruption(&json!({"consolidationPolicy": "WhenEmpty"}));
    let after = disruption(&json!({"consolidationPolicy": "Balanced"}));
    let object = Object::of_cluster(NODE_POOL, "gpu");
    let set = async |fields: &Json, prior: &Json| {
        let changed = pool(&fake, &run).update(&limits(), "u-1", update(fields, prior)).await.unwrap();
        changed["spec"]["disruption"]["consolidateAfter"].clone()
    };
    pool(&fake, &run).create(&limits(), &before).await.unwrap();
    assert_eq!(set(&after, &before).await, json!("0s"));
    fake.edit(&object, "kubectl-edit", &json!({"disruption": {"consolidateAfter": "5m"}}));
    assert_eq!(set(&before, &after).await, json!("5m"));
    // A value that this configuration has set is removed with its argument.
    let own = disruption(&json!({"consolidationPolicy": "WhenEmpty", "consolidateAfter": "1h"}));
    let forced = Wanted { force: true, ..update(&own, &before) };
    pool(&fake, &run).update(&limits(), "u-1", forced).await.unwrap();
    assert_eq!(set(&before, &own).await, json!("0s"));
}
