//! The operations with a fake cluster.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value as Json, json};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::fake::FakeRegion;
use super::list::{NodeClassList, search};
use super::model::{EbsVolume, NodeClass};
use super::resource::Work;
use super::{api, plan};
use clients::errors::ErrorKind;
use clients::kube::fake::{Fake, refusal};
use clients::kube::{EC2_NODE_CLASS, NODE_CLASS, Object};
use clients::wait::Limits;
use framework::blocks::Blocks;
use framework::diagnostics::Diagnostics;
use framework::list::ListSink;
use framework::model::{Attr, List, Model};
use framework::private::Private;
use framework::resource::{Change, Plan, Record};
use framework::value::Value;
use render::karpenter::form::Form;

fn named() -> NodeClass {
    NodeClass {
        cluster_name: "demo".into(),
        controller: "karpenter".into(),
        name: "gpu".into(),
        ..NodeClass::default()
    }
}

pub(super) fn config(more: &Json) -> NodeClass {
    let mut spec = json!({
        "role": "node", "subnetSelectorTerms": [{"id": "subnet-1"}], "securityGroupSelectorTerms": [{"id": "sg-1"}],
        "amiSelectorTerms": [{"alias": "al2023@v1"}], "blockDeviceMappings": [{"ebs": {"volumeSize": "300Gi"}}],
    });
    for (name, member) in more.as_object().unwrap() {
        spec[name] = member.clone();
    }
    api::with(&named(), &json!({"metadata": {}, "spec": spec}))
}

/// Returns the plan that the framework prepares: unset values are unknown if the object is new or changes.
fn begun(config: NodeClass, prior: Option<NodeClass>) -> Plan<NodeClass> {
    let defaults = |model: NodeClass| NodeClass {
        force_conflicts: Attr::Known(false),
        wait_for_ready: Attr::Known(true),
        ..model
    };
    let planned = match &prior {
        None => NodeClass {
            default_volume: Attr::Unknown,
            default_ami_alias: Attr::Unknown,
            region: Attr::Unknown,
            resolved_amis: Attr::Unknown,
            resolved_subnets: Attr::Unknown,
            resolved_security_groups: Attr::Unknown,
            resolved_capacity_reservations: Attr::Unknown,
            resolved_instance_profile: Attr::Unknown,
            conditions: Attr::Unknown,
            generation: Attr::Unknown,
            uid: Attr::Unknown,
            id: Attr::Unknown,
            ..defaults(config.clone())
        },
        Some(prior) => {
            let fields = api::fields(&config).unwrap();
            let mut planned = api::with(prior, &fields);
            planned.cluster_name = config.cluster_name.clone();
            planned
        }
    };
    Plan::new(config, prior, planned)
}

fn planned(config: NodeClass, prior: Option<NodeClass>) -> Plan<NodeClass> {
    let mut plan = begun(config, prior);
    plan::settle(Form::Gpu, &mut plan, Some("eu-west-1"));
    plan
}

fn change(plan: &Plan<NodeClass>) -> Change<NodeClass> {
    Change { prior: plan.prior.clone(), planned: plan.planned.clone(), ..Change::default() }
}

fn work(fake: &Arc<Fake>) -> Work {
    Work {
        cluster: fake.clone(),
        ledger: Arc::default(),
        reads: Arc::default(),
        region: "eu-west-1".to_owned(),
        id: "demo/karpenter/gpu".to_owned(),
        form: Form::Gpu,
    }
}

fn limits() -> Limits {
    Limits::new(Duration::from_secs(60), CancellationToken::new())
}

fn record(state: Option<NodeClass>) -> Record<NodeClass> {
    Record::new(state, Private::default())
}

pub(super) fn object() -> Object {
    Object::of_cluster(EC2_NODE_CLASS, "gpu")
}

fn summaries(diagnostics: &Diagnostics) -> Vec<&str> {
    diagnostics.iter().map(|each| each.summary.as_str()).collect()
}

