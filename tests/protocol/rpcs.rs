//! Every rpc of the service answers, also for what the provider does not offer.

use std::collections::BTreeSet;

use futures::stream;
use tonic::transport::Channel;

use crate::support::{Answered, Host, connect, rpcs};
use wire::proto::tfplugin6 as proto;
use wire::proto::tfplugin6::diagnostic::Severity;
use wire::proto::tfplugin6::provider_client::ProviderClient;

/// The null of any type, as core sends it.
fn null() -> Option<proto::DynamicValue> {
    Some(proto::DynamicValue { msgpack: vec![0xc0], json: Vec::new() })
}

fn no_such() -> String {
    "ekscompute_no_such".to_owned()
}

/// The errors in an answer.
fn errors(diagnostics: &[proto::Diagnostic]) -> Vec<&proto::Diagnostic> {
    diagnostics.iter().filter(|diagnostic| diagnostic.severity() == Severity::Error).collect()
}

/// The rpcs that were called.
struct Called {
    rpcs: ProviderClient<Channel>,
    names: BTreeSet<String>,
}

impl Called {
    fn note(&mut self, rpc: &str) {
        self.names.insert(rpc.to_owned());
    }
}

/// Calls an rpc of the client, notes it, and answers the message.
macro_rules! call {
    ($called:ident, $rpc:literal, $method:ident, $request:expr) => {{
        $called.note($rpc);
        let answered: Answered<_> = $called.rpcs.$method($request).await;
        answered.unwrap_or_else(|status| panic!("{}: {status}", $rpc)).into_inner()
    }};
}

/// Calls an rpc for a type that is not served: the answer is one error that names it.
macro_rules! refused {
    ($called:ident, $rpc:literal, $method:ident, $request:expr) => {{
        let answer = call!($called, $rpc, $method, $request);
        let errors = errors(&answer.diagnostics);
        let [error] = errors.as_slice() else { panic!("{}: {answer:?}", $rpc) };
        assert!(error.summary.contains("ekscompute_no_such"), "{}: {error:?}", $rpc);
        assert!(!error.detail.is_empty(), "{}", $rpc);
    }};
}

/// Calls an rpc that is not supported: the answer is one error.
macro_rules! unsupported {
    ($called:ident, $rpc:literal, $method:ident, $request:expr) => {{
        let answer = call!($called, $rpc, $method, $request);
        assert_eq!(errors(&answer.diagnostics).len(), 1, "{}: {answer:?}", $rpc);
        answer
    }};
}

#[tokio::test]
async fn every_rpc_answers() {
    let plugin = Host::new().start().await;
    let mut called = Called { rpcs: rpcs(connect(&plugin).await), names: BTreeSet::new() };
    schemas(&mut called).await;
    validation(&mut called).await;
    resources(&mut called).await;
    others(&mut called).await;
    streams(&mut called).await;
    state_stores(&mut called).await;
    let stopped = call!(called, "StopProvider", stop_provider, proto::stop_provider::Request {});
    assert_eq!(stopped.error, "");
    let declared = include_str!("../../proto/tfplugin6.proto").lines().filter_map(|line| {
        let rpc = line.trim().strip_prefix("rpc ")?;
        rpc.split_once('(').map(|(name, _)| name.to_owned())
    });
    let declared: BTreeSet<String> = declared.collect();
    assert_eq!(declared.len(), 36);
    assert_eq!(called.names, declared);
}

async fn schemas(called: &mut Called) {
    let schema = call!(called, "GetProviderSchema", get_provider_schema, proto::get_provider_schema::Request {});
    assert!(schema.provider.and_then(|provider| provider.block).is_some());
    let capabilities = schema.server_capabilities.unwrap();
    assert!(capabilities.plan_destroy && capabilities.get_provider_schema_optional);
    assert!(capabilities.move_resource_state && capabilities.generate_resource_config);
    let metadata = call!(called, "GetMetadata", get_metadata, proto::get_metadata::Request {});
    assert_eq!(metadata.server_capabilities, Some(capabilities));
    assert_eq!(metadata.resources.len(), schema.resource_schemas.len());
    let functions = call!(called, "GetFunctions", get_functions, proto::get_functions::Request {});
    assert_eq!(functions.functions, schema.functions);
    let identities = call!(
        called,
        "GetResourceIdentitySchemas",
        get_resource_identity_schemas,
        proto::get_resource_identity_schemas::Request {}
    );
    assert!(identities.identity_schemas.keys().all(|name| schema.resource_schemas.contains_key(name)));
    assert!(errors(&identities.diagnostics).is_empty());
}

async fn validation(called: &mut Called) {
    let misfit = Some(proto::DynamicValue { msgpack: vec![0xc3], json: Vec::new() });
    let request = proto::validate_provider_config::Request { config: misfit.clone() };
    let answer = call!(called, "ValidateProviderConfig", validate_provider_config, request);
    assert_eq!(errors(&answer.diagnostics).len(), 1, "{answer:?}");
    let request = proto::configure_provider::Request { config: misfit, ..Default::default() };
    let answer = call!(called, "ConfigureProvider", configure_provider, request);
    assert_eq!(errors(&answer.diagnostics).len(), 1, "{answer:?}");
    let (type_name, config) = (no_such(), null());
    let request = proto::validate_resource_config::Request { type_name, config, client_capabilities: None };
    refused!(called, "ValidateResourceConfig", validate_resource_config, request);
    let (type_name, config) = (no_such(), null());
    let request = proto::validate_data_resource_config::Request { type_name, config };
    refused!(called, "ValidateDataResourceConfig", validate_data_resource_config, request);
    let (type_name, config) = (no_such(), null());
    let request = proto::validate_ephemeral_resource_config::Request { type_name, config };
    refused!(called, "ValidateEphemeralResourceConfig", validate_ephemeral_resource_config, request);
    let request = proto::validate_list_resource_config::Request { type_name: no_such(), ..Default::default() };
    refused!(called, "ValidateListResourceConfig", validate_list_resource_config, request);
    let (type_name, config) = (no_such(), null());
    let request = proto::validate_action_config::Request { type_name, config };
    refused!(called, "ValidateActionConfig", validate_action_config, request);
}

