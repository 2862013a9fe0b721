//! The sandbox of AWS: one process for all tests of a run, one cluster of its own for each test.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::cli::Cli;
use super::http;
use super::workspace::Workspace;

pub(crate) const REGION: &str = "us-east-1";

/// A running sandbox. It ends when dropped, and by itself when this test process is gone.
pub(super) struct Server {
    port: u16,
    process: Child,
}

/// A cluster with network and roles, made for one test. Faults and paces set here hit no other test.
pub(crate) struct Cluster {
    pub(crate) name: String,
    /// What the sandbox made: `node_role_arn`, `private_subnet_ids` and the rest of its `seed` answer.
    pub(crate) made: Value,
    access_key: String,
    faults: Mutex<Vec<Value>>,
    pub(super) server: Arc<Server>,
}

/// One AWS call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Call {
    /// `service:Operation`.
    pub(crate) operation: String,
    /// What it is about: for EKS the path.
    pub(crate) target: String,
    /// The HTTP status; 0 while the call is in flight, and when its connection was dropped.
    pub(crate) status: u64,
    /// The error code that was answered, or empty.
    pub(crate) error: String,
}

impl Call {
    fn read(value: &Value) -> Self {
        let text = |name: &str| value[name].as_str().unwrap_or_default();
        Self {
            operation: format!("{}:{}", text("service"), text("operation")),
            target: text("target").to_owned(),
            status: value["status"].as_u64().unwrap_or_default(),
            error: text("error").to_owned(),
        }
    }
}

impl Server {
    fn shared() -> Arc<Self> {
        static SERVER: OnceLock<Arc<Server>> = OnceLock::new();
        SERVER.get_or_init(|| Arc::new(Self::start())).clone()
    }

    fn start() -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let python = root.join(".build/sandbox-venv/bin/python");
        assert!(python.exists(), "{} is missing; `make sandbox` makes it", python.display());
        let folder = tempfile::tempdir().expect("a temporary folder");
        let port_file = folder.path().join("port");
        let mut child = Command::new(python)
            .args(["-m", "ekscompute_sandbox", "--port", "0", "--parent-pid", &std::process::id().to_string()])
            .arg("--port-file")
            .arg(&port_file)
            .env("PYTHONPATH", root.join("sandbox"))
            .stdout(Stdio::null())
            .spawn()
            .expect("the sandbox starts");
        let server = Self { port: read_port(&port_file, &mut child), process: child };
        // Changes are over when they are first asked for; a test that wants to see them under way says so.
        server.control("POST", "transitions", Some(&json!({"*": {"describes": 0}})));
        server
    }

    #[track_caller]
    pub(super) fn control(&self, method: &str, path: &str, body: Option<&Value>) -> Value {
        let path = format!("/_sandbox/{path}");
        let text = body.map(Value::to_string).unwrap_or_default();
        match http::request(self.port, method, &path, &[], &text) {
            Ok((200, answer)) => serde_json::from_str(&answer).expect("the control API answers JSON"),
            other => panic!("{method} {path} {body:?}: {other:?}"),
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.process.kill().ok();
        self.process.wait().ok();
    }
}

fn read_port(file: &Path, child: &mut Child) -> u16 {
    let start = Instant::now();
    loop {
        if let Some(port) = std::fs::read_to_string(file).ok().and_then(|text| text.trim().parse().ok()) {
            return port;
        }
        let ended = child.try_wait().expect("a child can be asked for its state");
        let in_time = start.elapsed() < Duration::from_secs(60);
        assert!(ended.is_none() && in_time, "the sandbox does not listen ({ended:?})");
        thread::sleep(Duration::from_millis(20));
    }
}

impl Drop for Cluster {
    /// An API server takes 300 MB and a few per cent of a processor until it ends.
    fn drop(&mut self) {
        let what = json!({"cluster": self.name, "region": REGION, "action": "remove"});
        http::request(self.server.port, "POST", "/_sandbox/kubernetes", &[], &what.to_string()).ok();
    }
}

