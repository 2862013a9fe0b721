//! The golden cases: what the API server says to each, at which field and in which words, and that plans agree.

use serde_json::{Value, json};

use super::provider::Provider;
use super::server::{Server, Verdict};
use super::{Subject, ec2_node_classes, node_pools};
use crate::support::sandbox::Cluster;

/// What becomes of a specification.
enum Expected {
    /// It is stored with these members, whoever filled them in.
    Stored(Value),
    /// It is refused for each of these: the field, and words of the message.
    Refused(&'static [(&'static str, &'static str)]),
    /// The API server takes it, and the provider does not, in these words.
    RefusedByProvider(&'static str),
}
use Expected::{Refused, RefusedByProvider, Stored};

/// Fails unless API server and provider do what is expected.
#[track_caller]
fn assert_judged(subject: &Subject, provider: &Provider, verdict: &Verdict, spec: &Value, expected: &Expected) {
    let configuration = (subject.configuration)(spec, provider.ty(subject.resource)).expect("it can be configured");
    let errors = provider.errors(subject.resource, &configuration);
    let answer = &verdict.answer;
    match expected {
        Stored(members) => {
            assert!(verdict.accepts, "{spec}\n{answer:#}");
            assert_eq!(errors, [""; 0], "{spec}");
            assert!(contains(&answer["spec"], members), "{members}\nis not in\n{answer:#}");
        }
        Refused(causes) => {
            assert!(!errors.is_empty(), "{spec}");
            let told = answer["details"]["causes"].as_array().cloned().unwrap_or_default();
            for (field, words) in *causes {
                let fits = |cause: &&Value| {
                    cause["field"] == *field && cause["message"].as_str().is_some_and(|text| text.contains(words))
                };
                assert!(told.iter().any(|cause| fits(&cause)), "{field}: {words}\nis not said of {spec}\n{answer:#}");
            }
        }
        RefusedByProvider(words) => {
            assert!(verdict.accepts, "{spec}\n{answer:#}");
            assert!(errors.iter().any(|error| error.contains(words)), "{spec}\n{errors:#?}");
        }
    }
}

/// Whether all members of one value are in another.
fn contains(whole: &Value, part: &Value) -> bool {
    match part {
        Value::Object(members) => members.iter().all(|(name, member)| contains(&whole[name], member)),
        part => whole == part,
    }
}

#[track_caller]
fn assert_all(server: &Server, provider: &Provider, subject: &Subject, cases: &[(Value, Expected)]) {
    let specs: Vec<_> = cases.iter().map(|(spec, _)| spec.clone()).collect();
    for ((spec, expected), verdict) in cases.iter().zip(server.judge(subject.kind, &specs)) {
        assert_judged(subject, provider, &verdict, spec, expected);
    }
}

/// The class of case 1 with other members; null takes one away.
fn class(members: &Value) -> Value {
    let discovery = json!([{"tags": {"karpenter.sh/discovery": "demo"}}]);
    let mut spec = json!({
        "role": "KarpenterNodeRole-demo",
        "amiSelectorTerms": [{"alias": "al2023@v20260801"}],
        "subnetSelectorTerms": discovery,
        "securityGroupSelectorTerms": discovery,
        "blockDeviceMappings": [
            {"deviceName": "/dev/xvda", "ebs": {"volumeSize": "300Gi", "volumeType": "gp3", "encrypted": true}},
        ],
    });
    for (name, member) in members.as_object().expect("an object") {
        spec[name] = member.clone();
    }
    spec.as_object_mut().expect("an object").retain(|_, member| !member.is_null());
    spec
}

fn interface(card: u8, device: u8, kind: &str) -> Value {
    json!({"networkCardIndex": card, "deviceIndex": device, "interfaceType": kind})
}

/// The interfaces of a p6-b200: one with addresses and eight of EFA.
fn nine() -> Vec<Value> {
    let mut all = vec![interface(0, 0, "interface"), interface(0, 1, "efa-only")];
    all.extend((1..8).map(|card| interface(card, 0, "efa-only")));
    all
}

/// Cases 1 to 3 and 5.
fn of_classes() -> Vec<(Value, Expected)> {
    let defaults = json!({"metadataOptions": {
        "httpEndpoint": "enabled", "httpProtocolIPv6": "disabled", "httpPutResponseHopLimit": 1, "httpTokens": "required",
    }});
    let one = &[("spec", "must specify exactly one of ['role', 'instanceProfile']")];
    let terms = |terms: Value, family: Option<&str>| class(&json!({"amiSelectorTerms": terms, "amiFamily": family}));
    let alias = |alias: &str| terms(json!([{"alias": alias}]), None);
    let unsupported: &'static [_] = &[(
        "spec.amiSelectorTerms[0].alias",
        "family is not supported, must be one of the following: 'al2', 'al2023', 'bottlerocket', 'windows2019', \
         'windows2022', 'windows2025'",
    )];
    let interfaces = |all: &[Value]| class(&json!({"networkInterfaces": all}));
    let primary = interface(0, 0, "interface");
    let twice = &[(
        "spec.networkInterfaces",
        "networkInterfaces must not have duplicate networkCardIndex and deviceIndex pairs, and can have at most one efa device \
         per network card",
    )];
    vec![
        (class(&json!({})), Stored(defaults)),
        (class(&json!({"instanceProfile": "nodes"})), Refused(one)),
        (class(&json!({"role": null})), Refused(one)),
        (class(&json!({"role": ""})), Refused(&[("spec.role", "role cannot be empty")])),
        (
            terms(json!([{"alias": "al2023@latest"}, {"id": "ami-0123456789abcdef0"}]), None),
            Refused(&[(
                "spec.amiSelectorTerms",
                "'alias' is mutually exclusive, cannot be set with a combination of other amiSelectorTerms",
            )]),
        ),
        (
            terms(json!([{"alias": "al2023@latest", "name": "mine"}]), None),
            Refused(&[(
                "spec.amiSelectorTerms",
                "'alias' is mutually exclusive, cannot be set with a combination of other fields in amiSelectorTerms",
            )]),
        ),
        (
            terms(json!([{"id": "ami-0123456789abcdef0"}]), None),
            Refused(&[("spec", "must specify amiFamily if amiSelectorTerms does not contain an alias")]),
        ),
        (
            terms(json!([{"alias": "al2023@latest"}]), Some("Bottlerocket")),
            Refused(&[("spec", "if set, amiFamily must be 'AL2023' or 'Custom' when using an AL2023 alias")]),
        ),
        (
            alias("al2023"),
            Refused(&[(
                "spec.amiSelectorTerms[0].alias",
                "'alias' is improperly formatted, must match the format 'family@version'",
            )]),
        ),
        (alias("AL2023@latest"), Refused(unsupported)),
        (alias("ubuntu@latest"), Refused(unsupported)),
        (
            alias("windows2022@v1"),
            Refused(&[("spec.amiSelectorTerms[0].alias", "windows families may only specify version 'latest'")]),
        ),
        (
            terms(json!([{"alias": "al2023@latest", "ssmParameter": "/mine"}]), None),
            RefusedByProvider("must not have other arguments"),
        ),
        (interfaces(&nine()), Stored(json!({"networkInterfaces": nine()}))),
        (
            interfaces(&nine()[1..]),
            Refused(&[(
                "spec.networkInterfaces",
                "networkInterfaces must include a primary interface with interfaceType='interface'",
            )]),
        ),
        (interfaces(&[primary.clone(), interface(1, 0, "efa-only"), interface(1, 1, "efa-only")]), Refused(twice)),
        (interfaces(&[primary.clone(), primary]), Refused(twice)),
    ]
}

