//! What the provider says of a node class or pool while planning is what the API server says when it is made: over
//! generated specifications both accept or both refuse, and every rule of the definitions is broken at least once.

mod cases;
mod configurations;
mod documents;
mod golden;
mod mutate;
mod provider;
mod schema;
mod server;

use std::collections::BTreeSet;

use clients::kube::definitions::Definition;
use framework::types::Type;
use render::karpenter::node_pool::NodePool;
use serde_json::{Value, json};

use self::documents::{ec2_node_class, node_class, node_pool};
use self::mutate::Samples;
use self::provider::Provider;
use self::schema::{Rule, Schema, broken};
use self::server::{Kind, Server, Verdict};
use crate::support::sandbox::Cluster;

/// Words of errors of ours for what the API server would take, and why they are right.
type Stricter = &'static [(&'static str, &'static str)];

/// The same for releases that lack a rule of other releases.
const STRICTER_OTHERS: Stricter = &[
    ("Duplicate reason", "before Karpenter 1.13, reasons are a list, and a second one has no effect"),
    ("node_class_name must be", "earlier definitions accept an empty name, which no node class has"),
];

/// Words of refusals of the API server for configuration that the provider accepts without the cluster, and why.
const LOOSER: &[(&str, &str)] = &[(
    "family is not supported, must be one of",
    "Karpenter before 1.9 does not have Windows Server 2025, which is a rule",
)];

const STRICTER_NODE_POOLS: Stricter = &[
    (
        "is not a valid value of the label",
        "the pattern stands at the list, where it says nothing; Karpenter refuses the pool",
    ),
    (" key: ", "a key with several slashes or a long name passes the pattern, keys of labels have none"),
    ("is not a valid taint value", "the pattern takes slashes; a node does not"),
    ("does not support values for", "Kubernetes has no values there, and nothing compares with them"),
    ("requires at least one value for", "without values NotIn is Exists, which is hardly meant"),
    ("is a label of", "no node of this controller has a label of the other one"),
    ("Duplicate taint", "Karpenter refuses the pool"),
    ("must be a non-negative Kubernetes quantity", "no pool is that small"),
    ("reasons must contain", "a budget for no reason never counts"),
    ("The schedule", "the pattern takes any five words, Karpenter does not"),
    ("requirements and labels in total", "Karpenter refuses the pool"),
    ("Missing required argument: nodes", "the server's default hides that a budget says nothing"),
];

const STRICTER_EC2_NODE_CLASSES: Stricter = &[
    (
        "Conflicting arguments in",
        "the rule holds if one term of many is right; of the others Karpenter passes over a part",
    ),
    ("role must be", "a path, an ARN or more than 64 characters name no role"),
    ("instance_profile must be", "EC2 finds no instance profile by an ARN in the field for a name"),
    ("volume_size must be", "the pattern takes a unit without a number"),
    ("kubelet[", "the kubelet does not start with such values, which no rule looks at"),
    ("must be an ID that starts with", "the pattern takes anything before and after an id"),
    ("Public IP address with multiple network interfaces", "EC2 rejects such an instance"),
];

const STRICTER_NODE_CLASSES: Stricter = &[
    ("role must be", "an ARN names no role"),
    ("instance_profile must be", "EC2 finds no instance profile by an ARN in the field for a name"),
    ("ephemeral_storage.size must be", "our definition bounds the digits, the user guide the sizes"),
    ("must be base64-encoded", "no rule looks at the text"),
    ("Public IP address with multiple network interfaces", "EC2 rejects such an instance"),
    ("placement_group_selector.id must be", "no rule of our definition looks at the id"),
];

/// What no update of a node pool changes; `gpu_nodes::updates` shows that plans replace it.
const OF_NODE_POOLS: &[&str] = &[
    "Cannot transition NodePool between static (replicas set) and dynamic (replicas unset) provisioning modes",
    "nodeClassRef.group is immutable",
    "nodeClassRef.kind is immutable",
];

/// One kind of object in one flavour.
struct Subject {
    kind: Kind,
    resource: &'static str,
    documents: Vec<Value>,
    samples: Samples,
    /// The configuration that says the same as a specification; none if no configuration can.
    configuration: fn(&Value, &Type) -> Option<Value>,
    /// What the provider sends for it.
    sent: fn(&Value) -> Value,
    stricter: Stricter,
    /// The messages of the rules that compare an update with what was there before.
    of_updates: &'static [&'static str],
}

