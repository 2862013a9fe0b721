//! A first apply that stopped halfway: the plan does not block the apply that fixes the cause, and a cause that persists stops
//! the apply before the write.

use serde_json::{Value, json};

use super::healthy::{endpoints_except, without_nat};
use super::table::roles::{detach, trust};
use super::table::{encoded, role_name};
use crate::support::cli::Cli;
use crate::support::run::{Diagnostic, Run};
use crate::support::sandbox::{Cluster, REGION};
use crate::support::workspace::Workspace;

/// Sends the requests of another resource, each as service, method, path, and body.
const FIX: &str = r#"
import json, os, sys, urllib.request
url, key = sys.argv[1:]
for service, method, path, body in json.loads(os.environ["REQUESTS"]):
    kind = "application/json" if service == "eks" else "application/x-www-form-urlencoded"
    credential = f"AWS4-HMAC-SHA256 Credential={key}/20260101/us-east-1/{service}/aws4_request, SignedHeaders=host, Signature=none"
    headers = {"content-type": kind, "authorization": credential}
    data = body.encode() if method == "POST" else None
    urllib.request.urlopen(urllib.request.Request(url + path, data=data, method=method, headers=headers)).read()
"#;

const NODE_POLICIES: [&str; 3] =
    ["AmazonEKSWorkerNodePolicy", "AmazonEKS_CNI_Policy", "AmazonEC2ContainerRegistryPullOnly"];

/// One request of the fix.
type Request = (&'static str, &'static str, String, String);

fn iam(action: &str, form: &str) -> Request {
    ("iam", "POST", "/".to_owned(), format!("Action={action}&Version=2010-05-08&{form}"))
}

fn ec2(action: &str, form: &str) -> Request {
    ("ec2", "POST", "/".to_owned(), format!("Action={action}&Version=2016-11-15&{form}"))
}

/// A resource with a cause that another resource of the same configuration fixes.
struct HalfFinished {
    cluster: Cluster,
    workspace: Workspace,
    resource: String,
    create: &'static str,
    check: &'static str,
}

impl HalfFinished {
    fn node_group(cluster: Cluster, check: &'static str) -> Self {
        let resource = format!(
            "resource \"ekscompute_node_group\" \"workers\" {{\n  cluster_name = \"{}\"\n  node_group_name = \"workers\"\n  \
             node_role_arn = \"{}\"\n  subnet_ids = {}\n  scaling_config {{\n    min_size = 1\n    max_size = 3\n  }}\n",
            cluster.name,
            cluster.made("node_role_arn"),
            cluster.subnets()
        );
        Self { workspace: cluster.workspace(Cli::OnPath), cluster, resource, create: "eks:CreateNodegroup", check }
    }

    fn profile(cluster: Cluster, check: &'static str) -> Self {
        let resource = format!(
            "resource \"ekscompute_fargate_profile\" \"pods\" {{\n  cluster_name = \"{}\"\n  fargate_profile_name = \
             \"pods\"\n  pod_execution_role_arn = \"{}\"\n  subnet_ids = {}\n  selector {{\n    namespace = \"apps\"\n  }}\n",
            cluster.name,
            cluster.made("fargate_role_arn"),
            cluster.subnets()
        );
        Self { workspace: cluster.workspace(Cli::OnPath), cluster, resource, create: "eks:CreateFargateProfile", check }
    }

    fn found(&self, diagnostics: &[Diagnostic]) -> usize {
        let check = format!("Preflight check: {}.", self.check);
        diagnostics.iter().filter(|each| each.detail.contains(&check)).count()
    }

