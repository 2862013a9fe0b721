//! A running provider with a folder for its objects, and what a host asks of it.

use std::path::PathBuf;
use std::time::Duration;

use framework::types::Type;
use framework::value::Value;
use serde_json::{Value as Json, json};
use tempfile::TempDir;
use tonic::transport::Channel;
use wire::proto::tfplugin6 as proto;
use wire::proto::tfplugin6::attribute_path::step::Selector;
use wire::proto::tfplugin6::provider_client::ProviderClient;

use crate::plugin_host::{Host, Plugin, connect, rpcs, within};
use crate::values::{block_type, decoded, encoded, object};

/// The provider of made-up objects.
pub(crate) const TEST_PROVIDER: &str = env!("CARGO_BIN_EXE_terraform-provider-test");

/// What the provider writes down about things that leave no other trace.
pub(crate) struct Journal(pub(crate) PathBuf);

impl Journal {
    pub(crate) fn lines(&self) -> Vec<String> {
        std::fs::read_to_string(&self.0).unwrap_or_default().lines().map(str::to_owned).collect()
    }

    /// Waits until the line is there.
    pub(crate) async fn says(&self, line: &str) {
        let said = async {
            let mut looks = tokio::time::interval(Duration::from_millis(5));
            while !self.lines().iter().any(|found| found == line) {
                looks.tick().await;
            }
        };
        within(&format!("{line:?} in the journal"), said).await;
    }
}

/// The running provider.
pub(crate) struct Session {
    pub(crate) plugin: Plugin,
    pub(crate) rpcs: ProviderClient<Channel>,
    pub(crate) schemas: proto::get_provider_schema::Response,
    pub(crate) journal: Journal,
    folder: TempDir,
}

impl Session {
    /// Started, not configured.
    pub(crate) async fn unconfigured() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let journal = folder.path().join("journal");
        let host = Host::new().program(TEST_PROVIDER).variable("TEST_PROVIDER_LOG", &journal.display().to_string());
        let plugin = host.start().await;
        let mut rpcs = rpcs(connect(&plugin).await);
        let schemas = rpcs.get_provider_schema(proto::get_provider_schema::Request {}).await.expect("schemas");
        Self { plugin, rpcs, schemas: schemas.into_inner(), journal: Journal(journal), folder }
    }

    /// Started and configured.
    pub(crate) async fn open() -> Self {
        Self::configured(json!({})).await
    }

    /// Started and configured with further arguments.
    pub(crate) async fn configured(mut arguments: Json) -> Self {
        let mut session = Self::unconfigured().await;
        if arguments.get("directory").is_none() {
            arguments["directory"] = session.objects().display().to_string().into();
        }
        assert_eq!(session.configure(&arguments).await, Vec::<String>::new());
        session
    }

    pub(crate) async fn configure(&mut self, arguments: &Json) -> Vec<String> {
        let block = self.schemas.provider.as_ref().and_then(|schema| schema.block.as_ref()).expect("a provider block");
        let config = encoded(&object(block, arguments), &block_type(block));
        let terraform_version = "1.15.9".to_owned();
        let request = proto::configure_provider::Request { terraform_version, config, client_capabilities: None };
        told(&self.rpcs.configure_provider(request).await.expect("an answer").into_inner().diagnostics)
    }

    /// The folder of the objects.
    pub(crate) fn objects(&self) -> PathBuf {
        self.folder.path().join("objects")
    }

    /// Stores an object as somebody else would.
    pub(crate) fn put(&self, file: &str, object: &Json) {
        std::fs::create_dir_all(self.objects()).expect("a writable folder");
        std::fs::write(self.objects().join(file), object.to_string()).expect("a writable folder");
    }

    /// What a resource looks like to its host.
    pub(crate) fn resource(&self, name: &str) -> Thing {
        Thing::of(name, self.schemas.resource_schemas.get(name))
    }

    pub(crate) async fn stop(&self) {
        let answer = self.rpcs.clone().stop_provider(proto::stop_provider::Request {}).await.expect("an answer");
        assert_eq!(answer.into_inner().error, "");
    }
}