/// Specifications and what the API server says to them.
struct Judged {
    specs: Vec<Value>,
    verdicts: Vec<Verdict>,
    rules: BTreeSet<Rule>,
}

/// How much of the lists of a subject a comparison must use.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Coverage {
    /// Every reason for a stricter verdict.
    Whole,
    /// A release that lacks some fields uses some of them.
    Part,
}

impl Subject {
    /// Specifications for the installed definition, of which an earlier release accepts only some documents, and all
    /// documents, whose newer fields it refuses.
    #[track_caller]
    fn judge_release(&self, cluster: &Cluster, server: &Server) -> Judged {
        let definition = self.kind.definition(cluster);
        let schema = Schema::of_spec(&definition);
        let verdicts = server.judge(self.kind, &self.documents);
        let accepted: Vec<_> = self.documents.iter().zip(&verdicts).filter(|(_, verdict)| verdict.accepts).collect();
        let accepted: Vec<_> = accepted.into_iter().map(|(document, _)| document.clone()).collect();
        assert!(!accepted.is_empty(), "no document is for this release");
        let mut specs = cases::cases(&schema, &accepted, self.samples);
        specs.extend(self.documents.iter().cloned());
        Judged { verdicts: server.judge(self.kind, &specs), rules: schema.rules(), specs }
    }

    /// Whether the installed definition has all fields and values that the provider sends.
    fn has_all(&self, definition: &Definition, spec: &Value) -> bool {
        let object = json!({"metadata": {}, "spec": (self.sent)(spec)});
        definition.differences(&object).missing.is_empty()
    }

    #[track_caller]
    fn judge(&self, cluster: &Cluster, server: &Server) -> Judged {
        let definition = self.kind.definition(cluster);
        let schema = Schema::of_spec(&definition);
        for (document, verdict) in self.documents.iter().zip(server.judge(self.kind, &self.documents)) {
            assert!(verdict.accepts, "{document:#}\n{:#}", verdict.answer);
        }
        let specs = cases::cases(&schema, &self.documents, self.samples);
        let verdicts = server.judge(self.kind, &specs);
        self.assert_rules_of_updates(cluster);
        Judged { rules: schema.rules(), specs, verdicts }
    }

    /// Fails when the definition that is installed has other rules of updates than those known.
    #[track_caller]
    fn assert_rules_of_updates(&self, cluster: &Cluster) {
        let rules = Schema::of_spec(&self.kind.definition(cluster)).rules();
        let found: Vec<_> = rules.iter().filter(|rule| rule.is_of_updates).map(|rule| &rule.words).collect();
        assert_eq!(found, self.of_updates, "a plan must replace or refuse what these refuse");
    }

    /// Compares the provider's verdicts with the API server's; gives the specifications that both accept.
    #[track_caller]
    fn compare(&self, provider: &Provider, server: &Server, judged: &Judged, of: (&Cluster, Coverage)) -> Vec<Value> {
        let (cluster, coverage) = of;
        let definition =
            Definition::of_object(&self.kind.definition(cluster), self.kind.known()).expect("a definition");
        let (mut accepted, mut otherwise, mut wrong) = (Vec::new(), Vec::new(), Vec::new());
        let mut used = BTreeSet::new();
        for (spec, verdict) in judged.specs.iter().zip(&judged.verdicts) {
            let Some(configuration) = (self.configuration)(spec, provider.ty(self.resource)) else { continue };
            let mut errors = provider.errors(self.resource, &configuration);
            if !self.has_all(&definition, spec) {
                errors.push("the cluster does not have a field or value".to_owned());
            }
            match (errors.is_empty(), verdict.accepts) {
                (true, true) => accepted.push(spec.clone()),
                (false, false) => {}
                // What it sends may be something else that means the same.
                (true, false) if (self.sent)(spec) != *spec => otherwise.push((self.sent)(spec)),
                // The dry run of the plan reports these.
                (true, false)
                    if LOOSER.iter().any(|(words, _)| verdict.answer["message"].to_string().contains(words)) => {}
                (true, false) => {
                    wrong.push(format!("accepted: {configuration}\nrefused: {}", verdict.answer["message"]))
                }
                (false, true) => {
                    let reason =
                        self.stricter.iter().position(|(words, _)| errors.iter().any(|each| each.contains(words)));
                    let is_of_another = |errors: &[String]| {
                        STRICTER_OTHERS.iter().any(|(words, _)| errors.iter().any(|each| each.contains(words)))
                    };
                    match reason {
                        None if coverage == Coverage::Part && is_of_another(&errors) => {}
                        Some(reason) => drop(used.insert(reason)),
                        None => wrong.push(format!("refused: {configuration}\nbecause: {errors:#?}")),
                    }
                }
            }
        }
        for (spec, verdict) in otherwise.iter().zip(server.judge(self.kind, &otherwise)) {
            if !verdict.accepts {
                wrong.push(format!("sent: {spec}\nrefused: {}", verdict.answer["message"]));
            }
        }
        assert!(wrong.is_empty(), "{} of {} verdicts differ:\n{}", wrong.len(), judged.specs.len(), wrong.join("\n\n"));
        let unused = self.stricter.iter().enumerate().filter(|(number, _)| !used.contains(number));
        let unused: Vec<_> = unused.map(|(_, (words, _))| words).collect();
        let is_used = coverage == Coverage::Part || unused.is_empty();
        assert!(is_used, "nothing was refused any more with {unused:#?}");
        accepted
    }
}

