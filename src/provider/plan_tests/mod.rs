//! Plans of every resource, as Terraform core requests them, without AWS and without a cluster.

mod equivalence;
mod noise;

use serde_json::{Value as Json, json};

use super::EksCompute;
use framework::schema::Block;
use framework::server::{PlanRequest, PlanResponse, Server};
use framework::testing::proposed;
use framework::value::Value;
use wire::codec::{Leniency, value_from_json};

/// A resource type and an example of its state.
struct Planner {
    schemas: Server<EksCompute>,
    type_name: &'static str,
    state: Json,
    is_configured: bool,
}

fn object(block: &Block, json: &Json) -> Value {
    let value = value_from_json(json, &block.ty(), Leniency::Stored).expect("an object of the schema");
    block.with_blocks(&value)
}

impl Planner {
    /// With a configured provider, so that tags are known. The plans of the tests do not call AWS.
    fn configured(type_name: &'static str, state: Json) -> Self {
        Self { is_configured: true, ..Self::unconfigured(type_name, state) }
    }

    /// With a provider whose configuration is unknown, so that no requests are sent.
    fn unconfigured(type_name: &'static str, state: Json) -> Self {
        Self { schemas: Server::new(EksCompute), type_name, state, is_configured: false }
    }

    /// Creates a provider for one plan: several plans of one object in a run belong to several resources.
    async fn server(&self) -> Server<EksCompute> {
        let server = Server::new(EksCompute);
        if self.is_configured {
            let provider = json!({
                "access_key": "AKIATEST", "secret_key": "secret", "region": "eu-west-1", "skip_metadata_api_check": true,
                "skip_credentials_validation": true, "skip_requesting_account_id": true,
            });
            let provider = object(&server.schemas().provider.block, &provider);
            let found = server.configure_provider(&provider, "1.15.0").await;
            assert!(!found.has_error(), "{found:?}");
        }
        server
    }

    fn block(&self) -> &Block {
        &self.schemas.schemas().resources[self.type_name].schema.block
    }

    /// Returns the state with another value at the path, which is separated by slashes. A missing value is removed.
    fn state_with(&self, path: &str, value: Option<Json>) -> Value {
        object(self.block(), &edited(&self.state, path, value))
    }

    /// Returns the configuration of the state, with another value at the path.
    fn config_with(&self, path: &str, value: Option<Json>) -> Value {
        let state = edited(&self.state, path, value);
        without_computed(self.block(), &object(self.block(), &state))
    }

    async fn plan(&self, prior: &Value, config: &Value) -> PlanResponse {
        let request = PlanRequest {
            type_name: self.type_name.to_owned(),
            prior: prior.clone(),
            proposed: proposed(self.block(), prior, config),
            config: config.clone(),
            private: Vec::new(),
            planned_private: Vec::new(),
            identity: None,
            deferral_allowed: false,
        };
        self.server().await.plan_resource_change(request).await
    }

    /// Returns the changes of a plan: each leaf that changes, with a question mark if it is known only after apply.
    async fn changes(&self, prior: &Value, config: &Value) -> Vec<String> {
        let plan = self.plan(prior, config).await;
        assert!(!plan.diagnostics.has_error(), "{:?}", plan.diagnostics);
        let mut found = Vec::new();
        differences("", prior, &plan.planned.expect("a plan"), &mut found);
        found.extend(plan.requires_replace.iter().map(|path| format!("{path} replaces")));
        found
    }
}

fn edited(state: &Json, path: &str, value: Option<Json>) -> Json {
    let mut state = state.clone();
    let (parent, name) = path.rsplit_once('/').map_or(("", path), |(parent, name)| (parent, name));
    let parent = if parent.is_empty() { String::new() } else { format!("/{parent}") };
    let parent = state.pointer_mut(&parent).and_then(Json::as_object_mut).expect("an object around the value");
    match value {
        Some(value) => parent.insert(name.to_owned(), value),
        None => parent.remove(name),
    };
    state
}