/// Returns the text of the first XML element with this name.
pub(crate) fn find_tag<'x>(xml: &'x str, name: &str) -> Option<&'x str> {
    xml.split(&format!("<{name}>")).nth(1)?.split('<').next()
}

/// The same of an answer that must have the element.
#[track_caller]
pub(crate) fn tag(xml: &str, name: &str) -> String {
    find_tag(xml, name).unwrap_or_else(|| panic!("no {name} in {xml}")).to_owned()
}

impl Cluster {
    /// A new cluster, ready to use.
    pub(crate) fn new() -> Self {
        Self::seeded(json!({}))
    }

    /// A new cluster in a sandbox of its own, for what is not kept apart by cluster, such as published releases.
    pub(crate) fn alone(plan: Value) -> Self {
        Self::made_in(Arc::new(Server::start()), plan)
    }

    /// A new cluster with more members of the sandbox's `seed` call, such as `version` and `nodegroups`.
    pub(crate) fn seeded(plan: Value) -> Self {
        Self::made_in(Server::shared(), plan)
    }

    /// Another new cluster in the same sandbox.
    pub(crate) fn sibling(&self) -> Self {
        Self::made_in(Arc::clone(&self.server), json!({}))
    }

    /// Changes settings of the sandbox, which must be this test's alone.
    pub(crate) fn set(&self, settings: &Value) {
        self.server.control("POST", "settings", Some(settings));
    }

