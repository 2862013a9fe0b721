//! The data source `ekscompute_nvidia_device_plugin_values`.

use async_trait::async_trait;

use clients::context::Clients;
use framework::context::Context;
use framework::data_source::DataSource;
use framework::diagnostics::Diagnostics;
use framework::model::{Attr, Set};
use framework::path::Path;
use render::karpenter::controller::Controller;
use render::nvidia::{Chart, MPS_CAPABLE, Mig, Nodes, PRESENT, Sharing, Strategy, System, Taint, values};
use render::yaml;

use super::model::{EFFECTS, NodeTaint, NvidiaDevicePluginValues, SharingInput};

/// The data source.
pub struct NvidiaDevicePluginValuesDataSource;

#[async_trait]
impl DataSource for NvidiaDevicePluginValuesDataSource {
    type Clients = Clients;
    type Model = NvidiaDevicePluginValues;

    fn validate(&self, config: &NvidiaDevicePluginValues, diagnostics: &mut Diagnostics) {
        let sharing = config.sharing.block();
        let strategy = sharing.and_then(|sharing| sharing.strategy.text()).and_then(Strategy::of);
        if strategy != Some(Strategy::Mps) {
            return;
        }
        if config.mig_strategy.text().and_then(Mig::of).is_some_and(|mig| mig != Mig::None) {
            diagnostics.error_at(
                Path::attribute("mig_strategy"),
                "MPS does not support MIG partitions",
                "The device plugin rejects MPS on GPUs with MIG partitions. Use time_slicing, or set mig_strategy to \
                 none.",
            );
        }
        if sharing.is_some_and(|sharing| sharing.fail_requests_greater_than_one.is_known()) {
            diagnostics.error_at(
                Path::attribute("sharing").then("fail_requests_greater_than_one"),
                "fail_requests_greater_than_one conflicts with mps",
                "fail_requests_greater_than_one is only supported with time_slicing. With mps, the device plugin \
                 always rejects such requests. Remove the argument.",
            );
        }
    }

    async fn read(
        &self,
        _context: &Context<Clients>,
        config: NvidiaDevicePluginValues,
        diagnostics: &mut Diagnostics,
    ) -> Result<NvidiaDevicePluginValues, Diagnostics> {
        let chart = config.chart.text().and_then(Chart::of).unwrap_or_default();
        let nodes = nodes(&config);
        warn(chart, &nodes, diagnostics);
        let values = values(chart, &nodes);
        let reason = nodes.why_not_needed();
        Ok(NvidiaDevicePluginValues {
            needed: Attr::Known(reason.is_none()),
            reason: reason.map(str::to_owned).into(),
            values_json: values.to_string().into(),
            values_yaml: yaml::print(&values).into(),
            ..config
        })
    }
}

/// Warns about nodes that would not advertise the resource although a device plugin is installed.
fn warn(chart: Chart, nodes: &Nodes, diagnostics: &mut Diagnostics) {
    if nodes.why_not_needed().is_some() || chart == Chart::GpuOperator {
        return;
    }
    let discovers = nodes.feature_discovery == Some(true);
    if !discovers && !nodes.are_found_by_labels() {
        diagnostics.warning_at(
            Path::attribute("node_labels"),
            "Device plugin may not run on the nodes",
            format!(
                "The arguments do not select the nodes. node_labels does not contain {PRESENT} = \"true\", and \
                 node_pools is empty. gfd_enabled, which installs Node Feature Discovery, is not true. The device \
                 plugin runs on the nodes only if another component labels them. Add the label to the nodes and to \
                 node_labels, or set node_pools."
            ),
        );
    }
    let is_mps = nodes.sharing.is_some_and(|sharing| sharing.strategy == Strategy::Mps);
    if is_mps && !discovers && nodes.labels.get(MPS_CAPABLE).is_none_or(|value| value != "true") {
        diagnostics.warning_at(
            Path::attribute("sharing"),
            "MPS daemon may not run on the nodes",
            format!(
                "The MPS daemon runs only on nodes with the label {MPS_CAPABLE} = \"true\", which gfd_enabled adds. \
                 Set gfd_enabled to true, or add the label to the nodes and to node_labels."
            ),
        );
    }
}

fn nodes(config: &NvidiaDevicePluginValues) -> Nodes {
    let names = |set: &Set<String>| set.known_elements().cloned().collect();
    Nodes {
        controller: config.controller.text().and_then(Controller::of).unwrap_or_default(),
        system: config.ami_family.text().and_then(System::of).unwrap_or_default(),
        labels: config.node_labels.known_members().map(|(key, value)| (key.clone(), value.clone())).collect(),
        taints: config.node_taint.iter().map(taint).collect(),
        pools: names(&config.node_pools),
        other_pools: names(&config.exclude_node_pools),
        feature_discovery: config.gfd_enabled.known().copied(),
        mig: config.mig_strategy.text().and_then(Mig::of),
        sharing: config.sharing.block().and_then(sharing),
    }
}

fn taint(input: &NodeTaint) -> Taint {
    let effect = input.effect.text().unwrap_or_default();
    // The second half of the list contains the EKS spelling of the first half, in the same order.
    let of_eks = EFFECTS.iter().position(|known| *known == effect).and_then(|at| at.checked_sub(EFFECTS.len() / 2));
    Taint {
        key: input.key.text().unwrap_or_default().to_owned(),
        effect: of_eks.map_or(effect, |at| EFFECTS[at]).to_owned(),
    }
}

fn sharing(input: &SharingInput) -> Option<Sharing> {
    Some(Sharing {
        strategy: Strategy::of(input.strategy.text()?)?,
        replicas: *input.replicas.known()?,
        rename: input.rename.known() == Some(&true),
        fail_requests_greater_than_one: input.fail_requests_greater_than_one.known().copied(),
    })
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
