//! ListResource.

use std::sync::Arc;

use futures::StreamExt as _;
use futures::stream::{self, BoxStream};

use super::call::Answer as _;
use super::types;
use crate::convert;
use crate::proto::tfplugin6::list_resource::{Event, Request};
use framework::diagnostics::Diagnostics;
use framework::list::ListedValue;
use framework::provider::Provider;
use framework::server::{ListEvent, ListRequest, ResourceSchema, Server};

pub(super) fn list_resource<P: Provider>(server: &Arc<Server<P>>, request: Request) -> BoxStream<'static, Event> {
    let resource = types::resource(server, &request.type_name).cloned();
    match resource.and_then(|resource| Ok((resource, decode(server, request)?))) {
        Ok((resource, request)) => {
            let found = server.list_resource(request);
            // When the host requires no more objects, it drops the stream, including the receiver, which ends the
            // search.
            stream::unfold(found, async |mut found| Some((found.recv().await?, found)))
                .map(move |event| encode(&resource, event))
                .boxed()
        }
        Err(errors) => stream::iter([failed(errors)]).boxed(),
    }
}

fn decode<P: Provider>(server: &Server<P>, request: Request) -> Result<ListRequest, Diagnostics> {
    let ty = types::list_resource(server, &request.type_name)?;
    Ok(ListRequest {
        config: convert::given_value(request.config.as_ref(), &ty, "configuration")?,
        include_object: request.include_resource_object,
        limit: request.limit.try_into().unwrap_or_default(),
        type_name: request.type_name,
    })
}

fn encode(resource: &ResourceSchema, event: ListEvent) -> Event {
    match event {
        ListEvent::Found(found) => listed(resource, found).unwrap_or_else(failed),
        ListEvent::Diagnostics(diagnostics) => failed(diagnostics),
    }
}

fn listed(resource: &ResourceSchema, found: ListedValue) -> Result<Event, Diagnostics> {
    let object = found.object.map(|object| convert::dynamic_value(&object, &resource.ty, "listed object"));
    Ok(Event {
        identity: convert::identity_data(Some(&found.identity), types::identity(resource).as_ref())?,
        display_name: found.display_name,
        resource_object: object.transpose()?,
        diagnostic: Vec::new(),
    })
}

fn failed(diagnostics: Diagnostics) -> Event {
    Event::failed(convert::diagnostics(diagnostics))
}
