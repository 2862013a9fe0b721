//! The RPCs and their handlers.

use tonic::{Request, Response, Status, Streaming};

use super::{
    Events, Service, actions, apply_resource_change, call_function, configure_provider, ephemeral_resources,
    generate_resource_config, import_resource_state, list_resource, move_resource_state, plan_resource_change,
    read_data_source, read_resource, schemas, state_stores, stop_provider, upgrade_resource_state, validate,
};
use crate::proto::tfplugin6 as proto;
use crate::proto::tfplugin6::provider_server::Provider as Rpcs;
use framework::provider::Provider;

type Answered<T> = Result<Response<T>, Status>;

#[tonic::async_trait]
impl<P: Provider> Rpcs for Service<P> {
    type ListResourceStream = Events<proto::list_resource::Event>;
    type ReadStateBytesStream = Events<proto::read_state_bytes::Response>;
    type InvokeActionStream = Events<proto::invoke_action::Event>;

    async fn get_metadata(
        &self,
        request: Request<proto::get_metadata::Request>,
    ) -> Answered<proto::get_metadata::Response> {
        self.answer(request, schemas::get_metadata).await
    }

    async fn get_provider_schema(
        &self,
        request: Request<proto::get_provider_schema::Request>,
    ) -> Answered<proto::get_provider_schema::Response> {
        self.answer(request, schemas::get_provider_schema).await
    }

    async fn get_resource_identity_schemas(
        &self,
        request: Request<proto::get_resource_identity_schemas::Request>,
    ) -> Answered<proto::get_resource_identity_schemas::Response> {
        self.answer(request, schemas::get_resource_identity_schemas).await
    }

    async fn validate_provider_config(
        &self,
        request: Request<proto::validate_provider_config::Request>,
    ) -> Answered<proto::validate_provider_config::Response> {
        self.answer(request, validate::validate_provider_config).await
    }

    async fn configure_provider(
        &self,
        request: Request<proto::configure_provider::Request>,
    ) -> Answered<proto::configure_provider::Response> {
        self.answer(request, configure_provider::configure_provider).await
    }

    async fn validate_resource_config(
        &self,
        request: Request<proto::validate_resource_config::Request>,
    ) -> Answered<proto::validate_resource_config::Response> {
        self.answer(request, validate::validate_resource_config).await
    }

    async fn validate_data_resource_config(
        &self,
        request: Request<proto::validate_data_resource_config::Request>,
    ) -> Answered<proto::validate_data_resource_config::Response> {
        self.answer(request, validate::validate_data_resource_config).await
    }

    async fn upgrade_resource_state(
        &self,
        request: Request<proto::upgrade_resource_state::Request>,
    ) -> Answered<proto::upgrade_resource_state::Response> {
        self.answer(request, upgrade_resource_state::upgrade_resource_state).await
    }

    async fn upgrade_resource_identity(
        &self,
        request: Request<proto::upgrade_resource_identity::Request>,
    ) -> Answered<proto::upgrade_resource_identity::Response> {
        self.answer(request, upgrade_resource_state::upgrade_resource_identity).await
    }

    async fn read_resource(
        &self,
        request: Request<proto::read_resource::Request>,
    ) -> Answered<proto::read_resource::Response> {
        self.answer(request, read_resource::read_resource).await
    }

    async fn plan_resource_change(
        &self,
        request: Request<proto::plan_resource_change::Request>,
    ) -> Answered<proto::plan_resource_change::Response> {
        self.answer(request, plan_resource_change::plan_resource_change).await
    }

    async fn apply_resource_change(
        &self,
        request: Request<proto::apply_resource_change::Request>,
    ) -> Answered<proto::apply_resource_change::Response> {
        self.answer(request, apply_resource_change::apply_resource_change).await
    }

    async fn import_resource_state(
        &self,
        request: Request<proto::import_resource_state::Request>,
    ) -> Answered<proto::import_resource_state::Response> {
        self.answer(request, import_resource_state::import_resource_state).await
    }

    async fn move_resource_state(
        &self,
        request: Request<proto::move_resource_state::Request>,
    ) -> Answered<proto::move_resource_state::Response> {
        self.answer(request, move_resource_state::move_resource_state).await
    }

    async fn read_data_source(
        &self,
        request: Request<proto::read_data_source::Request>,
    ) -> Answered<proto::read_data_source::Response> {
        self.answer(request, read_data_source::read_data_source).await
    }

    async fn generate_resource_config(
        &self,
        request: Request<proto::generate_resource_config::Request>,
    ) -> Answered<proto::generate_resource_config::Response> {
        self.answer(request, generate_resource_config::generate_resource_config).await
    }

