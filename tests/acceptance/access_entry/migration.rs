//! The guide from aws-auth to access entries and back, step by step, while the API server is asked all the time.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::{Entry, TRUST, block, principals, resource};
use crate::support::cli::Cli;
use crate::support::sandbox::Cluster;

const BINDINGS: &str = "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings";
const WHO_AM_I: &str = "/apis/authentication.k8s.io/v1/selfsubjectreviews";
const MAY_I: &str = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";

/// Somebody with a role, and what they must be able to do at every moment.
struct Person {
    role: String,
    token: String,
    verb: &'static str,
    resource: &'static str,
}

impl Person {
    /// Makes a role without a path, and a token with it that is good for a quarter of an hour.
    fn new(cluster: &Cluster, name: &str, verb: &'static str, resource: &'static str) -> Self {
        let full = format!("{}-{name}", cluster.name);
        cluster.iam("CreateRole", &format!("RoleName={full}&AssumeRolePolicyDocument={TRUST}"));
        let role = format!("arn:aws:iam::123456789012:role/{full}");
        let workspace = cluster.workspace(Cli::Terraform115);
        let configuration = format!(
            "provider \"ekscompute\" {{\n  assume_role {{\n    role_arn = \"{role}\"\n    session_name = \"jane\"\n  }}\n}}\n\
             ephemeral \"ekscompute_cluster_token\" \"this\" {{\n  cluster_name = \"{}\"\n}}\n\
             resource \"terraform_data\" \"use\" {{\n  provisioner \"local-exec\" {{\n    command = \"printf %s \\\"$TOKEN\\\" \
             >token\"\n    environment = {{ TOKEN = ephemeral.ekscompute_cluster_token.this.token }}\n  }}\n}}\n",
            cluster.name
        );
        workspace.write("main.tf", &configuration);
        workspace.apply().success();
        Self { role, token: workspace.read("token"), verb, resource }
    }

    /// The token as nobody has seen it: the API server remembers for ten seconds who has one that it knows. Letters of the
    /// URL in it are written as numbers, which its signature does not see.
    fn fresh_token(&self) -> String {
        static NUMBER: AtomicUsize = AtomicUsize::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let encoded = self.token.strip_prefix("k8s-aws-v1.").expect("a token of EKS");
        let url = String::from_utf8(URL_SAFE_NO_PAD.decode(encoded).expect("base64")).expect("a URL");
        let action = "GetCallerIdentity";
        let letters = action.bytes().enumerate().map(|(at, letter)| {
            if number >> at & 1 == 1 { format!("%{letter:02X}") } else { char::from(letter).to_string() }
        });
        format!("k8s-aws-v1.{}", URL_SAFE_NO_PAD.encode(url.replacen(action, &letters.collect::<String>(), 1)))
    }

    /// What the API server says of them: the user name, and whether they may; the whole answer if they may not come in.
    fn ask(&self, requests: &impl Fn(&str, &str, Value) -> (u64, Value)) -> (String, bool) {
        let ask = |path: &str, body: Value| requests("POST", path, json!({"body": body, "token": self.fresh_token()}));
        let review = json!({"apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectAccessReview", "spec": {
            "resourceAttributes": {"verb": self.verb, "resource": self.resource, "namespace": "default"},
        }});
        let (status, answer) = ask(MAY_I, review);
        let may = status == 201 && answer["status"]["allowed"] == json!(true);
        if !may {
            return (answer.to_string(), false);
        }
        let (_, answer) = ask(WHO_AM_I, json!({"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"}));
        (answer["status"]["userInfo"]["username"].as_str().unwrap_or_default().to_owned(), true)
    }
}

/// Asks for everybody, over and over, until dropped.
struct Watch {
    stop: Arc<AtomicBool>,
    rounds: Arc<Mutex<usize>>,
    refusals: Arc<Mutex<Vec<String>>>,
    thread: Option<thread::JoinHandle<()>>,
}

impl Watch {
    fn over(cluster: &Cluster, people: &Arc<Vec<Person>>) -> Self {
        let (stop, rounds, refusals) = (Arc::default(), Arc::default(), Arc::default());
        let watch = Self { stop, rounds, refusals, thread: None };
        let (stop, rounds, refusals) =
            (Arc::clone(&watch.stop), Arc::clone(&watch.rounds), Arc::clone(&watch.refusals));
        let (requests, people) = (cluster.requests(), Arc::clone(people));
        let thread = thread::spawn(move || {
            while !stop.load(Ordering::SeqCst) {
                for person in people.iter() {
                    if let (said, false) = person.ask(&requests) {
                        refusals.lock().expect("no panic under the lock").push(format!("{}: {said}", person.role));
                    }
                }
                *rounds.lock().expect("no panic under the lock") += 1;
            }
        });
        Self { thread: Some(thread), ..watch }
    }

