//! Short random journeys through the real programs. The effect oracle judges every apply, and the plan after it must be
//! empty. `JOURNEYS_CLI` is their number for all kinds together, `JOURNEYS_SEED` the first seed; a failure prints its seed.

use serde_json::{Value, json};

use crate::access_entry::{make_role, path};
use crate::support::cli::Cli;
use crate::support::plan::Action;
use crate::support::sandbox::Cluster;
use crate::support::workspace::Workspace;

/// A resource on journeys.
struct Kind {
    resource: &'static str,
    /// Arguments with the values that they may have; an empty text leaves one out.
    arguments: &'static [&'static [&'static str]],
    ignorable: &'static [&'static str],
    /// The arguments that identify an object, and its import id.
    place: fn(&Cluster, &str) -> (String, String),
    /// Changes by another user: one of a value, which may happen after the plan, and others.
    resize: fn(&Cluster, &str, usize),
    drift: fn(&Cluster, &str, usize),
}

/// How many of the journeys each kind has in a normal test run.
const SAMPLE: usize = 1;

fn number(name: &str) -> Option<usize> {
    std::env::var(name).ok().and_then(|text| text.parse().ok())
}

/// Runs the journeys of a kind in one cluster.
fn campaign(kind: &Kind, cluster: &Cluster, share: usize) {
    let (first, all) = (number("JOURNEYS_SEED").unwrap_or(1), number("JOURNEYS_CLI"));
    let count = all.map_or(SAMPLE * share, |all| all * share / 5);
    for seed in first..first + count {
        eprintln!("{} journey {seed}", kind.resource);
        let rng = fastrand::Rng::with_seed(seed as u64);
        let journey = Journey::new(kind, cluster, rng, seed);
        journey.travel();
    }
    eprintln!("{}: {count} journeys through the program", kind.resource);
}

struct Journey<'j> {
    kind: &'j Kind,
    cluster: &'j Cluster,
    workspace: Workspace,
    rng: fastrand::Rng,
    name: String,
    values: Vec<&'static str>,
}

impl<'j> Journey<'j> {
    fn new(kind: &'j Kind, cluster: &'j Cluster, mut rng: fastrand::Rng, seed: usize) -> Self {
        let values = kind.arguments.iter().map(|values| values[rng.usize(..values.len())]).collect();
        let workspace = cluster.workspace(Cli::OnPath);
        Self { kind, cluster, workspace, rng, name: format!("{}-{seed}", cluster.name), values }
    }

    fn address(&self) -> String {
        format!("{}.this", self.kind.resource)
    }

    /// Writes the configuration with the present values, and with something ignored at times.
    fn configure(&mut self) {
        let (place, _) = (self.kind.place)(self.cluster, &self.name);
        let ignored = if self.rng.usize(..3) == 0 { self.pick(self.kind.ignorable) } else { "" };
        let text = format!(
            "resource \"{}\" \"this\" {{\n{place}\n{}\n  lifecycle {{\n    ignore_changes = [{ignored}]\n  }}\n}}\n",
            self.kind.resource,
            self.values.join("\n")
        );
        eprintln!("{text}");
        self.workspace.write("main.tf", &text);
    }