fn pool(group: &str, kind: &str, members: &Value) -> Value {
    let mut spec = json!({"template": {"spec": {
        "nodeClassRef": {"group": group, "kind": kind, "name": "gpu"}, "requirements": [],
    }}});
    for (name, member) in members.as_object().expect("an object") {
        let place = match name.as_str() {
            "expireAfter" | "terminationGracePeriod" | "requirements" => &mut spec["template"]["spec"],
            _ => &mut spec,
        };
        place[name] = member.clone();
    }
    spec
}

/// Case 4.
fn of_pools() -> Vec<(Value, Expected)> {
    let pool = |members: Value| pool("karpenter.k8s.aws", "EC2NodeClass", &members);
    let defaults = json!({"disruption": {
        "consolidateAfter": "0s", "consolidationPolicy": "WhenEmptyOrUnderutilized", "budgets": [{"nodes": "10%"}],
    }});
    vec![
        (pool(json!({})), Stored(defaults)),
        (
            pool(
                json!({"disruption": {"consolidateAfter": "20m", "budgets": [{"nodes": "0", "schedule": "0 9 * * mon-fri"}]}}),
            ),
            Refused(&[("spec.disruption.budgets", "'schedule' must be set with 'duration'")]),
        ),
        (
            pool(json!({"replicas": 2, "weight": 10, "limits": {"cpu": "10", "nodes": "3"}})),
            Refused(&[
                ("spec", "only 'limits.nodes' is supported on static NodePools"),
                ("spec", "'weight' is not supported on static NodePools"),
            ]),
        ),
        (
            pool(json!({"replicas": 2, "limits": {"nodes": "3"}})),
            Stored(json!({"replicas": 2, "limits": {"nodes": "3"}})),
        ),
        (
            pool(json!({"expireAfter": "30d"})),
            Refused(&[("spec.template.spec.expireAfter", "should match '^(([0-9]+(s|m|h))+|Never)$'")]),
        ),
    ]
}