    /// Stops before the write while the cause persists, and goes through once the configuration fixes it.
    #[track_caller]
    fn assert_fixed_by(&self, requests: &[Request]) {
        self.workspace.write("main.tf", &format!("{}}}\n", self.resource));
        assert_eq!(self.found(&self.workspace.plan().warnings()), 1);
        let run = self.workspace.apply();
        let errors = run.errors();
        assert_eq!((errors.len(), self.found(&errors)), (1, 1), "{run}");
        assert_eq!(self.cluster.count(self.create), 0, "{run}");
        assert!(self.workspace.addresses().is_empty(), "{run}");

        let (url, key) = self.cluster.address();
        let python = concat!(env!("CARGO_MANIFEST_DIR"), "/.build/sandbox-venv/bin/python");
        let requests: Vec<Value> = requests.iter().map(|request| json!(request)).collect();
        let fix = format!(
            "resource \"terraform_data\" \"fix\" {{\n  provisioner \"local-exec\" {{\n    command = \"{python} fix.py {url} \
             {key}\"\n    environment = {{ REQUESTS = {:?} }}\n  }}\n}}\n",
            json!(requests).to_string()
        );
        self.workspace.write("fix.py", FIX);
        let fixed = format!("{fix}{}  depends_on = [terraform_data.fix]\n}}\n", self.resource);
        self.workspace.write("main.tf", &fixed);
        let warnings = self.workspace.plan().warnings();
        assert_eq!(self.found(&warnings), 1, "{warnings:?}");
        self.workspace.apply_plan().success();
        assert_eq!(self.cluster.count(self.create), 1);
        self.workspace.plan().assert_no_changes();
    }
}

#[test]
fn node_group_waits_for_policies_of_its_role() {
    let cluster = Cluster::new();
    detach(&cluster, &NODE_POLICIES);
    let role = role_name(cluster.made("node_role_arn")).to_owned();
    let attach = NODE_POLICIES.map(|name| {
        let arn = encoded(&format!("arn:aws:iam::aws:policy/{name}"));
        iam("AttachRolePolicy", &format!("RoleName={role}&PolicyArn={arn}"))
    });
    HalfFinished::node_group(cluster, "role_worker_policy").assert_fixed_by(&attach);
}

#[test]
fn profile_waits_for_trust_policy() {
    let cluster = Cluster::new();
    let role = cluster.made("fargate_role_arn").to_owned();
    trust(&cluster, &role, "eks.amazonaws.com", Value::Null);
    let principal = json!({"Service": "eks-fargate-pods.amazonaws.com"});
    let statement = json!({"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"});
    let document = json!({"Version": "2012-10-17", "Statement": [statement]}).to_string();
    let form = format!("RoleName={}&PolicyDocument={}", role_name(&role), encoded(&document));
    HalfFinished::profile(cluster, "role_trust_policy").assert_fixed_by(&[iam("UpdateAssumeRolePolicy", &form)]);
}

/// The request that creates the default route of the private subnets.
fn route(cluster: &Cluster) -> Request {
    without_nat(cluster);
    let (table, gateway) = (cluster.made("private_route_table_id"), cluster.made("nat_gateway_id"));
    ec2("CreateRoute", &format!("RouteTableId={table}&DestinationCidrBlock=0.0.0.0%2F0&NatGatewayId={gateway}"))
}

#[test]
fn node_group_waits_for_route() {
    let cluster = Cluster::new();
    let route = route(&cluster);
    HalfFinished::node_group(cluster, "subnet_outbound_route").assert_fixed_by(&[route]);
}

#[test]
fn profile_waits_for_route() {
    let cluster = Cluster::new();
    let route = route(&cluster);
    HalfFinished::profile(cluster, "subnet_outbound_route").assert_fixed_by(&[route]);
}

/// The request that creates the only endpoint that is missing.
fn endpoint(cluster: &Cluster) -> Request {
    without_nat(cluster);
    endpoints_except(cluster, &["ecr.dkr"]);
    let subnets = cluster.made["private_subnet_ids"].as_array().cloned().unwrap_or_default();
    let subnets = subnets
        .iter()
        .enumerate()
        .map(|(index, id)| format!("&SubnetId.{}={}", index + 1, id.as_str().unwrap_or_default()));
    let form = format!(
        "VpcId={}&ServiceName=com.amazonaws.{REGION}.ecr.dkr&VpcEndpointType=Interface&PrivateDnsEnabled=true{}",
        cluster.made("vpc_id"),
        subnets.collect::<String>()
    );
    ec2("CreateVpcEndpoint", &form)
}

#[test]
fn node_group_waits_for_endpoint() {
    let cluster = Cluster::new();
    let endpoint = endpoint(&cluster);
    HalfFinished::node_group(cluster, "subnet_outbound_route").assert_fixed_by(&[endpoint]);
}

