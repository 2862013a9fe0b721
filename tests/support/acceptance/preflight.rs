//! The preflight checks against a state of the sandbox, without a program around them: the data source
//! `ekscompute_preflight`, read in this process.

use ekscompute::provider::EksCompute;
use framework::schema::Block;
use framework::server::Server;
use framework::value::Value as Terraform;
use serde_json::{Value, json};
use wire::codec::{Leniency, value_from_json};

use super::sandbox::{Cluster, REGION};

const DATA_SOURCE: &str = "ekscompute_preflight";

/// What the data source found.
#[derive(Debug)]
pub(crate) struct Examination {
    /// Whether no finding is an error.
    pub(crate) ok: bool,
    /// `check severity attribute` of each finding, in the order of the checks.
    pub(crate) findings: Vec<String>,
    /// The texts of the findings: summary, found, why and fix, each on a line.
    pub(crate) texts: Vec<String>,
    /// The checks that could not be made, as `check: reason`.
    pub(crate) skipped: Vec<String>,
}

impl Cluster {
    /// What the checks find of these arguments of the data source, by default of this cluster.
    #[track_caller]
    pub(crate) fn examine(&self, arguments: Value) -> Examination {
        let key = self.address().1.to_owned();
        self.examine_as((&key, "secret"), arguments)
    }

    /// The same for the owner of an access key and its secret.
    #[track_caller]
    pub(crate) fn examine_as(&self, (key, secret): (&str, &str), mut arguments: Value) -> Examination {
        if arguments["cluster_name"].is_null() {
            arguments["cluster_name"] = json!(self.name);
        }
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        let server = Server::new(EksCompute);
        let (address, _) = self.address();
        let services = ["autoscaling", "ec2", "eks", "iam", "kms", "servicequotas", "ssm", "sts"];
        let endpoints: Value = services.map(|service| (service.to_owned(), json!(address))).into_iter().collect();
        let provider = json!({
            "access_key": key, "secret_key": secret, "region": REGION, "skip_metadata_api_check": true,
            "endpoints": [endpoints],
        });
        let provider = object(&server.schemas().provider.block, &provider);
        let config = object(&server.schemas().data_sources[DATA_SOURCE].block, &arguments);
        let read = runtime.block_on(async {
            let configured = server.configure_provider(&provider, "1.11.4").await;
            assert!(configured.is_empty(), "{configured:?}");
            let invalid = server.validate_data_resource_config(DATA_SOURCE, &config);
            assert!(invalid.is_empty(), "{invalid:?}");
            server.read_data_source(DATA_SOURCE, &config, false).await
        });
        assert!(read.diagnostics.is_empty(), "{:?}", read.diagnostics);
        Examination::of(&read.state.expect("an answer"))
    }

    /// A node group of the seeded world: the node role, the private subnets, and two nodes.
    pub(crate) fn nodes(&self) -> Value {
        json!({
            "node_role_arn": self.made("node_role_arn"),
            "subnet_ids": self.made["private_subnet_ids"],
            "instance_types": ["m5.large"],
            "scaling_config": [{"min_size": 1, "max_size": 3, "desired_size": 2}],
        })
    }

    /// A Fargate profile of the seeded world: the pod execution role, the private subnets, and one selector.
    pub(crate) fn pods(&self) -> Value {
        json!({
            "fargate_profile_name": "pods",
            "pod_execution_role_arn": self.made("fargate_role_arn"),
            "subnet_ids": self.made["private_subnet_ids"],
            "selector": [{"namespace": "apps"}],
        })
    }
}

/// An object of the block, with what is not given as configuration would have it.
fn object(block: &Block, given: &Value) -> Terraform {
    let value = value_from_json(given, &block.ty(), Leniency::Stored).expect("arguments of the schema");
    block.with_blocks(&value)
}

impl Examination {
    fn of(answer: &Terraform) -> Self {
        let text = |value: &Terraform, name: &str| {
            value
                .member(name)
                .and_then(Terraform::as_str)
                .unwrap_or_else(|| panic!("no {name} in {value:?}"))
                .to_owned()
        };
        let found = answer.member("findings").and_then(Terraform::elements).expect("findings").to_vec();
        let Some(Terraform::Map(skipped)) = answer.member("skipped") else { panic!("no map skipped") };
        let short = |finding: &Terraform| ["check", "severity", "attribute"].map(|name| text(finding, name)).join(" ");
        let long = |finding: &Terraform| ["summary", "found", "why", "fix"].map(|name| text(finding, name)).join("\n");
        Self {
            ok: matches!(answer.member("ok"), Some(Terraform::Bool(true))),
            findings: found.iter().map(short).collect(),
            texts: found.iter().map(long).collect(),
            skipped: skipped
                .iter()
                .map(|(check, why)| format!("{check}: {}", why.as_str().unwrap_or_default()))
                .collect(),
        }
    }

    /// Nothing was found, and every check was made.
    #[track_caller]
    pub(crate) fn assert_healthy(&self) {
        assert!(self.findings.is_empty() && self.skipped.is_empty(), "{self:#?}");
        assert!(self.ok);
    }

    /// Whether a check found something.
    pub(crate) fn found(&self, check: &str) -> bool {
        self.findings.iter().any(|finding| finding.split(' ').next() == Some(check))
    }
}
