use framework::model::{Attr, Map, Set};

use super::super::data_source::read;
use super::super::fake::{FakeTypes, region};
use super::*;
use clients::errors::{ApiError, ErrorKind};

fn set(values: &[&str]) -> Set<String> {
    Set::of(values.iter().map(|value| (*value).to_owned()))
}

async fn found(config: NeuronInstanceTypes) -> NeuronInstanceTypes {
    read(&FakeTypes(Ok(region())), config, "us-east-1".to_owned()).await.expect("types")
}

fn all() -> NeuronInstanceTypes {
    NeuronInstanceTypes::default()
}

#[tokio::test]
async fn every_neuron_filter_excludes_other_types() {
    let (inf2, trn2, both) = (&["inf2.24xlarge"], &["trn2.48xlarge"], &["inf2.24xlarge", "trn2.48xlarge"]);
    for (config, expected) in [
        (all(), &both[..]),
        (NeuronInstanceTypes { architectures: set(&["arm64"]), ..all() }, &[]),
        (NeuronInstanceTypes { availability_zones: set(&["us-east-1c"]), ..all() }, inf2),
        (NeuronInstanceTypes { device_names: set(&["Trainium2"]), ..all() }, trn2),
        (NeuronInstanceTypes { device_names: set(&["inferentia2", "trainium2"]), ..all() }, both),
        (NeuronInstanceTypes { efa_supported: Attr::Known(true), ..all() }, trn2),
        (NeuronInstanceTypes { instance_families: set(&["inf2", "g6"]), ..all() }, inf2),
        (NeuronInstanceTypes { instance_type_patterns: set(&["trn*"]), ..all() }, trn2),
        (NeuronInstanceTypes { min_device_count: Attr::Known(6), ..all() }, both),
        (NeuronInstanceTypes { min_device_count: Attr::Known(7), ..all() }, trn2),
        (NeuronInstanceTypes { min_core_count: Attr::Known(12), ..all() }, both),
        (NeuronInstanceTypes { min_core_count: Attr::Known(13), ..all() }, trn2),
        (NeuronInstanceTypes { min_core_count: Attr::Known(129), ..all() }, &[]),
        (NeuronInstanceTypes { min_device_memory_mib: Attr::Known(32769), ..all() }, trn2),
        (NeuronInstanceTypes { usage_classes: set(&["on-demand"]), ..all() }, inf2),
    ] {
        let names: Vec<_> = found(config.clone()).await.names.known_elements().cloned().collect();
        assert_eq!(names, expected, "{config:?}");
    }
}

#[tokio::test]
async fn neuron_type_has_devices_labels_and_resources() {
    for (controller, prefix) in [("karpenter", "karpenter.k8s.aws"), ("auto_mode", "eks.amazonaws.com")] {
        let config = NeuronInstanceTypes { controller: controller.into(), device_names: set(&["trainium2"]), ..all() };
        let found = found(config).await;
        let known: Vec<_> = found.instance_types.known_elements().collect();
        let [trn2] = known.as_slice() else { panic!("{known:?}") };
        assert_eq!((trn2.family.text(), trn2.device_name.text()), (Some("trn2"), Some("trainium2")));
        assert_eq!((&trn2.device_count, &trn2.cores_per_device), (&Attr::Known(16), &Attr::Known(8)));
        assert_eq!((&trn2.core_count, &trn2.total_device_memory_mib), (&Attr::Known(128), &Attr::Known(16 * 98304)));
        let resources =
            [("aws.amazon.com/neuron", 16), ("aws.amazon.com/neuroncore", 128), ("vpc.amazonaws.com/efa", 16)];
        assert_eq!(trn2.resources, Map::of(resources.map(|(name, count)| (name.to_owned(), count))));
        let label = |suffix: &str| {
            let key = format!("{prefix}/instance-{suffix}");
            trn2.labels.known_members().find(|(known, _)| **known == key).map(|(_, value)| value.as_str())
        };
        let accelerator = ["name", "manufacturer", "count"].map(|part| label(&format!("accelerator-{part}")));
        assert_eq!(accelerator, [Some("trainium2"), Some("aws"), Some("16")]);
        assert_eq!(label("gpu-count"), None);
    }
}

#[tokio::test]
async fn error_names_region_and_devices() {
    let denied = ApiError::own(ErrorKind::Denied, "DescribeInstanceTypes", "no");
    let errors = read(&FakeTypes(Err(denied)), all(), "eu-west-1".to_owned()).await.expect_err("an error");
    let [error] = errors.iter().collect::<Vec<_>>()[..] else { panic!("{errors:?}") };
    assert_eq!(error.summary, "Unable to list the Neuron instance types in eu-west-1");
}