    async fn validate_ephemeral_resource_config(
        &self,
        request: Request<proto::validate_ephemeral_resource_config::Request>,
    ) -> Answered<proto::validate_ephemeral_resource_config::Response> {
        self.answer(request, validate::validate_ephemeral_resource_config).await
    }

    async fn open_ephemeral_resource(
        &self,
        request: Request<proto::open_ephemeral_resource::Request>,
    ) -> Answered<proto::open_ephemeral_resource::Response> {
        self.answer(request, ephemeral_resources::open_ephemeral_resource).await
    }

    async fn renew_ephemeral_resource(
        &self,
        request: Request<proto::renew_ephemeral_resource::Request>,
    ) -> Answered<proto::renew_ephemeral_resource::Response> {
        self.answer(request, ephemeral_resources::renew_ephemeral_resource).await
    }

    async fn close_ephemeral_resource(
        &self,
        request: Request<proto::close_ephemeral_resource::Request>,
    ) -> Answered<proto::close_ephemeral_resource::Response> {
        self.answer(request, ephemeral_resources::close_ephemeral_resource).await
    }

    async fn validate_list_resource_config(
        &self,
        request: Request<proto::validate_list_resource_config::Request>,
    ) -> Answered<proto::validate_list_resource_config::Response> {
        self.answer(request, validate::validate_list_resource_config).await
    }

    async fn get_functions(
        &self,
        request: Request<proto::get_functions::Request>,
    ) -> Answered<proto::get_functions::Response> {
        self.answer(request, schemas::get_functions).await
    }

    async fn call_function(
        &self,
        request: Request<proto::call_function::Request>,
    ) -> Answered<proto::call_function::Response> {
        self.answer(request, call_function::call_function).await
    }

    async fn plan_action(
        &self,
        request: Request<proto::plan_action::Request>,
    ) -> Answered<proto::plan_action::Response> {
        self.answer(request, actions::plan_action).await
    }

    async fn validate_action_config(
        &self,
        request: Request<proto::validate_action_config::Request>,
    ) -> Answered<proto::validate_action_config::Response> {
        self.answer(request, validate::validate_action_config).await
    }

    async fn list_resource(
        &self,
        request: Request<proto::list_resource::Request>,
    ) -> Answered<Self::ListResourceStream> {
        self.stream(request, list_resource::list_resource)
    }

    async fn invoke_action(
        &self,
        request: Request<proto::invoke_action::Request>,
    ) -> Answered<Self::InvokeActionStream> {
        self.stream(request, actions::invoke_action)
    }

    async fn validate_state_store_config(
        &self,
        request: Request<proto::validate_state_store::Request>,
    ) -> Answered<proto::validate_state_store::Response> {
        self.answer(request, |_, _| state_stores::unsupported()).await
    }

    async fn configure_state_store(
        &self,
        request: Request<proto::configure_state_store::Request>,
    ) -> Answered<proto::configure_state_store::Response> {
        self.answer(request, |_, _| state_stores::configure_state_store()).await
    }

    async fn lock_state(&self, request: Request<proto::lock_state::Request>) -> Answered<proto::lock_state::Response> {
        self.answer(request, |_, _| state_stores::unsupported()).await
    }

    async fn unlock_state(
        &self,
        request: Request<proto::unlock_state::Request>,
    ) -> Answered<proto::unlock_state::Response> {
        self.answer(request, |_, _| state_stores::unsupported()).await
    }

    async fn get_states(&self, request: Request<proto::get_states::Request>) -> Answered<proto::get_states::Response> {
        self.answer(request, |_, _| state_stores::unsupported()).await
    }

    async fn delete_state(
        &self,
        request: Request<proto::delete_state::Request>,
    ) -> Answered<proto::delete_state::Response> {
        self.answer(request, |_, _| state_stores::unsupported()).await
    }

    async fn read_state_bytes(
        &self,
        request: Request<proto::read_state_bytes::Request>,
    ) -> Answered<Self::ReadStateBytesStream> {
        self.stream(request, |_, _| state_stores::read_state_bytes())
    }

    async fn write_state_bytes(
        &self,
        request: Request<Streaming<proto::write_state_bytes::RequestChunk>>,
    ) -> Answered<proto::write_state_bytes::Response> {
        let mut chunks = request.into_inner();
        while chunks.message().await?.is_some() {}
        let heard = proto::write_state_bytes::RequestChunk::default();
        self.answer(Request::new(heard), |_, _| state_stores::unsupported()).await
    }

    async fn stop_provider(
        &self,
        request: Request<proto::stop_provider::Request>,
    ) -> Answered<proto::stop_provider::Response> {
        self.answer(request, stop_provider::stop_provider).await
    }
}