    fn made_in(server: Arc<Server>, mut plan: Value) -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(1);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        // Fixed width: no test's name begins another's.
        let name = format!("acceptance-{number:04}");
        plan["cluster"] = json!(name);
        plan["region"] = json!(REGION);
        let made = server.control("POST", "seed", Some(&plan));
        Self { name, made, access_key: format!("AKIAACCEPTANCE{number:06}"), faults: Mutex::default(), server }
    }

    /// A workspace whose provider talks to the sandbox with credentials of this test's own.
    pub(crate) fn workspace(&self, cli: Cli) -> Workspace {
        let workspace = Workspace::new(cli)
            .env("AWS_ENDPOINT_URL", &format!("http://127.0.0.1:{}", self.server.port))
            .env("AWS_REGION", REGION)
            .env("AWS_ACCESS_KEY_ID", &self.access_key)
            .env("AWS_SECRET_ACCESS_KEY", "secret")
            .env("AWS_EC2_METADATA_DISABLED", "true");
        workspace.write(
            "versions.tf",
            "terraform {\n  required_providers {\n    ekscompute = { source = \"ekscompute/ekscompute\" }\n  }\n}\n",
        );
        workspace
    }

    /// One text of what the sandbox made, such as `node_role_arn`.
    #[track_caller]
    pub(crate) fn made(&self, name: &str) -> &str {
        self.made[name].as_str().unwrap_or_else(|| panic!("the seed has no {name}: {}", self.made))
    }

    /// The private subnets, as HCL and JSON write a list.
    pub(crate) fn subnets(&self) -> String {
        self.made["private_subnet_ids"].to_string()
    }

    /// Adds a fault rule that hits only this test: changes of its cluster, calls with its credentials.
    pub(crate) fn fault(&self, mut rule: Value) {
        let (member, value) = match rule["kind"].as_str() {
            Some("slow_transition" | "transition_fail") => ("target", &self.name),
            _ => ("access_key", &self.access_key),
        };
        rule[member] = json!(value);
        let answer = self.server.control("POST", "faults", Some(&rule));
        let ids = answer["ids"].as_array().cloned().unwrap_or_default();
        self.faults.lock().expect("no test panics with the lock").extend(ids);
    }

    /// Sets the console output of instances, by a rule of the sandbox.
    pub(crate) fn console_output(&self, rule: &Value) {
        self.server.control("POST", "console_output", Some(rule));
    }

    /// Drops this test's fault rules.
    pub(crate) fn remove_faults(&self) {
        for id in self.faults.lock().expect("no test panics with the lock").drain(..) {
            self.server.control("DELETE", &format!("faults?id={id}"), None);
        }
    }

    /// From now on a change of this cluster's node groups lasts until [`Self::finish`].
    pub(crate) fn hold_changes(&self) {
        self.fault(json!({"kind": "slow_transition", "manual": true}));
    }

    /// Ends every change of a node group that is under way.
    pub(crate) fn finish(&self, node_group: &str) {
        let target = format!("{}/{node_group}", self.name);
        self.server.control("POST", "step", Some(&json!({ "target": target })));
    }

    /// Lets this test's credentials expire.
    pub(crate) fn expire_credentials(&self) {
        self.server.control("POST", "credentials", Some(&json!({"expire": [self.access_key]})));
    }

    /// Makes credentials valid again, those of other tests too.
    pub(crate) fn restore_credentials(&self) {
        self.server.control("POST", "credentials", Some(&json!({"restore": true})));
    }

    /// Changes a node group as somebody else would (the sandbox's `drift` actions).
    pub(crate) fn drift(&self, node_group: &str, action: &str, value: &Value) {
        let body =
            json!({"cluster": self.name, "nodegroup": node_group, "action": action, "value": value, "region": REGION});
        self.server.control("POST", "drift", Some(&body));
    }

    /// Changes a Fargate profile as somebody else would.
    pub(crate) fn drift_profile(&self, profile: &str, action: &str, value: &Value) {
        let body = json!({
            "cluster": self.name, "fargate_profile": profile, "action": action, "value": value, "region": REGION,
        });
        self.server.control("POST", "drift", Some(&body));
    }

    /// Upgrades the cluster at once, as an administrator would over an hour.
    pub(crate) fn upgrade(&self, version: &str) {
        self.patch(json!({ "version": version }));
    }

    /// Changes the cluster as it stands (the sandbox's control call `cluster`).
    #[track_caller]
    pub(crate) fn patch(&self, mut change: Value) {
        change["cluster"] = json!(self.name);
        change["region"] = json!(REGION);
        self.server.control("POST", "cluster", Some(&change));
    }

    /// Changes settings of the sandbox, for all its clusters.
    #[track_caller]
    pub(crate) fn settings(&self, settings: &Value) {
        self.server.control("POST", "settings", Some(settings));
    }

    /// Replaces the insights of the cluster: members of `Insight` of the EKS API.
    #[track_caller]
    pub(crate) fn insights(&self, insights: &[Value]) {
        let body = json!({"cluster": self.name, "region": REGION, "insights": insights});
        self.server.control("POST", "insights", Some(&body));
    }

    /// Publishes a release of an AMI type as EKS does from time to time.
    pub(crate) fn publish(&self, version: &str, ami_type: &str, release: &str) {
        let body = json!({"version": version, "ami_type": ami_type, "release": release});
        self.server.control("POST", "releases", Some(&body));
    }

    /// Makes an EC2 call, its parameters as a form; gives the XML of the answer.
    #[track_caller]
    pub(crate) fn ec2(&self, action: &str, form: &str) -> String {
        self.query("ec2", "2016-11-15", action, form)
    }

    /// Creates a capacity reservation in the first Availability Zone, and returns its ID.
    #[track_caller]
    pub(crate) fn capacity_reservation(&self, instance_type: &str, count: usize) -> String {
        let form = format!(
            "InstanceType={instance_type}&InstancePlatform=Linux%2FUNIX&InstanceCount={count}&AvailabilityZone=us-east-1a"
        );
        tag(&self.ec2("CreateCapacityReservation", &form), "capacityReservationId")
    }

    /// Makes an IAM call, its parameters as a form; gives the XML of the answer.
    #[track_caller]
    pub(crate) fn iam(&self, action: &str, form: &str) -> String {
        self.query("iam", "2010-05-08", action, form)
    }

    /// Makes an Auto Scaling call, its parameters as a form; gives the XML of the answer.
    #[track_caller]
    pub(crate) fn autoscaling(&self, action: &str, form: &str) -> String {
        self.query("autoscaling", "2011-01-01", action, form)
    }

    /// Where the sandbox listens, and an access key of this test's own.
    pub(crate) fn address(&self) -> (String, &str) {
        (format!("http://127.0.0.1:{}", self.server.port), &self.access_key)
    }

    /// Makes an EKS call; gives its answer.
    #[track_caller]
    pub(crate) fn eks(&self, method: &str, path: &str, body: &Value) -> Value {
        let answer = self.signed("eks", method, path, &["content-type: application/json"], &body.to_string());
        serde_json::from_str(&answer).expect("EKS answers JSON")
    }

    /// Makes a KMS call; gives its answer.
    #[track_caller]
    pub(crate) fn kms(&self, operation: &str, body: &Value) -> Value {
        let target = format!("x-amz-target: TrentService.{operation}");
        let headers = ["content-type: application/x-amz-json-1.1", target.as_str()];
        serde_json::from_str(&self.signed("kms", "POST", "/", &headers, &body.to_string())).expect("KMS answers JSON")
    }

    #[track_caller]
    fn query(&self, service: &str, version: &str, action: &str, form: &str) -> String {
        let headers = ["content-type: application/x-www-form-urlencoded"];
        self.signed(service, "POST", "/", &headers, &format!("Action={action}&Version={version}&{form}"))
    }

    /// An AWS call with credentials of this test's own.
    #[track_caller]
    fn signed(&self, service: &str, method: &str, path: &str, headers: &[&str], body: &str) -> String {
        // The sandbox reads who calls and what service is meant, and does not check signatures.
        let authorization = format!(
            "authorization: AWS4-HMAC-SHA256 Credential={}/20260101/{REGION}/{service}/aws4_request, \
             SignedHeaders=host, Signature=none",
            self.access_key
        );
        let headers: Vec<_> = headers.iter().copied().chain([authorization.as_str()]).collect();
        match http::request(self.server.port, method, path, &headers, body) {
            Ok((200, answer)) => answer,
            other => panic!("{method} {path} {body}: {other:?}"),
        }
    }

    /// Every AWS call made with this test's credentials, in order of arrival.
    pub(crate) fn log(&self) -> Vec<Call> {
        let answer = self.server.control("GET", &format!("calls?access_key={}", self.access_key), None);
        answer["calls"].as_array().into_iter().flatten().map(Call::read).collect()
    }

    /// The calls as `service:Operation`.
    pub(crate) fn calls(&self) -> Vec<String> {
        self.log().into_iter().map(|call| call.operation).collect()
    }

    /// How often an operation was called with this test's credentials.
    pub(crate) fn count(&self, operation: &str) -> usize {
        self.calls().iter().filter(|call| *call == operation).count()
    }

    /// Names of this cluster's node groups.
    pub(crate) fn node_groups(&self) -> Vec<String> {
        self.inventory("nodegroup", &format!("{REGION}/{}/", self.name))
    }

    /// Names of this cluster's Fargate profiles.
    pub(crate) fn fargate_profiles(&self) -> Vec<String> {
        self.inventory("fargate_profile", &format!("{REGION}/{}/", self.name))
    }

    /// What exists of a kind and begins so; the beginning is cut off.
    pub(crate) fn inventory(&self, kind: &str, prefix: &str) -> Vec<String> {
        let answer = self.server.control("GET", "resources", None);
        let all = answer[kind].as_array().into_iter().flatten().filter_map(Value::as_str);
        all.filter_map(|each| each.strip_prefix(prefix)).map(str::to_owned).collect()
    }
}
