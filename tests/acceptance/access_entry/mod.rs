//! `ekscompute_access_entry`. Its life is tried under every program, everything else under the one on PATH.

mod adoption;
mod diagnostics;
mod examples;
mod faults;
mod guards;
mod lifecycle;
mod migration;

use serde_json::{Value, json};

use crate::support::cli::Cli;
use crate::support::plan::Action;
use crate::support::sandbox::Cluster;
use crate::support::workspace::Workspace;

const ADDRESS: &str = "ekscompute_access_entry.this";
/// Who calls in the tests, and has made the cluster.
const ROOT: &str = "arn:aws:iam::123456789012:root";
const POLICY: &str = "arn:aws:eks::aws:cluster-access-policy/";
/// Lets the root of the account have the role.
const TRUST: &str = "%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%5B%7B%22Effect%22%3A%22Allow%22%2C%22Principal%22%3A%7B%22AWS%22%3A%22%2A%22%7D%2C%22Action%22%3A%22sts%3AAssumeRole%22%7D%5D%7D";

/// One access entry of a test: a cluster and a role of its own, and a workspace.
struct Entry {
    cluster: Cluster,
    workspace: Workspace,
    /// The role's ARN, with a path.
    role: String,
}

impl Entry {
    fn new(cli: Cli) -> Self {
        Self::of(cli, Cluster::new())
    }

    fn of(cli: Cli, cluster: Cluster) -> Self {
        let workspace = cluster.workspace(cli);
        let role = make_role(&cluster, "ops");
        Self { cluster, workspace, role }
    }

    /// The import id.
    fn id(&self) -> String {
        format!("{}:{}", self.cluster.name, self.role)
    }

    /// The resource with these arguments beside its place.
    fn resource(&self, arguments: &str) -> String {
        resource("this", &self.cluster.name, &self.role, arguments)
    }

    /// Writes the configuration: only this resource.
    fn configure(&self, arguments: &str) {
        self.workspace.write("main.tf", &self.resource(arguments));
    }

    /// Applies the configuration; the next plan must be empty.
    #[track_caller]
    fn apply(&self) {
        self.workspace.apply().success();
        self.workspace.plan().assert_no_changes();
    }

    #[track_caller]
    fn create(&self, arguments: &str) {
        self.configure(arguments);
        self.apply();
    }

    fn attributes(&self) -> Value {
        self.workspace.attributes(ADDRESS)
    }

    #[track_caller]
    fn assert_plan(&self, action: Action) {
        self.workspace.plan().assert_actions(&[(ADDRESS, action)]);
    }

    /// Destroys, which must leave nothing but what EKS made.
    #[track_caller]
    fn destroy(&self) {
        self.workspace.destroy().success();
        assert_eq!((principals(&self.cluster), self.workspace.addresses()), (vec![ROOT.to_owned()], Vec::new()));
    }

    /// Changes the authentication mode of the cluster.
    #[track_caller]
    fn set_mode(&self, mode: &str) {
        let path = format!("/clusters/{}", self.cluster.name);
        let change = json!({"accessConfig": {"authenticationMode": mode}});
        self.cluster.eks("POST", &format!("{path}/update-config"), &change);
        // The change ends when it is asked for.
        let found = self.cluster.eks("GET", &path, &json!({}));
        assert_eq!(found["cluster"]["accessConfig"]["authenticationMode"], json!(mode));
    }

    /// The entry as EKS has it.
    #[track_caller]
    fn live(&self) -> Value {
        self.cluster.eks("GET", &path(&self.cluster, &self.role), &json!({}))["accessEntry"].take()
    }

    /// Names and scopes of its policies, in order.
    #[track_caller]
    fn policies(&self) -> Vec<(String, Value)> {
        policies(&self.cluster, &self.role)
    }

    /// Associates a policy as somebody else would.
    #[track_caller]
    fn associate(&self, name: &str, scope: &Value) {
        let path = format!("{}/access-policies", path(&self.cluster, &self.role));
        self.cluster.eks("POST", &path, &json!({"policyArn": format!("{POLICY}{name}"), "accessScope": scope}));
    }

    /// Takes a policy away as somebody else would.
    #[track_caller]
    fn disassociate(&self, name: &str) {
        let policy = encoded(&format!("{POLICY}{name}"));
        let path = format!("{}/access-policies/{policy}", path(&self.cluster, &self.role));
        self.cluster.eks("DELETE", &path, &json!({}));
    }
}

fn resource(name: &str, cluster: &str, principal: &str, arguments: &str) -> String {
    format!(
        "resource \"ekscompute_access_entry\" \"{name}\" {{\n  cluster_name = \"{cluster}\"\n  principal_arn = \
         \"{principal}\"\n{arguments}}}\n"
    )
}

/// A block for a policy, for the cluster or for namespaces.
fn block(policy: &str, namespaces: &[&str]) -> String {
    let scope = if namespaces.is_empty() {
        "type = \"cluster\"".to_owned()
    } else {
        format!("type = \"namespace\"\n    namespaces = {namespaces:?}")
    };
    format!("policy_association {{\n  policy_arn = \"{policy}\"\n  access_scope {{\n    {scope}\n  }}\n}}\n")
}

/// A role with a path, whose name begins with the name of the cluster.
pub(crate) fn make_role(cluster: &Cluster, name: &str) -> String {
    let name = format!("{}-{name}", cluster.name);
    cluster.iam("CreateRole", &format!("RoleName={name}&Path=%2Fteam%2F&AssumeRolePolicyDocument={TRUST}"));
    format!("arn:aws:iam::123456789012:role/team/{name}")
}

/// As a segment of a path.
fn encoded(arn: &str) -> String {
    arn.replace(':', "%3A").replace('/', "%2F")
}

pub(crate) fn path(cluster: &Cluster, principal: &str) -> String {
    format!("/clusters/{}/access-entries/{}", cluster.name, encoded(principal))
}

/// Who has an access entry.
#[track_caller]
fn principals(cluster: &Cluster) -> Vec<String> {
    let answer = cluster.eks("GET", &format!("/clusters/{}/access-entries", cluster.name), &json!({}));
    answer["accessEntries"].as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}

/// Names and scopes of an entry's policies, in order.
#[track_caller]
fn policies(cluster: &Cluster, principal: &str) -> Vec<(String, Value)> {
    let answer = cluster.eks("GET", &format!("{}/access-policies", path(cluster, principal)), &json!({}));
    let found = answer["associatedAccessPolicies"].as_array().cloned().unwrap_or_default();
    let each = found.into_iter().map(|mut found| {
        let name = found["policyArn"].as_str().and_then(|arn| arn.strip_prefix(POLICY)).unwrap_or_default().to_owned();
        (name, found["accessScope"].take())
    });
    each.collect()
}

/// The scope of a policy in an answer of EKS.
fn scope(namespaces: &[&str]) -> Value {
    json!({"type": if namespaces.is_empty() { "cluster" } else { "namespace" }, "namespaces": namespaces})
}