/// The variants of case 6.
fn of_auto_mode() -> Vec<(Value, Expected)> {
    let pool = |members: Value| pool("eks.amazonaws.com", "NodeClass", &members);
    let life = |life: &str, grace: Option<&str>| {
        let mut members = json!({"expireAfter": life});
        if let Some(grace) = grace {
            members["terminationGracePeriod"] = json!(grace);
        }
        pool(members)
    };
    let requirement = |key: &str| pool(json!({"requirements": [{"key": key, "operator": "In", "values": ["g"]}]}));
    let stored = |life: &str| Stored(json!({"template": {"spec": {"expireAfter": life}}}));
    let too_long: &'static [_] = &[(
        "spec.template.spec",
        "the sum of expireAfter and terminationGracePeriod (defaulted to 24h) may not exceed 21 days",
    )];
    vec![
        (pool(json!({})), stored("336h")),
        (life("480h", None), stored("480h")),
        (life("481h", None), Refused(too_long)),
        (life("720h", None), Refused(too_long)),
        (life("503h", Some("2h")), Refused(too_long)),
        (life("502h", Some("2h")), stored("502h")),
        (life("Never", None), Refused(&[("spec.template.spec", "expireAfter may not be set to Never")])),
        (
            requirement("eks.amazonaws.com/instance-type"),
            Refused(&[("spec.template.spec.requirements[0].key", "label domain \"eks.amazonaws.com\" is restricted")]),
        ),
        (requirement("karpenter.k8s.aws/instance-category"), RefusedByProvider("is a label of")),
    ]
}

#[test]
fn golden_cases_are_judged_as_they_were_collected() {
    let cluster = Cluster::new();
    let (server, provider) = (Server::of(&cluster.start_kubernetes(json!({}))), Provider::new());
    cluster.custom_resources(json!({"install": "auto-mode"}));
    let auto_mode = node_pools("eks.amazonaws.com", "NodeClass", "eks.amazonaws.com/", &[]);
    assert_all(&server, &provider, &auto_mode, &of_auto_mode());
    cluster.custom_resources(json!({"install": "karpenter-v1.14.1"}));
    assert_all(&server, &provider, &ec2_node_classes(), &of_classes());
    let karpenter = node_pools("karpenter.k8s.aws", "EC2NodeClass", "karpenter.k8s.aws/", &[]);
    assert_all(&server, &provider, &karpenter, &of_pools());
}