async fn resources(called: &mut Called) {
    let type_name = no_such();
    let request = proto::upgrade_resource_state::Request { type_name, version: 0, raw_state: None };
    refused!(called, "UpgradeResourceState", upgrade_resource_state, request);
    let request = proto::upgrade_resource_identity::Request { type_name: no_such(), version: 0, raw_identity: None };
    refused!(called, "UpgradeResourceIdentity", upgrade_resource_identity, request);
    let request = proto::read_resource::Request { type_name: no_such(), ..Default::default() };
    refused!(called, "ReadResource", read_resource, request);
    let request = proto::plan_resource_change::Request { type_name: no_such(), ..Default::default() };
    refused!(called, "PlanResourceChange", plan_resource_change, request);
    let request = proto::apply_resource_change::Request { type_name: no_such(), ..Default::default() };
    refused!(called, "ApplyResourceChange", apply_resource_change, request);
    let request = proto::import_resource_state::Request { type_name: no_such(), ..Default::default() };
    refused!(called, "ImportResourceState", import_resource_state, request);
    let request = proto::move_resource_state::Request { target_type_name: no_such(), ..Default::default() };
    refused!(called, "MoveResourceState", move_resource_state, request);
    let request = proto::generate_resource_config::Request { type_name: no_such(), state: null() };
    refused!(called, "GenerateResourceConfig", generate_resource_config, request);
}

async fn others(called: &mut Called) {
    let request = proto::read_data_source::Request { type_name: no_such(), ..Default::default() };
    refused!(called, "ReadDataSource", read_data_source, request);
    let request = proto::open_ephemeral_resource::Request { type_name: no_such(), ..Default::default() };
    refused!(called, "OpenEphemeralResource", open_ephemeral_resource, request);
    let request = proto::renew_ephemeral_resource::Request { type_name: no_such(), private: None };
    refused!(called, "RenewEphemeralResource", renew_ephemeral_resource, request);
    let request = proto::close_ephemeral_resource::Request { type_name: no_such(), private: None };
    refused!(called, "CloseEphemeralResource", close_ephemeral_resource, request);
    let request = proto::plan_action::Request { action_type: no_such(), ..Default::default() };
    refused!(called, "PlanAction", plan_action, request);
    let request = proto::call_function::Request { name: "no_such".to_owned(), arguments: Vec::new() };
    let answer = call!(called, "CallFunction", call_function, request);
    assert!(answer.error.is_some_and(|error| error.text.contains("no_such")));
}

async fn streams(called: &mut Called) {
    let request = proto::list_resource::Request { type_name: no_such(), limit: 1, ..Default::default() };
    let mut events = call!(called, "ListResource", list_resource, request);
    let event = events.message().await.unwrap().unwrap();
    assert_eq!(errors(&event.diagnostic).len(), 1);
    assert!(events.message().await.unwrap().is_none());
    let request = proto::invoke_action::Request { action_type: no_such(), ..Default::default() };
    let mut events = call!(called, "InvokeAction", invoke_action, request);
    let event = events.message().await.unwrap().unwrap();
    let Some(proto::invoke_action::event::Type::Completed(completed)) = event.r#type else { panic!("{event:?}") };
    assert_eq!(errors(&completed.diagnostics).len(), 1);
    assert!(events.message().await.unwrap().is_none());
}

/// The provider offers none; experimental Terraforms get an error, and what they look at without asking.
async fn state_stores(called: &mut Called) {
    let (type_name, state_id) = (no_such(), "default".to_owned());
    let request = proto::validate_state_store::Request::default();
    unsupported!(called, "ValidateStateStoreConfig", validate_state_store_config, request);
    let request = proto::configure_state_store::Request::default();
    let answer = unsupported!(called, "ConfigureStateStore", configure_state_store, request);
    assert!(answer.capabilities.is_some_and(|capabilities| capabilities.chunk_size > 0));
    let request = proto::read_state_bytes::Request { type_name: type_name.clone(), state_id: state_id.clone() };
    let mut chunks = call!(called, "ReadStateBytes", read_state_bytes, request);
    let chunk = chunks.message().await.unwrap().unwrap();
    assert!(chunk.range.is_some() && errors(&chunk.diagnostics).len() == 1);
    let meta = Some(proto::RequestChunkMeta { type_name, state_id });
    let chunk = proto::write_state_bytes::RequestChunk { meta, bytes: vec![0; 1 << 20], ..Default::default() };
    unsupported!(called, "WriteStateBytes", write_state_bytes, stream::iter([chunk]));
    unsupported!(called, "LockState", lock_state, proto::lock_state::Request::default());
    unsupported!(called, "UnlockState", unlock_state, proto::unlock_state::Request::default());
    unsupported!(called, "GetStates", get_states, proto::get_states::Request::default());
    unsupported!(called, "DeleteState", delete_state, proto::delete_state::Request::default());
}