/// Makes the changes of Karpenter: defaults of the CRD, status, and finalizer.
pub(super) fn karpenter(live: &mut Json) {
    live["spec"]["metadataOptions"] = json!({
        "httpEndpoint": "enabled", "httpProtocolIPv6": "disabled", "httpPutResponseHopLimit": 1, "httpTokens": "required",
    });
    let generation = live["metadata"]["generation"].clone();
    live["status"] = json!({
        "amis": [{"id": "ami-1", "requirements": [{"key": "kubernetes.io/arch", "operator": "In", "values": ["amd64"]}]}],
        "subnets": [{"id": "subnet-1", "zone": "eu-west-1a", "zoneID": "euw1-az1"}],
        "securityGroups": [{"id": "sg-1", "name": "nodes"}],
        "instanceProfile": "demo_1",
        "conditions": [{"type": "Ready", "status": "True", "reason": "Ready", "observedGeneration": generation}],
    });
}

pub(super) async fn created(fake: &Arc<Fake>) -> NodeClass {
    fake.world().controller = Some(karpenter);
    let plan = planned(config(&json!({})), None);
    let mut record = record(None);
    work(fake).create(&limits(), &change(&plan), &mut record).await.unwrap();
    record.into_state().unwrap()
}

#[tokio::test]
async fn node_class_is_created_read_and_deleted() {
    let fake = Arc::new(Fake::default());
    let state = created(&fake).await;
    assert_eq!(state.id, "demo/karpenter/gpu".into());
    assert_eq!((&state.uid, &state.generation), (&"u-1".into(), &Attr::Known(1)));
    assert_eq!(state.metadata_options, Blocks::Known(None), "server defaults are not owned");
    let subnets: Vec<_> = state.resolved_subnets.known_elements().collect();
    assert_eq!((subnets[0].zone.text(), subnets[0].zone_id.text()), (Some("eu-west-1a"), Some("euw1-az1")));
    assert_eq!(state.resolved_instance_profile, "demo_1".into());
    assert_eq!(state.resolved_capacity_reservations, Attr::Known(vec![]));

    let mut record = record(Some(state.clone()));
    work(&fake).read(&mut record).await.unwrap();
    assert_eq!(record.state(), Some(&state));
    work(&fake).delete(&limits(), &mut record).await.unwrap();
    assert_eq!(fake.object(&object()), None);
    work(&fake).read(&mut record).await.unwrap();
    assert_eq!(record.state(), None);
}

#[tokio::test]
async fn an_import_has_what_was_applied() {
    let fake = Arc::new(Fake::default());
    let state = created(&fake).await;
    let mut record = record(Some(named()));
    work(&fake).read(&mut record).await.unwrap();
    assert_eq!(record.state(), Some(&state));
    // Another object with the same name is not the object in state.
    let other = NodeClass { uid: "u-9".into(), ..state };
    let mut record = Record::new(Some(other), Private::default());
    work(&fake).read(&mut record).await.unwrap();
    assert_eq!(record.state(), None);
}

#[tokio::test]
async fn drift_of_others_stays_and_of_ours_is_healed() {
    let fake = Arc::new(Fake::default());
    let state = created(&fake).await;
    fake.edit(&object(), "kubectl-edit", &json!({"role": "edited", "detailedMonitoring": true}));
    let mut record = record(Some(state.clone()));
    work(&fake).read(&mut record).await.unwrap();
    let drifted = record.state().unwrap().clone();
    assert_eq!((&drifted.role, &drifted.detailed_monitoring), (&"edited".into(), &Attr::Null));

    let plan = planned(config(&json!({})), Some(drifted));
    assert_eq!(summaries(&plan.diagnostics), ["Nodes of node class gpu will be replaced"]);
    work(&fake).update(&limits(), &change(&plan), &mut record).await.unwrap();
    assert_eq!(record.state().unwrap().role, "node".into());
    let live = fake.object(&object()).unwrap();
    assert_eq!((&live["spec"]["role"], &live["spec"]["detailedMonitoring"]), (&json!("node"), &json!(true)));
}

#[test]
fn equivalent_volume_sizes_are_equal() {
    let block = EbsVolume::block();
    let same = block.attribute("volume_size").and_then(|size| size.equivalence).unwrap();
    assert!(same(&Value::string("1024Gi"), &Value::string("1Ti")));
    assert!(!same(&Value::string("1000Gi"), &Value::string("1Ti")));
}

