//! The log fields of each request, and the diagnostics of each response.

use super::call::{Answer, Request};
use crate::proto::tfplugin6 as proto;
use crate::proto::tfplugin6::invoke_action::event::{Completed, Type};

macro_rules! requests {
    ($($module:ident :: $message:ident => $rpc:literal $(, $key:literal: $field:ident)?;)*) => {$(
        impl Request for proto::$module::$message {
            const RPC: &'static str = $rpc;

            fn subject(&self) -> Option<(&'static str, &str)> {
                requests!(@subject self $($key $field)?)
            }
        }
    )*};
    (@subject $request:ident) => { None };
    (@subject $request:ident $key:literal $field:ident) => { Some(($key, $request.$field.as_str())) };
}

requests! {
    get_metadata::Request => "GetMetadata";
    get_provider_schema::Request => "GetProviderSchema";
    get_resource_identity_schemas::Request => "GetResourceIdentitySchemas";
    validate_provider_config::Request => "ValidateProviderConfig";
    configure_provider::Request => "ConfigureProvider";
    validate_resource_config::Request => "ValidateResourceConfig", "tf_resource_type": type_name;
    validate_data_resource_config::Request => "ValidateDataResourceConfig", "tf_data_source_type": type_name;
    upgrade_resource_state::Request => "UpgradeResourceState", "tf_resource_type": type_name;
    upgrade_resource_identity::Request => "UpgradeResourceIdentity", "tf_resource_type": type_name;
    read_resource::Request => "ReadResource", "tf_resource_type": type_name;
    plan_resource_change::Request => "PlanResourceChange", "tf_resource_type": type_name;
    apply_resource_change::Request => "ApplyResourceChange", "tf_resource_type": type_name;
    import_resource_state::Request => "ImportResourceState", "tf_resource_type": type_name;
    move_resource_state::Request => "MoveResourceState", "tf_resource_type": target_type_name;
    read_data_source::Request => "ReadDataSource", "tf_data_source_type": type_name;
    generate_resource_config::Request => "GenerateResourceConfig", "tf_resource_type": type_name;
    validate_ephemeral_resource_config::Request =>
        "ValidateEphemeralResourceConfig", "tf_ephemeral_resource_type": type_name;
    open_ephemeral_resource::Request => "OpenEphemeralResource", "tf_ephemeral_resource_type": type_name;
    renew_ephemeral_resource::Request => "RenewEphemeralResource", "tf_ephemeral_resource_type": type_name;
    close_ephemeral_resource::Request => "CloseEphemeralResource", "tf_ephemeral_resource_type": type_name;
    list_resource::Request => "ListResource", "tf_list_resource_type": type_name;
    validate_list_resource_config::Request => "ValidateListResourceConfig", "tf_list_resource_type": type_name;
    get_functions::Request => "GetFunctions";
    call_function::Request => "CallFunction", "tf_function_name": name;
    validate_state_store::Request => "ValidateStateStoreConfig";
    configure_state_store::Request => "ConfigureStateStore";
    read_state_bytes::Request => "ReadStateBytes";
    write_state_bytes::RequestChunk => "WriteStateBytes";
    lock_state::Request => "LockState";
    unlock_state::Request => "UnlockState";
    get_states::Request => "GetStates";
    delete_state::Request => "DeleteState";
    plan_action::Request => "PlanAction", "tf_action_type": action_type;
    invoke_action::Request => "InvokeAction", "tf_action_type": action_type;
    validate_action_config::Request => "ValidateActionConfig", "tf_action_type": type_name;
    stop_provider::Request => "StopProvider";
}

macro_rules! answers {
    ($($module:ident)*) => {$(
        impl Answer for proto::$module::Response {
            fn failed(diagnostics: Vec<proto::Diagnostic>) -> Self {
                let mut answer = Self::default();
                answer.diagnostics = diagnostics;
                answer
            }

            fn diagnostics(&self) -> &[proto::Diagnostic] {
                &self.diagnostics
            }
        }
    )*};
}

#[allow(clippy::field_reassign_with_default, reason = "some responses have other members, and some have no members")]
mod answers {
    use super::{Answer, proto};

    answers! {
        get_metadata get_provider_schema get_resource_identity_schemas validate_provider_config configure_provider
        validate_resource_config validate_data_resource_config upgrade_resource_state upgrade_resource_identity
        read_resource plan_resource_change apply_resource_change import_resource_state move_resource_state
        read_data_source generate_resource_config validate_ephemeral_resource_config open_ephemeral_resource
        renew_ephemeral_resource close_ephemeral_resource validate_list_resource_config get_functions
        validate_state_store configure_state_store write_state_bytes lock_state unlock_state get_states delete_state
        plan_action validate_action_config
    }
}

impl Answer for proto::call_function::Response {
    fn failed(diagnostics: Vec<proto::Diagnostic>) -> Self {
        let texts = diagnostics.into_iter().map(|diagnostic| format!("{}: {}", diagnostic.summary, diagnostic.detail));
        let text = texts.collect::<Vec<_>>().join("\n");
        Self { result: None, error: Some(proto::FunctionError { text, function_argument: None }) }
    }

    fn diagnostics(&self) -> &[proto::Diagnostic] {
        &[]
    }
}

impl Answer for proto::list_resource::Event {
    fn failed(diagnostics: Vec<proto::Diagnostic>) -> Self {
        Self { diagnostic: diagnostics, ..Self::default() }
    }

    fn diagnostics(&self) -> &[proto::Diagnostic] {
        &self.diagnostic
    }
}

impl Answer for proto::invoke_action::Event {
    fn failed(diagnostics: Vec<proto::Diagnostic>) -> Self {
        Self { r#type: Some(Type::Completed(Completed { diagnostics })) }
    }

    fn diagnostics(&self) -> &[proto::Diagnostic] {
        match &self.r#type {
            Some(Type::Completed(completed)) => &completed.diagnostics,
            _ => &[],
        }
    }
}

impl Answer for proto::read_state_bytes::Response {
    fn failed(diagnostics: Vec<proto::Diagnostic>) -> Self {
        // Terraform reads the range even if there is an error.
        Self { range: Some(proto::StateRange::default()), diagnostics, ..Self::default() }
    }

    fn diagnostics(&self) -> &[proto::Diagnostic] {
        &self.diagnostics
    }
}

impl Answer for proto::stop_provider::Response {
    fn failed(diagnostics: Vec<proto::Diagnostic>) -> Self {
        let error = diagnostics.into_iter().map(|diagnostic| diagnostic.summary).collect::<Vec<_>>().join("\n");
        Self { error }
    }

    fn diagnostics(&self) -> &[proto::Diagnostic] {
        &[]
    }
}
