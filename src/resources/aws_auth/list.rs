//! The list resources: all entries of a cluster, for `terraform query`.

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
use super::resource::{AwsAuthResource, with_found};
use super::words;

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
    /// The list resource over the access that `connect` makes.
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
            .map_err(|error| error.into_diagnostic(format!("Unable to read aws-auth of cluster {cluster}"), ""))?;
        let listing = Listing::read(map.text(M::MAPPING), M::MAPPING)
            .map_err(|refusal| words::refused::<M>(cluster, &refusal))?;
        for found in listing.entries() {
            // Of several entries of one ARN the last one counts; an ARN with a path or of something else never matches.
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