    /// Every principal had access in each check.
    #[track_caller]
    fn assert_access_never_denied(mut self) {
        self.stop.store(true, Ordering::SeqCst);
        self.thread.take().into_iter().for_each(|thread| thread.join().expect("the watch does not panic"));
        let refusals = self.refusals.lock().expect("no panic under the lock");
        assert!(refusals.is_empty(), "{refusals:?}");
        assert!(*self.rounds.lock().expect("no panic under the lock") > 20, "the watch has hardly asked");
    }
}

fn bind(cluster: &Cluster, name: &str, role: &str) {
    let body = json!({
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding", "metadata": {"name": name},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": role},
        "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "Group", "name": name}],
    });
    let (status, answer) = cluster.kubernetes("POST", BINDINGS, json!({"body": body}));
    assert_eq!(status, 201, "{answer}");
}

fn mapping(name: &str, cluster: &str, role: &str, arguments: &str) -> String {
    format!(
        "resource \"ekscompute_aws_auth_map_role\" \"{name}\" {{\n  cluster_name = \"{cluster}\"\n  role_arn = \
         \"{role}\"\n{arguments}}}\n"
    )
}

/// The two halves of the guide, as configuration.
struct Guide {
    mappings: String,
    moving: String,
    moved: String,
}

impl Guide {
    fn of(cluster: &str, people: &[Person]) -> Self {
        let [developers, admins, pods] = people else { panic!("three people") };
        let mappings = [
            mapping("developers", cluster, &developers.role, "  username = \"mapped\"\n  groups = [\"developers\"]\n"),
            mapping("admins", cluster, &admins.role, "  username = \"mapped\"\n  groups = [\"system:masters\"]\n"),
            mapping("pods", cluster, &pods.role, "  node_type = \"fargate\"\n"),
        ];
        let entries = |admins_groups: &str| {
            let admin = format!("{admins_groups}{}", block("AmazonEKSClusterAdminPolicy", &[]));
            let developer = "kubernetes_groups = [\"developers\"]\nuser_name = \"entered:{{SessionName}}\"\n";
            [
                resource("developers", cluster, &developers.role, developer),
                resource("admins", cluster, &admins.role, &admin),
                resource("pods", cluster, &pods.role, "type = \"FARGATE_LINUX\"\n"),
            ]
            .concat()
        };
        Self {
            mappings: mappings.concat(),
            moving: entries("kubernetes_groups = [\"moving-admins\"]\n"),
            moved: entries(""),
        }
    }
}

#[test]
fn from_aws_auth_to_access_entries_and_back_without_a_moment_of_lost_access() {
    let mode = json!({"cluster_config": {"accessConfig": {"authenticationMode": "CONFIG_MAP"}}});
    let entry = Entry::of(Cli::Terraform115, Cluster::seeded(mode));
    let cluster = &entry.cluster;
    cluster.start_kubernetes(json!({}));
    // Nothing fills the role `view` here, as a controller does in a cluster, and nobody binds what nodes may.
    bind(cluster, "developers", "system:aggregate-to-view");
    bind(cluster, "system:nodes", "system:node-proxier");
    bind(cluster, "moving-admins", "cluster-admin");
    let people = Arc::new(vec![
        Person::new(cluster, "developers", "list", "pods"),
        Person::new(cluster, "admins", "delete", "secrets"),
        Person::new(cluster, "pods", "list", "services"),
    ]);
    let guide = Guide::of(&cluster.name, &people);
    let apply = |configuration: &str| {
        entry.workspace.write("main.tf", configuration);
        entry.apply();
    };
    let users = || people.iter().map(|person| person.ask(&cluster.requests()).0).collect::<Vec<_>>();
    apply(&guide.mappings);
    assert_eq!(users(), ["mapped", "mapped", "system:node:jane"]);
    let watch = Watch::over(cluster, &people);

    // Both count, and nothing changes by that.
    entry.set_mode("API_AND_CONFIG_MAP");
    assert_eq!(users(), ["mapped", "mapped", "system:node:jane"]);
    // The access entries come first from the moment they exist.
    apply(&format!("{}{}", guide.mappings, guide.moving));
    let admin = people[1].role.replace(":iam:", ":sts:").replace(":role/", ":assumed-role/");
    let entered = ["entered:jane".to_owned(), format!("{admin}/jane"), "system:node:jane".to_owned()];
    assert_eq!(users(), entered);
    apply(&format!("{}{}", guide.mappings, guide.moved));
    apply(&guide.moved);
    assert_eq!(users(), entered);

    // Back, one step after the other.
    apply(&format!("{}{}", guide.mappings, guide.moved));
    assert_eq!(users(), entered, "access entries come first");
    apply(&guide.mappings);
    assert_eq!(users(), ["mapped", "mapped", "system:node:jane"]);
    let left: BTreeSet<_> = principals(cluster).into_iter().collect();
    assert!(people.iter().all(|person| !left.contains(&person.role)), "{left:?}");

    // And for good.
    apply(&format!("{}{}", guide.mappings, guide.moving));
    apply(&format!("{}{}", guide.mappings, guide.moved));
    apply(&guide.moved);
    entry.set_mode("API");
    entry.workspace.plan().assert_no_changes();
    assert_eq!(users(), entered);
    watch.assert_access_never_denied();
}