/// Removes computed values, which cannot be configured.
fn without_computed(block: &Block, value: &Value) -> Value {
    let Value::Object(members) = value else { return value.clone() };
    let mut members = members.clone();
    for attribute in block.attributes.iter().filter(|attribute| !attribute.presence.is_configurable()) {
        members.insert(attribute.name.clone(), Value::Null);
    }
    Value::Object(members)
}

fn differences(path: &str, prior: &Value, planned: &Value, found: &mut Vec<String>) {
    let at = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
    match (prior, planned) {
        (prior, planned) if prior == planned => {}
        (Value::Object(prior), Value::Object(planned)) => {
            for (name, planned) in planned {
                differences(&at(name), &prior[name], planned, found);
            }
        }
        (Value::List(prior), Value::List(planned)) if prior.len() == planned.len() => {
            for (index, (prior, planned)) in prior.iter().zip(planned).enumerate() {
                differences(&at(&index.to_string()), prior, planned, found);
            }
        }
        (_, Value::Unknown(_)) => found.push(format!("{path}?")),
        _ => found.push(path.to_owned()),
    }
}

fn node_group() -> Json {
    json!({
        "cluster_name": "blue", "node_group_name": "workers", "node_role_arn": "arn:aws:iam::111122223333:role/node",
        "subnet_ids": ["subnet-1"], "ami_type": "AL2023_x86_64_STANDARD", "ami_update_policy": "pinned",
        "capacity_type": "ON_DEMAND", "disk_size": 20, "instance_types": ["t3.medium"], "version": "1.33",
        "release_version": "1.33.4-20250904", "skip_preflight": ["all"], "region": "eu-west-1", "tags_all": {},
        "update_config": [{"max_unavailable": 1, "update_strategy": "DEFAULT"}],
        "arn": "arn:aws:eks:eu-west-1:111122223333:nodegroup/blue/workers/1", "id": "blue:workers", "status": "ACTIVE",
        "health": [], "resources": [{"autoscaling_groups": [{"name": "eks-workers-1"}]}],
        "created_at": "2026-01-01T00:00:00Z", "modified_at": "2026-01-01T00:00:00Z",
        "scaling_config": [{"min_size": 1, "max_size": 3, "desired_size": 2}],
        "remote_access": [{"ec2_ssh_key": "key"}], "auto_scaling_group": [{"protect_from_scale_in": true}],
        "node_repair_config": [{"enabled": true}],
        "taint": [{"key": "gpu", "effect": "NO_SCHEDULE"}],
    })
}

fn fargate_profile() -> Json {
    json!({
        "cluster_name": "blue", "fargate_profile_name": "batch", "pod_execution_role_arn": "arn:aws:iam::111122223333:role/pods",
        "subnet_ids": ["subnet-1"], "region": "eu-west-1", "tags_all": {}, "skip_preflight": ["all"],
        "arn": "arn:aws:eks:eu-west-1:111122223333:fargateprofile/blue/batch/1", "id": "blue:batch", "status": "ACTIVE",
        "health": [], "created_at": "2026-01-01T00:00:00Z", "selector": [{"namespace": "batch"}],
    })
}

fn access_entry() -> Json {
    json!({
        "cluster_name": "blue", "principal_arn": "arn:aws:iam::111122223333:role/ops", "type": "STANDARD",
        "kubernetes_groups": [], "user_name": "ops", "adopt": false, "skip_lockout_guard": false, "region": "eu-west-1",
        "tags_all": {}, "access_entry_arn": "arn:aws:eks:eu-west-1:111122223333:access-entry/blue/role/111122223333/ops/1",
        "created_at": "2026-01-01T00:00:00Z", "modified_at": "2026-01-01T00:00:00Z",
        "id": "blue:arn:aws:iam::111122223333:role/ops",
        "policy_association": [{
            "policy_arn": "arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy",
            "access_scope": [{"type": "cluster"}],
        }],
    })
}