#[test]
fn a_new_class_has_what_gpu_nodes_need() {
    let bare = |more: Json| {
        let mut config = config(&more);
        config.ami_selector_term = Blocks::default();
        config.block_device_mapping = Blocks::default();
        api::fields(&planned(config, None).planned).unwrap()["spec"].take()
    };
    let spec = bare(json!({}));
    assert_eq!(spec["amiSelectorTerms"], json!([{"alias": "al2023@latest"}]));
    let volume = |device: &str, size: &str| json!({"deviceName": device, "ebs": {"volumeSize": size, "volumeType": "gp3", "encrypted": true}});
    assert_eq!(spec["blockDeviceMappings"], json!([volume("/dev/xvda", "300Gi")]));
    let spec = bare(json!({"amiFamily": "Bottlerocket"}));
    assert_eq!(spec["amiSelectorTerms"], json!([{"alias": "bottlerocket@latest"}]));
    assert_eq!(spec["blockDeviceMappings"], json!([volume("/dev/xvda", "4Gi"), volume("/dev/xvdb", "300Gi")]));
}

#[test]
fn defaults_depend_on_known_ami_family_and_controller() {
    let mut open = config(&json!({}));
    (open.ami_selector_term, open.block_device_mapping) = (Blocks::default(), Blocks::default());
    open.ami_family = Attr::Unknown;
    let plan = planned(open.clone(), None);
    assert!(plan.planned.default_ami_alias.is_unknown() && plan.planned.default_volume.is_unknown());

    // A family that is known only after apply, and has no default.
    for family in ["Windows2022", "AL2", "Custom"] {
        open.ami_family = family.into();
        let plan = planned(open.clone(), None);
        assert_eq!(summaries(&plan.diagnostics), ["Missing required argument"]);
        assert!(plan.diagnostics.has_error() && plan.planned.default_ami_alias.is_unknown());
    }

    open.ami_family = Attr::Null;
    open.controller = "auto_mode".into();
    let plan = planned(open, None);
    assert_eq!((plan.planned.default_ami_alias, plan.planned.default_volume), (Attr::Null, Attr::Known(false)));

    let mut windows = config(&json!({"amiSelectorTerms": [{"alias": "windows2022@latest"}]}));
    windows.block_device_mapping = Blocks::default();
    assert_eq!(planned(windows, None).planned.default_volume, Attr::Known(false));
}

#[tokio::test]
async fn changes_with_same_karpenter_hash_keep_nodes() {
    let fake = Arc::new(Fake::default());
    let prior = created(&fake).await;
    let warnings = |more: Json| {
        let plan = planned(config(&more), Some(prior.clone()));
        plan.diagnostics.iter().map(|each| each.summary.clone()).collect::<Vec<_>>()
    };
    assert_eq!(warnings(json!({"amiFamily": "AL2023"})), [""; 0], "the alias has the same family");
    assert_eq!(warnings(json!({"metadataOptions": {"httpTokens": "required"}})), [""; 0], "a default");
    let expected = ["Nodes of node class gpu will be replaced"];
    assert_eq!(warnings(json!({"metadataOptions": {"httpTokens": "optional"}})), expected);
    assert_eq!(warnings(json!({"amiFamily": "Custom"})), expected);
}

#[test]
fn defaults_of_the_auto_mode_definition_replace_no_nodes() {
    let spec = json!({
        "role": "node", "subnetSelectorTerms": [{"id": "subnet-1"}], "securityGroupSelectorTerms": [{"id": "sg-1"}],
    });
    let class = |more: &Json| {
        let mut spec = spec.clone();
        spec.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let named = NodeClass { controller: "auto_mode".into(), ..named() };
        api::with(&named, &json!({"metadata": {}, "spec": spec}))
    };
    let prior = NodeClass { uid: "1".into(), default_volume: Attr::Known(false), ..class(&json!({})) };
    let warnings = |more: Json| {
        let plan = planned(class(&more), Some(prior.clone()));
        plan.diagnostics.iter().map(|each| each.summary.clone()).collect::<Vec<_>>()
    };
    assert_eq!(warnings(json!({"snatPolicy": "Random", "ephemeralStorage": {"size": "80Gi"}})), [""; 0]);
    let expected = ["Nodes of node class gpu will be replaced"];
    assert_eq!(warnings(json!({"snatPolicy": "Disabled"})), expected);
    assert_eq!(warnings(json!({"ephemeralStorage": {"size": "100Gi"}})), expected);
}