#[test]
fn profile_waits_for_endpoint() {
    let cluster = Cluster::new();
    let endpoint = endpoint(&cluster);
    HalfFinished::profile(cluster, "subnet_outbound_route").assert_fixed_by(&[endpoint]);
}

/// A cluster with an access entry for the role that gives no node access, and the requests that replace it.
fn entry(role: &str, kind: &str) -> (Cluster, [Request; 2]) {
    let cluster = Cluster::seeded(json!({"cluster_config": {"accessConfig": {"authenticationMode": "API"}}}));
    let arn = cluster.made(role).to_owned();
    let entries = format!("/clusters/{}/access-entries", cluster.name);
    cluster.eks("POST", &entries, &json!({"principalArn": arn, "type": "STANDARD"}));
    let delete = ("eks", "DELETE", format!("{entries}/{}", encoded(&arn)), String::new());
    let create = ("eks", "POST", entries, json!({"principalArn": arn, "type": kind}).to_string());
    (cluster, [delete, create])
}

#[test]
fn node_group_waits_for_access_entry() {
    let (cluster, requests) = entry("node_role_arn", "EC2_LINUX");
    HalfFinished::node_group(cluster, "role_access_entry").assert_fixed_by(&requests);
}

#[test]
fn profile_waits_for_access_entry() {
    let (cluster, requests) = entry("fargate_role_arn", "FARGATE_LINUX");
    HalfFinished::profile(cluster, "role_access_entry").assert_fixed_by(&requests);
}

/// Lines of errors, which are on standard error, and of warnings, which follow the plan.
fn lines(run: &Run) -> usize {
    let warnings = run.stdout.lines().skip_while(|line| !line.contains("Warning: Role"));
    run.stderr.lines().count() + warnings.take_while(|line| !line.starts_with('─')).count()
}

/// How often the fix is explained, however Terraform breaks lines.
fn explained(run: &Run) -> usize {
    let text = run.text();
    let words: Vec<_> = text.split_whitespace().filter(|word| *word != "│").collect();
    words.join(" ").matches("Create the role, or correct the ARN.").count()
}

#[test]
fn one_wrong_role_of_many_is_explained_once() {
    let cluster = Cluster::new();
    let workspace = cluster.workspace(Cli::OnPath);
    let role = format!("{}-gone", cluster.made("node_role_arn"));
    let group = |index: usize| {
        format!(
            "resource \"ekscompute_node_group\" \"g{index}\" {{\n  cluster_name = \"{}\"\n  node_group_name = \"g{index}\"\n  \
             node_role_arn = \"{role}\"\n  subnet_ids = {}\n  scaling_config {{\n    min_size = 1\n    max_size = 3\n  }}\n}}\n",
            cluster.name,
            cluster.subnets()
        )
    };
    workspace.write("main.tf", &(0..50).map(group).collect::<String>());
    let strict = "provider \"ekscompute\" {\n  preflight {\n    mode = \"strict\"\n  }\n}\n";
    workspace.write("provider.tf", strict);
    let strict = workspace.run(&["plan", "-no-color"]);
    workspace.remove("provider.tf");
    let plan = workspace.run(&["plan", "-no-color"]).success();
    let apply = workspace.run(&["apply", "-no-color", "-auto-approve"]);
    assert!(!apply.succeeded() && !strict.succeeded(), "{apply}");
    assert_eq!(cluster.count("eks:CreateNodegroup"), 0);
    let counts = [&strict, &plan, &apply].map(|run| (lines(run), explained(run)));
    eprintln!("lines and explanations of a strict plan, a plan, and an apply: {counts:?}");
    // Terraform shows warnings with the same summary as one. A short error has eight lines: summary, address, place, code.
    let [strict, plan, apply] = counts;
    assert!(strict.0 <= 49 * 8 + 30 && strict.1 == 1, "{counts:?}");
    assert!(plan.0 <= 30 && plan.1 == 1, "{counts:?}");
    // The plan, the plan that Terraform core makes once more, and the error.
    assert!(apply.0 <= 49 * 8 + 90 && apply.1 == 3, "{counts:?}");
    // The facts of a failing apply are read again while it waits, and shared by all resources.
    assert!(cluster.count("iam:GetRole") < 150, "{}", cluster.count("iam:GetRole"));
}
