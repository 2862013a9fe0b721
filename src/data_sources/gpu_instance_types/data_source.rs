//! The data source `ekscompute_gpu_instance_types`.

use std::sync::Arc;

use async_trait::async_trait;

use clients::context::Clients;
use clients::errors::{ApiError, ErrorKind};
use framework::context::Context;
use framework::data_source::DataSource;
use framework::diagnostics::{Diagnostic, Diagnostics};
use framework::model::{Attr, List};
use framework::path::Path;
use preflight::pool::ACTIONS;
use render::karpenter::controller::Controller;
use render::karpenter::instance_type::Offer;

use super::client::InstanceTypesClient;
use super::filter::wants;
use super::model::GpuInstanceTypes;
use super::outputs::instance_type;

/// Makes the client for a region.
pub type Connect = fn(&Clients, Option<&str>) -> Arc<dyn InstanceTypesClient>;

/// The data source.
pub struct GpuInstanceTypesDataSource {
    connect: Connect,
}

impl GpuInstanceTypesDataSource {
    /// The data source over the clients that `connect` makes.
    #[must_use]
    pub fn new(connect: Connect) -> Self {
        Self { connect }
    }
}

#[async_trait]
impl DataSource for GpuInstanceTypesDataSource {
    type Clients = Clients;
    type Model = GpuInstanceTypes;

    fn validate(&self, config: &GpuInstanceTypes, diagnostics: &mut Diagnostics) {
        let (least, most) = (config.min_gpu_count.known(), config.max_gpu_count.known());
        if let (Some(least), Some(most)) = (least, most)
            && least > most
        {
            diagnostics.error_at(
                Path::attribute("max_gpu_count"),
                "No GPU count matches",
                format!(
                    "max_gpu_count is {most} and min_gpu_count is {least}, so no instance type matches both. Correct \
                     one of them."
                ),
            );
        }
    }

    async fn read(
        &self,
        context: &Context<Clients>,
        config: GpuInstanceTypes,
        _diagnostics: &mut Diagnostics,
    ) -> Result<GpuInstanceTypes, Diagnostics> {
        let clients = context.clients()?;
        let region = config.region.text().unwrap_or(clients.aws().region()).to_owned();
        let client = (self.connect)(clients, config.region.text());
        read(client.as_ref(), GpuInstanceTypes { region: region.into(), ..config }).await
    }
}

async fn read(client: &dyn InstanceTypesClient, config: GpuInstanceTypes) -> Result<GpuInstanceTypes, Diagnostics> {
    let offers = client.offers().await.map_err(|error| failed(error, &config))?;
    let controller = config.controller.text().and_then(Controller::of).unwrap_or_default();
    let wanted: Vec<&Offer> = offers.iter().filter(|offer| wants(&config, offer)).collect();
    Ok(GpuInstanceTypes {
        names: List::of(wanted.iter().map(|offer| offer.instance_type.name.clone())),
        instance_types: Attr::Known(wanted.iter().map(|offer| Attr::Known(instance_type(offer, controller))).collect()),
        ..config
    })
}

fn failed(error: ApiError, config: &GpuInstanceTypes) -> Diagnostic {
    let allow = format!("The caller requires {} on all resources.", ACTIONS.join(", "));
    let advice = if error.kind == ErrorKind::Denied { allow.as_str() } else { "" };
    let region = config.region.text().unwrap_or_default();
    error.into_diagnostic(format!("Unable to list the GPU instance types of {region}"), advice)
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