#[tokio::test]
async fn moved_state_without_default_volume_keeps_volumes() {
    let fake = Arc::new(Fake::default());
    let prior = NodeClass { default_volume: Attr::Null, ..created(&fake).await };
    let plan = planned(config(&json!({"ipPrefixCount": 1})), Some(prior));
    assert_eq!(plan.planned.default_volume, Attr::Known(false));
    assert_eq!(summaries(&plan.diagnostics), [""; 0]);
}

#[test]
fn alias_of_additional_spec_decides_the_family() {
    let mut open = config(&json!({}));
    (open.ami_selector_term, open.block_device_mapping) = (Blocks::default(), Blocks::default());
    let given = json!({"amiSelectorTerms": [{"alias": "al2023@latest", "new": 1}]});
    open.additional_spec = Attr::Known(clients::kube::free_form::from_json(&given));
    assert_eq!(api::family(&open), Some("AL2023"));
    assert_eq!(planned(open.clone(), None).planned.default_volume, Attr::Known(true));
    let given = json!({"amiSelectorTerms": [{"id": "ami-1", "new": 1}]});
    open.additional_spec = Attr::Known(clients::kube::free_form::from_json(&given));
    assert_eq!(api::family(&open), Some("Custom"));
}

#[test]
fn terms_of_additional_spec_replace_blocks() {
    let found = |config: &NodeClass| {
        let mut found = Diagnostics::new();
        super::rules::together(config, &mut found);
        summaries(&found).into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    let mut open = config(&json!({}));
    (open.subnet_selector_term, open.security_group_selector_term) = (Blocks::default(), Blocks::default());
    assert_eq!(found(&open), ["Missing subnet_selector_term block", "Missing security_group_selector_term block"]);
    let terms =
        json!({"subnetSelectorTerms": [{"id": "subnet-1", "new": 1}], "securityGroupSelectorTerms": [{"new": 1}]});
    open.additional_spec = Attr::Known(clients::kube::free_form::from_json(&terms));
    assert_eq!(found(&open), [""; 0]);
    let fields = api::fields(&open).unwrap();
    assert_eq!(fields["spec"]["subnetSelectorTerms"], terms["subnetSelectorTerms"]);
    let known = json!({"subnetSelectorTerms": [{"id": "subnet-1"}]});
    open.additional_spec = Attr::Known(clients::kube::free_form::from_json(&known));
    assert_eq!(found(&open), ["Missing security_group_selector_term block", "Field has a dedicated argument"]);
    open.additional_spec = Attr::Unknown;
    assert_eq!(found(&open), [""; 0]);
}

#[tokio::test]
async fn selection_is_unknown_if_a_field_of_additional_spec_changes() {
    let fake = Arc::new(Fake::default());
    let prior = created(&fake).await;
    let resolved = |config: NodeClass| {
        let mut plan = begun(config, Some(prior.clone()));
        (plan.planned.resolved_amis, plan.planned.resolved_subnets) = (Attr::Unknown, Attr::Unknown);
        plan::settle(Form::Gpu, &mut plan, Some("eu-west-1"));
        (plan.planned.resolved_amis.is_known(), plan.planned.resolved_subnets.is_known())
    };
    assert_eq!(resolved(config(&json!({"detailedMonitoring": true}))), (true, true));
    let with = |given: Json| {
        let given = clients::kube::free_form::from_json(&given);
        NodeClass { additional_spec: Attr::Known(given), ..config(&json!({})) }
    };
    assert_eq!(resolved(with(json!({"newOptions": {"enabled": true}}))), (true, true));
    let mut selecting = with(json!({"subnetSelectorTerms": [{"id": "subnet-2", "new": 1}]}));
    selecting.subnet_selector_term = Blocks::default();
    assert_eq!(resolved(selecting), (true, false));
}

#[test]
fn defaults_leave_fields_of_additional_spec_alone() {
    let mut open = config(&json!({}));
    (open.ami_selector_term, open.block_device_mapping) = (Blocks::default(), Blocks::default());
    let given = json!({"amiSelectorTerms": [{"id": "ami-1", "new": 1}], "blockDeviceMappings": [{"new": 1}]});
    open.additional_spec = Attr::Known(clients::kube::free_form::from_json(&given));
    let plan = planned(open.clone(), None);
    assert_eq!((plan.planned.default_ami_alias, plan.planned.default_volume), (Attr::Null, Attr::Known(false)));
    open.additional_spec = Attr::Unknown;
    let plan = planned(open, None);
    assert!(plan.planned.default_ami_alias.is_unknown() && plan.planned.default_volume.is_unknown());
}

#[tokio::test]
async fn volumes_of_another_family_are_no_decision() {
    let fake = Arc::new(Fake::default());
    let state = created(&fake).await;
    let windows =
        Blocks::Known(vec![super::model::AmiSelectorTerm { alias: "windows2022@latest".into(), ..Default::default() }]);
    let prior = NodeClass {
        ami_selector_term: windows,
        block_device_mapping: Blocks::default(),
        default_volume: Attr::Known(false),
        ..state
    };
    let mut config = config(&json!({}));
    config.block_device_mapping = Blocks::default();
    assert_eq!(planned(config, Some(prior)).planned.default_volume, Attr::Known(true));
}

#[tokio::test]
async fn update_does_not_add_default_volume() {
    let fake = Arc::new(Fake::default());
    let state = created(&fake).await;
    let prior = NodeClass { block_device_mapping: Blocks::default(), ..state };
    let mut config = config(&json!({"role": "other"}));
    config.block_device_mapping = Blocks::default();
    let plan = planned(config, Some(prior));
    assert_eq!(plan.planned.default_volume, Attr::Known(false));
}

#[tokio::test]
async fn another_cluster_needs_another_object_but_not_after_a_move() {
    let fake = Arc::new(Fake::default());
    let state = created(&fake).await;
    let elsewhere = NodeClass { cluster_name: "other".into(), ..config(&json!({})) };
    assert!(planned(elsewhere, Some(state.clone())).is_replace());
    let moved = NodeClass { cluster_name: Attr::Null, region: Attr::Null, ..state };
    assert!(!planned(config(&json!({})), Some(moved)).is_replace());
}

#[tokio::test]
async fn first_apply_after_move_adopts_declared_fields() {
    let fake = Arc::new(Fake::default());
    let declared = config(&json!({"tags": {"a": "1"}}));
    let fields = api::fields(&declared).unwrap();
    fake.put(&object(), "Terraform", "Apply", json!({"spec": fields["spec"]}));
    fake.world().controller = Some(karpenter);
    let moved = NodeClass {
        cluster_name: Attr::Null,
        uid: "u-1".into(),
        previous_field_managers: List::of(["Terraform".to_owned()]),
        ..declared
    };
    let mut record = record(Some(moved.clone()));
    work(&fake).read(&mut record).await.unwrap();
    assert_eq!(record.state(), Some(&moved), "the cluster is unknown");

    let mut plan = planned(config(&json!({})), Some(moved));
    let work = work(&fake);
    let model = plan.planned.clone();
    plan::preview(&work.managed(&model), &mut plan).await.unwrap();
    work.update(&limits(), &change(&plan), &mut record).await.unwrap();
    let state = record.state().unwrap();
    assert_eq!((&state.cluster_name, &state.previous_field_managers), (&"demo".into(), &Attr::Null));
    let live = fake.object(&object()).unwrap();
    assert!(live["spec"]["tags"]["a"].is_null(), "removed fields are deleted");
    assert!(clients::kube::managed::is_ours_alone(&live));
}

#[tokio::test]
async fn plan_reports_api_server_rejections_at_attribute() {
    let fake = Arc::new(Fake::default());
    let work = work(&fake);
    fake.put(&object(), "helm", "Apply", json!({"spec": {"role": "node"}}));
    let preview = async |config: NodeClass| {
        let mut plan = planned(config, None);
        let model = plan.planned.clone();
        let result = plan::preview(&work.managed(&model), &mut plan).await;
        result.map(|()| plan.diagnostics)
    };
    let warned = preview(config(&json!({}))).await.unwrap();
    assert_eq!(summaries(&warned), ["EC2NodeClass gpu of cluster demo already exists"]);
    fake.world().objects.clear();
    let error = clients::errors::ApiError {
        status: Some(422),
        causes: vec![clients::errors::Cause {
            field: "spec.amiSelectorTerms[0].alias".to_owned(),
            message: "no".to_owned(),
        }],
        ..refusal(ErrorKind::Invalid, "Invalid")
    };
    fake.world().errors.push_back(("APPLY", error));
    let refused = preview(config(&json!({}))).await.unwrap_err();
    let path = refused.iter().next().unwrap().path.clone();
    assert_eq!(path.map(|path| path.to_string()).as_deref(), Some("ami_selector_term[0].alias"));
    assert!(fake.object(&object()).is_none(), "a plan changes nothing");

    let mut open = config(&json!({}));
    open.role = Attr::Unknown;
    fake.world().calls.clear();
    assert!(preview(open).await.unwrap().is_empty());
    let calls = fake.world().calls.clone();
    assert!(calls.iter().all(|call| !call.starts_with("APPLY")), "{calls:?}");
}

#[tokio::test(start_paused = true)]
async fn a_class_that_does_not_become_ready_is_in_the_state() {
    let fake = Arc::new(Fake::default());
    fake.world().controller = Some(|live| {
        live["status"]["conditions"] =
            json!([{"type": "SubnetsReady", "status": "False", "reason": "SubnetsNotFound", "message": "none"}]);
    });
    let plan = planned(config(&json!({})), None);
    let mut unready = record(None);
    let error = work(&fake).create(&limits(), &change(&plan), &mut unready).await.unwrap_err();
    assert!(error.iter().next().unwrap().detail.contains("SubnetsReady is False (SubnetsNotFound): none"));
    let state = unready.state().unwrap();
    assert_eq!(state.conditions.known_elements().next().unwrap().reason, "SubnetsNotFound".into());

    fake.world().objects.clear();
    let mut change = change(&plan);
    change.planned.wait_for_ready = Attr::Known(false);
    work(&fake).create(&limits(), &change, &mut record(None)).await.unwrap();
}

#[tokio::test]
async fn settings_of_ours_alone_change_nothing_in_the_cluster() {
    let fake = Arc::new(Fake::default());
    let state = created(&fake).await;
    let mut plan = planned(config(&json!({})), Some(state));
    plan.planned.wait_for_ready = Attr::Known(false);
    fake.world().calls.clear();
    let mut record = record(plan.prior.clone());
    work(&fake).update(&limits(), &change(&plan), &mut record).await.unwrap();
    assert_eq!(record.state().unwrap().wait_for_ready, Attr::Known(false));
    assert!(fake.world().calls.iter().all(|call| call.starts_with("GET")), "{:?}", fake.world().calls);
}

#[test]
fn a_claim_uses_the_class_of_its_kind() {
    let claim =
        |group: &str, kind: &str| json!({"spec": {"nodeClassRef": {"group": group, "kind": kind, "name": "gpu"}}});
    assert!(api::uses(&claim("karpenter.k8s.aws", "EC2NodeClass"), "karpenter", "gpu"));
    assert!(!api::uses(&claim("eks.amazonaws.com", "NodeClass"), "karpenter", "gpu"));
    assert!(api::uses(&claim("eks.amazonaws.com", "NodeClass"), "auto_mode", "gpu"));
    assert!(!api::uses(&claim("eks.amazonaws.com", "NodeClass"), "auto_mode", "cpu"));
}

#[tokio::test]
async fn list_finds_both_kinds_without_eks_default_class() {
    let (blue, green) = (Arc::new(Fake::default()), Arc::new(Fake::default()));
    created(&blue).await;
    for name in ["default", "own"] {
        blue.put(&Object::of_cluster(NODE_CLASS, name), "eks", "Update", json!({"spec": {"role": "node"}}));
    }
    green.world().errors.push_back(("LIST", refusal(ErrorKind::Connection, "no answer")));
    let region = FakeRegion([("blue", blue), ("green", green)].into());
    let (sender, mut receiver) = mpsc::channel(8);
    let mut sink = ListSink::new(sender, 10, true);
    search(Form::Gpu, &region, &NodeClassList::default(), "eu-west-1", &mut sink).await.unwrap();
    drop(sink);
    let mut found = Vec::new();
    while let Some(listed) = receiver.recv().await {
        found.push((listed.display_name, listed.object.unwrap().role));
    }
    assert_eq!(
        found,
        [("blue/karpenter/gpu".to_owned(), "node".into()), ("blue/auto_mode/own".to_owned(), "node".into())]
    );
}
