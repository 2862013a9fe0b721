//! The list resources for the entries of a cluster, for `terraform query`.

use std::marker::PhantomData;

use async_trait::async_trait;

use clients::context::Clients;
use clients::names::cluster_name;
use framework::context::Context;
use framework::diagnostics::Diagnostics;
use framework::list::{ListResource, ListSink, Listed};
use framework::model::{Attr, Model};
use render::aws_auth::Listing;

use super::client::Connect;
use super::mapped::Mapped;
use super::messages;
use super::resource::{AwsAuthResource, with_found};

/// Lists the entries in the `aws-auth` ConfigMap of a cluster.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub struct AwsAuthList {
    /// Name of the EKS cluster.
    #[attribute(required, validate = [cluster_name()])]
    pub cluster_name: Attr<String>,
    /// AWS Region of the cluster. Defaults to the Region set in the provider configuration.
    #[attribute(optional, validate = [clients::names::region()])]
    pub region: Attr<String>,
}

/// A list resource over entries.
pub struct AwsAuthListResource<M> {
    connect: Connect,
    model: PhantomData<fn() -> M>,
}

impl<M: Mapped> AwsAuthListResource<M> {
    /// Creates the list resource. `connect` creates its access.
    #[must_use]
    pub fn new(connect: Connect) -> Self {
        Self { connect, model: PhantomData }
    }
}

#[async_trait]
impl<M: Mapped> ListResource for AwsAuthListResource<M> {
    type Resource = AwsAuthResource<M>;
    type Config = AwsAuthList;

    async fn list(
        &self,
        context: &Context<Clients>,
        config: AwsAuthList,
        sink: &mut ListSink<AwsAuthResource<M>>,
    ) -> Result<(), Diagnostics> {
        let clients = context.clients()?;
        let cluster = config.cluster_name.text().unwrap_or_default();
        let region = config.region.text().unwrap_or(clients.aws().region());
        let access = (self.connect)(clients, Some(region), cluster);
        let map = access
            .editor
            .read()
            .await
            .map_err(|error| error.into_diagnostic(format!("Unable to read aws-auth in cluster {cluster}"), ""))?;
        let listing = Listing::read(map.text(M::MAPPING), M::MAPPING)
            .map_err(|refusal| messages::refused::<M>(cluster, &refusal))?;
        for found in listing.entries() {
            // If an ARN has several entries, only the last one takes effect. ARNs with a path or of another kind never
            // match.
            let Some(arn) = found.arn.as_deref().filter(|arn| M::written_arn(arn).is_ok_and(|plain| plain == *arn))
            else {
                continue;
            };
            if listing.of(arn).last() != Some(found) {
                continue;
            }
            let entry = with_found(&M::of_arn(cluster, arn), region, arn, found);
            let object = sink.wants_object().then(|| entry.clone());
            if !sink.send(Listed { identity: entry.identified(), display_name: arn.to_owned(), object }).await {
                break;
            }
        }
        Ok(())
    }
}
