//! The RPCs of the provider: decode the request, call the framework, and encode the response.

mod actions;
mod apply_resource_change;
mod call;
mod call_function;
mod configure_provider;
mod ephemeral_resources;
mod generate_resource_config;
mod import_resource_state;
mod list_resource;
mod messages;
mod move_resource_state;
mod plan_resource_change;
mod read_data_source;
mod read_resource;
mod rpcs;
mod schemas;
mod state_stores;
mod stop_provider;
mod types;
mod upgrade_resource_state;
mod validate;

use std::future::Future;
use std::sync::Arc;

use futures::stream::{self, BoxStream};
use futures::{Stream, StreamExt as _};
use tonic::{Response, Status};

use super::about::ProviderInfo;
use super::proto::MAX_MESSAGE_BYTES;
use super::proto::tfplugin6::provider_server::ProviderServer;
use call::{Answer, Request};
use framework::provider::Provider;
use framework::server::Server;

/// A provider that is served with the protocol.
pub(super) struct Service<P: Provider> {
    server: Arc<Server<P>>,
    /// The address of the provider, for the log.
    address: String,
}

type Events<E> = BoxStream<'static, Result<E, Status>>;

impl<P: Provider> Service<P> {
    /// Returns the gRPC service of a provider.
    pub(super) fn serving(about: &ProviderInfo, server: Server<P>) -> ProviderServer<Self> {
        let address = format!("registry.terraform.io/{}/{}", about.namespace, about.name);
        ProviderServer::new(Self { server: Arc::new(server), address })
            .max_decoding_message_size(MAX_MESSAGE_BYTES)
            .max_encoding_message_size(MAX_MESSAGE_BYTES)
    }

    /// Handles a request.
    async fn answer<Q, A, F>(
        &self,
        request: tonic::Request<Q>,
        work: impl FnOnce(Arc<Server<P>>, Q) -> F,
    ) -> Result<Response<A>, Status>
    where
        Q: Request,
        A: Answer,
        F: Future<Output = A> + Send + 'static,
    {
        let request = request.into_inner();
        let span = call::span(&request, &self.address);
        call::answer(Q::RPC, span, work(Arc::clone(&self.server), request)).await
    }

    /// Handles a request with a stream of events.
    fn stream<Q, E, S>(
        &self,
        request: tonic::Request<Q>,
        work: impl FnOnce(&Arc<Server<P>>, Q) -> S + Send + 'static,
    ) -> Result<Response<Events<E>>, Status>
    where
        Q: Request,
        E: Answer,
        S: Stream<Item = E> + Send + 'static,
    {
        let request = request.into_inner();
        let span = call::span(&request, &self.address);
        let server = Arc::clone(&self.server);
        let events = stream::once(async move { work(&server, request) }).flatten();
        Ok(Response::new(call::events(Q::RPC, span, events)))
    }
}