impl Judged {
    /// Fails when no specification breaks one of the rules: a new release has brought one that nothing here knows.
    #[track_caller]
    fn assert_every_rule_is_broken(&self) {
        let refusals = self.verdicts.iter().filter(|verdict| !verdict.accepts);
        let met: BTreeSet<_> = refusals.flat_map(|verdict| broken(&self.rules, &verdict.answer)).collect();
        let left: Vec<_> = self.rules.iter().filter(|rule| !rule.is_of_updates && !met.contains(rule)).collect();
        assert!(left.is_empty(), "no specification breaks {left:#?}");
    }
}

/// A specification without empty lists: no blocks are sent as no list.
fn without_empty_lists(spec: &Value) -> Value {
    match spec {
        Value::Object(members) => {
            let is_sent = |value: &Value| value.as_array().is_none_or(|items| !items.is_empty());
            let sent = members.iter().filter(|(_, value)| is_sent(value));
            sent.map(|(name, value)| (name.clone(), without_empty_lists(value))).collect()
        }
        Value::Array(items) => items.iter().map(without_empty_lists).collect(),
        plain => plain.clone(),
    }
}

/// What the provider sends for a node pool: the list of requirements is always there.
fn sent_of_node_pool(spec: &Value) -> Value {
    let mut sent = without_empty_lists(&NodePool::parse(spec).spec());
    if sent["template"]["spec"].get("requirements").is_none() {
        sent["template"]["spec"]["requirements"] = json!([]);
    }
    // Before Karpenter 1.15, the definition requires it.
    if sent["disruption"].is_object() && sent["disruption"]["consolidateAfter"].is_null() {
        sent["disruption"]["consolidateAfter"] = json!("0s");
    }
    sent
}

/// Node classes of Karpenter. Without AMIs the provider adds an alias.
fn ec2_node_classes() -> Subject {
    Subject {
        kind: Kind { group: "karpenter.k8s.aws", name: "EC2NodeClass", plural: "ec2nodeclasses" },
        resource: "ekscompute_gpu_node_class",
        documents: ec2_node_class::specifications(),
        samples: ec2_node_class::samples,
        configuration: configurations::ec2_node_class,
        sent: |spec| {
            let mut spec = without_empty_lists(spec);
            if spec.get("amiSelectorTerms").is_none() {
                let alias = if spec["amiFamily"] == "Bottlerocket" { "bottlerocket@latest" } else { "al2023@latest" };
                spec["amiSelectorTerms"] = json!([{"alias": alias}]);
            }
            spec
        },
        stricter: STRICTER_EC2_NODE_CLASSES,
        of_updates: &[],
    }
}

fn node_classes() -> Subject {
    Subject {
        kind: Kind { group: "eks.amazonaws.com", name: "NodeClass", plural: "nodeclasses" },
        resource: "ekscompute_gpu_node_class",
        documents: node_class::specifications(),
        samples: node_class::samples,
        configuration: configurations::node_class,
        sent: without_empty_lists,
        stricter: STRICTER_NODE_CLASSES,
        of_updates: &[],
    }
}