    fn pick(&mut self, choices: &[&'static str]) -> &'static str {
        choices[self.rng.usize(..choices.len())]
    }

    fn change(&mut self) {
        for (position, values) in self.kind.arguments.iter().enumerate() {
            if self.rng.usize(..3) == 0 {
                self.values[position] = self.pick(values);
            }
        }
        self.configure();
    }

    /// Applies; the next plan is empty.
    #[track_caller]
    fn apply(&self, options: &[&str]) {
        self.workspace.apply_with(options).success();
        self.workspace.plan().assert_no_changes();
    }

    fn travel(mut self) {
        self.configure();
        self.apply(&[]);
        for _ in 0..2 + self.rng.usize(..2) {
            self.step();
        }
        self.workspace.destroy().success();
        assert!(self.workspace.addresses().is_empty());
    }

    fn step(&mut self) {
        let (address, choice) = (self.address(), self.rng.usize(..));
        let step = self.rng.usize(..10);
        eprintln!("step {step}, choice {}", choice % 7);
        match step {
            0..4 => {
                self.change();
                self.apply(&[]);
            }
            4..6 => {
                (self.kind.drift)(self.cluster, &self.name, choice);
                self.apply(&[]);
            }
            6..8 => {
                self.change();
                self.workspace.plan();
                (self.kind.resize)(self.cluster, &self.name, choice);
                self.workspace.expect_drift();
                self.workspace.apply_plan().success();
                self.apply(&[]);
            }
            8 => self.apply(&[&format!("-replace={address}")]),
            _ => {
                let (_, id) = (self.kind.place)(self.cluster, &self.name);
                assert!(self.workspace.run(&["state", "rm", &address]).succeeded());
                assert!(self.workspace.import(&address, &id).succeeded());
                let action = self.workspace.plan().actions().remove(&address);
                assert!(matches!(action, None | Some(Action::NoOp | Action::Update)), "after an import: {action:?}");
                self.apply(&[]);
            }
        }
    }
}

const NODE_GROUP: Kind = Kind {
    resource: "ekscompute_node_group",
    arguments: &[
        &[
            "scaling_config {\n  min_size = 1\n  max_size = 9\n}",
            "scaling_config {\n  min_size = 1\n  max_size = 9\n  desired_size = 2\n}",
            "scaling_config {\n  min_size = 0\n  max_size = 8\n  desired_size = 3\n}",
        ],
        &["", "labels = {}", "labels = { a = \"1\" }", "labels = { a = \"2\", b = \"1\" }"],
        &["", "tags = {}", "tags = { a = \"1\" }", "tags = { a = \"2\", b = \"1\" }"],
        &["", "", "update_config {\n  max_unavailable = 2\n}"],
        &[
            "",
            "taint {\n  key = \"a\"\n  effect = \"NO_SCHEDULE\"\n}",
            "taint {\n  key = \"a\"\n  value = \"1\"\n  effect = \"NO_EXECUTE\"\n}",
        ],
        &["", "node_repair_config {\n  enabled = true\n}"],
        &["", "timeouts {\n  create = \"30m\"\n}"],
    ],
    ignorable: &["scaling_config[0].desired_size", "labels", "labels[\"a\"]", "tags", "taint", "timeouts"],
    place: |cluster, name| {
        let role = cluster.made("node_role_arn");
        let place = format!(
            "cluster_name = \"{}\"\nnode_group_name = \"{name}\"\nnode_role_arn = \"{role}\"\nsubnet_ids = {}",
            cluster.name,
            cluster.subnets()
        );
        (place, format!("{}:{name}", cluster.name))
    },
    resize: |cluster, name, choice| cluster.drift(name, "set_desired_size", &json!(2 + choice % 4)),
    drift: |cluster, name, choice| {
        let (action, value) = match choice % 4 {
            0 => ("set_desired_size", json!(5)),
            1 => ("set_labels", json!({"a": "9", "z": "1"})),
            2 => ("set_tags", json!({"a": "9", "z": "1"})),
            _ => ("set_taints", json!([])),
        };
        cluster.drift(name, action, &value);
    },
};

const FARGATE_PROFILE: Kind = Kind {
    resource: "ekscompute_fargate_profile",
    arguments: &[
        &[
            "selector {\n  namespace = \"a\"\n}",
            "selector {\n  namespace = \"a\"\n  labels = {}\n}",
            "selector {\n  namespace = \"b\"\n}",
        ],
        &["", "tags = {}", "tags = { a = \"1\" }", "tags = { a = \"2\", b = \"1\" }"],
        &["", "timeouts {\n  create = \"30m\"\n}"],
    ],
    ignorable: &["tags", "tags[\"a\"]", "timeouts"],
    place: |cluster, name| {
        let role = cluster.made("fargate_role_arn");
        let place = format!(
            "cluster_name = \"{}\"\nfargate_profile_name = \"{name}\"\npod_execution_role_arn = \"{role}\"\nsubnet_ids = {}",
            cluster.name,
            cluster.subnets()
        );
        (place, format!("{}:{name}", cluster.name))
    },
    resize: |_, _, _| {},
    drift: |cluster, name, choice| {
        let value = if choice % 2 == 0 { json!({"a": "9", "z": "1"}) } else { json!({}) };
        cluster.drift_profile(name, "set_tags", &value);
    },
};

const ACCESS_ENTRY: Kind = Kind {
    resource: "ekscompute_access_entry",
    arguments: &[
        &["", "kubernetes_groups = []", "kubernetes_groups = [\"a\"]", "kubernetes_groups = [\"a\", \"b\"]"],
        &["", "tags = {}", "tags = { a = \"1\" }", "tags = { a = \"2\", b = \"1\" }"],
        &["user_name = \"one\"", "user_name = \"other\""],
        &[
            "",
            "policy_association {\n  policy_arn = \"AmazonEKSViewPolicy\"\n  access_scope {\n    type = \"cluster\"\n  }\n}",
            "policy_association {\n  policy_arn = \"AmazonEKSEditPolicy\"\n  access_scope {\n    type = \"namespace\"\n    \
             namespaces = [\"a\"]\n  }\n}",
        ],
    ],
    ignorable: &["kubernetes_groups", "tags", "tags[\"a\"]", "user_name"],
    place: |cluster, name| {
        let place = format!("cluster_name = \"{}\"\nprincipal_arn = \"{}\"", cluster.name, principal(cluster, name));
        (place, format!("{}:{}", cluster.name, principal(cluster, name)))
    },
    resize: |cluster, name, choice| {
        let change = json!({"username": format!("drifted-{}", choice % 4)});
        cluster.eks("POST", &path(cluster, &principal(cluster, name)), &change);
    },
    drift: |cluster, name, choice| {
        let groups: &[&str] = if choice % 2 == 0 { &[] } else { &["drifted"] };
        cluster.eks("POST", &path(cluster, &principal(cluster, name)), &json!({ "kubernetesGroups": groups }));
    },
};

/// The role of a journey, which is created once for the cluster.
fn principal(cluster: &Cluster, _journey: &str) -> String {
    format!("arn:aws:iam::123456789012:role/team/{}-journeys", cluster.name)
}

const MAP: &str = "/api/v1/namespaces/kube-system/configmaps/aws-auth";

const MAP_ROLE: Kind = Kind {
    resource: "ekscompute_aws_auth_map_role",
    arguments: &[
        &["username = \"one\"", "username = \"other\""],
        &["", "groups = []", "groups = [\"a\"]", "groups = [\"a\", \"b\"]"],
        &["", "timeouts {\n  create = \"5m\"\n}"],
    ],
    ignorable: &["groups", "username", "timeouts"],
    place: |cluster, name| {
        let role = format!("arn:aws:iam::123456789012:role/{name}");
        (format!("cluster_name = \"{}\"\nrole_arn = \"{role}\"", cluster.name), format!("{}/{role}", cluster.name))
    },
    resize: edit_user_name,
    drift: edit_user_name,
};

/// Edits the entry by hand.
fn edit_user_name(cluster: &Cluster, _: &str, choice: usize) {
    let (_, mut map) = cluster.kubernetes("GET", MAP, json!({}));
    let text = map["data"]["mapRoles"].as_str().unwrap_or_default().to_owned();
    let drifted = format!("username: drifted{}", choice % 4);
    map["data"]["mapRoles"] = json!(text.replace("username: one", &drifted).replace("username: other", &drifted));
    map["metadata"]["managedFields"] = Value::Null;
    let path = format!("{MAP}?fieldManager=kubectl-edit");
    let (status, answer) = cluster.kubernetes("PUT", &path, json!({ "body": map }));
    assert_eq!(status, 200, "{answer}");
}

#[test]
fn node_group_journeys_hold_in_programs() {
    campaign(&NODE_GROUP, &Cluster::new(), 2);
}

#[test]
fn fargate_profile_journeys_hold_in_programs() {
    campaign(&FARGATE_PROFILE, &Cluster::new(), 1);
}

#[test]
fn access_entry_journeys_hold_in_programs() {
    let cluster = Cluster::new();
    make_role(&cluster, "journeys");
    campaign(&ACCESS_ENTRY, &cluster, 1);
}

#[test]
fn map_role_journeys_hold_in_programs() {
    let cluster = Cluster::new();
    cluster.start_kubernetes(json!({}));
    campaign(&MAP_ROLE, &cluster, 1);
}
