//! The data sources, which differ in their [`Selection`].

use std::marker::PhantomData;
use std::sync::Arc;

use async_trait::async_trait;

use clients::context::Clients;
use clients::errors::{ApiError, ErrorKind};
use framework::context::Context;
use framework::data_source::DataSource;
use framework::diagnostics::{Diagnostic, Diagnostics};
use preflight::pool::ACTIONS;
use render::karpenter::instance_type::Offer;

use super::client::InstanceTypesClient;
use super::filter::is_selected;
use super::shared::Selection;

/// Creates a client for a Region.
pub type Connect = fn(&Clients, Option<&str>) -> Arc<dyn InstanceTypesClient>;

/// The data source with the arguments `M`.
pub struct InstanceTypesDataSource<M> {
    connect: Connect,
    model: PhantomData<fn() -> M>,
}

impl<M> InstanceTypesDataSource<M> {
    /// Creates the data source. `connect` creates its client.
    #[must_use]
    pub fn new(connect: Connect) -> Self {
        Self { connect, model: PhantomData }
    }
}

#[async_trait]
impl<M: Selection> DataSource for InstanceTypesDataSource<M> {
    type Clients = Clients;
    type Model = M;

    fn validate(&self, config: &M, diagnostics: &mut Diagnostics) {
        config.validate(diagnostics);
    }

    async fn read(
        &self,
        context: &Context<Clients>,
        config: M,
        _diagnostics: &mut Diagnostics,
    ) -> Result<M, Diagnostics> {
        let clients = context.clients()?;
        let region = config.common().region.text();
        let client = (self.connect)(clients, region);
        let region = region.unwrap_or(clients.aws().region()).to_owned();
        read(client.as_ref(), config, region).await
    }
}

pub(super) async fn read<M: Selection>(
    client: &dyn InstanceTypesClient,
    config: M,
    region: String,
) -> Result<M, Diagnostics> {
    let offers = client.offers().await.map_err(|error| failed::<M>(error, &region))?;
    let common = config.common();
    let found: Vec<&Offer> =
        offers.iter().filter(|offer| is_selected(&common, offer) && config.selects(&offer.instance_type)).collect();
    Ok(config.with(region, &found))
}

fn failed<M: Selection>(error: ApiError, region: &str) -> Diagnostic {
    let allow = format!("Grant {} on all resources to the caller.", ACTIONS.join(", "));
    let advice = if error.kind == ErrorKind::Denied { allow.as_str() } else { "" };
    error.into_diagnostic(format!("Unable to list the {} instance types in {region}", M::DEVICES), advice)
}