fn node_pools(group: &str, kind: &str, prefix: &str, stricter: Stricter) -> Subject {
    Subject {
        kind: Kind { group: "karpenter.sh", name: "NodePool", plural: "nodepools" },
        resource: "ekscompute_node_pool",
        documents: node_pool::specifications(group, kind, prefix),
        samples: node_pool::samples,
        configuration: configurations::node_pool,
        sent: sent_of_node_pool,
        stricter,
        of_updates: OF_NODE_POOLS,
    }
}

/// What the release takes will be good for the next one.
#[track_caller]
fn assert_accepted(server: &Server, kind: Kind, specs: &[Value]) {
    for (spec, verdict) in specs.iter().zip(server.judge(kind, specs)) {
        assert!(verdict.accepts, "{spec}\n{}", verdict.answer);
    }
}

#[test]
fn node_classes_are_judged_as_the_api_server_does() {
    let cluster = Cluster::new();
    let (server, provider) = (Server::of(&cluster.start_kubernetes(json!({}))), Provider::new());
    cluster.custom_resources(json!({"install": ["karpenter-v1.14.1", "auto-mode"]}));

    let classes = node_classes();
    let judged = classes.judge(&cluster, &server);
    judged.assert_every_rule_is_broken();
    classes.compare(&provider, &server, &judged, (&cluster, Coverage::Whole));

    let classes = ec2_node_classes();
    let judged = classes.judge(&cluster, &server);
    judged.assert_every_rule_is_broken();
    let accepted = classes.compare(&provider, &server, &judged, (&cluster, Coverage::Whole));
    cluster.custom_resources(json!({"install": "karpenter-v1.15.2"}));
    classes.assert_rules_of_updates(&cluster);
    assert_accepted(&server, classes.kind, &accepted);
}

#[test]
fn node_pools_are_judged_as_the_api_server_does() {
    let cluster = Cluster::new();
    let (server, provider) = (Server::of(&cluster.start_kubernetes(json!({}))), Provider::new());

    cluster.custom_resources(json!({"install": "auto-mode"}));
    let pools = node_pools("eks.amazonaws.com", "NodeClass", "eks.amazonaws.com/", STRICTER_NODE_POOLS);
    let judged = pools.judge(&cluster, &server);
    judged.assert_every_rule_is_broken();
    pools.compare(&provider, &server, &judged, (&cluster, Coverage::Whole));

    cluster.custom_resources(json!({"install": "karpenter-v1.14.1"}));
    let pools = node_pools("karpenter.k8s.aws", "EC2NodeClass", "karpenter.k8s.aws/", STRICTER_NODE_POOLS);
    let judged = pools.judge(&cluster, &server);
    judged.assert_every_rule_is_broken();
    let accepted = pools.compare(&provider, &server, &judged, (&cluster, Coverage::Whole));
    cluster.custom_resources(json!({"install": "karpenter-v1.15.2"}));
    pools.assert_rules_of_updates(&cluster);
    assert_accepted(&server, pools.kind, &accepted);
}

/// Earlier releases lack fields and rules, and the newest one has no rules for the kubelet.
const OTHER_RELEASES: [&str; 4] = ["karpenter-v1.0.8", "karpenter-v1.5.0", "karpenter-v1.9.0", "karpenter-v1.15.2"];

#[test]
fn other_releases_are_judged_as_the_api_server_does() {
    let cluster = Cluster::new();
    let (server, provider) = (Server::of(&cluster.start_kubernetes(json!({}))), Provider::new());
    for release in OTHER_RELEASES {
        cluster.custom_resources(json!({"install": release}));
        let pools = node_pools("karpenter.k8s.aws", "EC2NodeClass", "karpenter.k8s.aws/", STRICTER_NODE_POOLS);
        for subject in [ec2_node_classes(), pools] {
            let judged = subject.judge_release(&cluster, &server);
            let accepted = subject.compare(&provider, &server, &judged, (&cluster, Coverage::Part));
            println!(
                "{release}: {} specifications of {}, both accept {}",
                judged.specs.len(),
                subject.kind.name,
                accepted.len()
            );
        }
    }
}