/// A type of object, with the host's half of its calls.
#[derive(Clone)]
pub(crate) struct Thing {
    pub(crate) name: String,
    pub(crate) block: proto::schema::Block,
    pub(crate) ty: Type,
}

impl Thing {
    pub(crate) fn of(name: &str, schema: Option<&proto::Schema>) -> Self {
        let block = schema.and_then(|schema| schema.block.clone()).unwrap_or_else(|| panic!("no schema of {name}"));
        Self { name: name.to_owned(), ty: block_type(&block), block }
    }

    pub(crate) fn object(&self, members: &Json) -> Value {
        object(&self.block, members)
    }

    pub(crate) fn encoded(&self, value: &Value) -> Option<proto::DynamicValue> {
        encoded(value, &self.ty)
    }

    pub(crate) fn config(&self, members: &Json) -> Option<proto::DynamicValue> {
        self.encoded(&self.object(members))
    }

    pub(crate) fn decoded(&self, value: Option<&proto::DynamicValue>) -> Value {
        decoded(value, &self.ty)
    }

    /// The request for a plan. `proposed` is what core lays the configuration over the state to.
    pub(crate) fn to_plan(
        &self,
        prior: &Value,
        config: &Value,
        proposed: &Value,
    ) -> proto::plan_resource_change::Request {
        proto::plan_resource_change::Request {
            type_name: self.name.clone(),
            prior_state: self.encoded(prior),
            config: self.encoded(config),
            proposed_new_state: self.encoded(proposed),
            ..Default::default()
        }
    }

    /// The request to carry out a plan.
    pub(crate) fn to_apply(
        &self,
        prior: &Value,
        config: &Value,
        planned: &Value,
    ) -> proto::apply_resource_change::Request {
        proto::apply_resource_change::Request {
            type_name: self.name.clone(),
            prior_state: self.encoded(prior),
            config: self.encoded(config),
            planned_state: self.encoded(planned),
            ..Default::default()
        }
    }

    pub(crate) fn to_read(&self, state: &Value) -> proto::read_resource::Request {
        proto::read_resource::Request {
            type_name: self.name.clone(),
            current_state: self.encoded(state),
            ..Default::default()
        }
    }

    /// Plans and creates; gives the answer to the creation.
    pub(crate) async fn create(&self, session: &mut Session, config: &Json) -> proto::apply_resource_change::Response {
        let config = self.object(config);
        let plan = session.rpcs.plan_resource_change(self.to_plan(&Value::Null, &config, &config)).await;
        let plan = plan.expect("an answer").into_inner();
        assert_eq!(told(&plan.diagnostics), Vec::<String>::new());
        let planned = self.decoded(plan.planned_state.as_ref());
        let request = proto::apply_resource_change::Request {
            planned_private: plan.planned_private,
            planned_identity: plan.planned_identity,
            ..self.to_apply(&Value::Null, &config, &planned)
        };
        session.rpcs.apply_resource_change(request).await.expect("an answer").into_inner()
    }
}

/// The messages, one a line: what is to blame, and the summary.
pub(crate) fn told(diagnostics: &[proto::Diagnostic]) -> Vec<String> {
    diagnostics
        .iter()
        .map(|diagnostic| format!("{}: {}", path(diagnostic.attribute.as_ref()), diagnostic.summary))
        .collect()
}

/// A path on the wire, as a user writes it.
pub(crate) fn path(path: Option<&proto::AttributePath>) -> String {
    let steps = path.into_iter().flat_map(|path| &path.steps);
    let step = |step: &proto::attribute_path::Step| match step.selector.as_ref().expect("a step leads somewhere") {
        Selector::AttributeName(name) => format!(".{name}"),
        Selector::ElementKeyString(key) => format!("[{key:?}]"),
        Selector::ElementKeyInt(index) => format!("[{index}]"),
    };
    steps.map(step).collect::<String>().trim_start_matches('.').to_owned()
}
