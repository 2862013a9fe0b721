use framework::model::{Attr, List, Map, Set};

use super::super::data_source::read;
use super::super::fake::{FakeTypes, region};
use super::super::shared::Selection;
use super::*;
use clients::errors::{ApiError, ErrorKind};
use framework::diagnostics::Diagnostics;
use framework::path::Path;

fn set(texts: &[&str]) -> Set<String> {
    Set::of(texts.iter().map(|text| (*text).to_owned()))
}

async fn found(config: GpuInstanceTypes) -> GpuInstanceTypes {
    read(&FakeTypes(Ok(region())), config, "us-east-1".to_owned()).await.expect("types")
}

async fn names(config: GpuInstanceTypes) -> Vec<String> {
    found(config).await.names.known_elements().cloned().collect()
}

fn all() -> GpuInstanceTypes {
    GpuInstanceTypes::default()
}

#[tokio::test]
async fn filters_exclude_instance_types_that_do_not_match() {
    let kept = ["g4ad.xlarge", "g5g.metal", "g6.12xlarge", "g6f.large", "p5e.48xlarge"];
    for (config, expected) in [
        (all(), &kept[..]),
        (GpuInstanceTypes { architectures: set(&["arm64"]), ..all() }, &["g5g.metal"]),
        (GpuInstanceTypes { availability_zones: set(&["us-east-1c"]), ..all() }, &["g6.12xlarge"]),
        (GpuInstanceTypes { availability_zones: set(&["use1-az2", "x"]), ..all() }, &kept[1..4]),
        (GpuInstanceTypes { bare_metal: Attr::Known(true), ..all() }, &["g5g.metal"]),
        (GpuInstanceTypes { bare_metal: Attr::Known(false), gpu_names: set(&["T4g"]), ..all() }, &[]),
        (GpuInstanceTypes { efa_supported: Attr::Known(true), ..all() }, &["g6.12xlarge", "p5e.48xlarge"]),
        (GpuInstanceTypes { gpu_manufacturers: set(&["AMD"]), ..all() }, &["g4ad.xlarge"]),
        (GpuInstanceTypes { gpu_names: set(&["L4"]), ..all() }, &["g6.12xlarge", "g6f.large"]),
        (GpuInstanceTypes { gpu_names: set(&["radeon-pro-v520", "h200"]), ..all() }, &["g4ad.xlarge", "p5e.48xlarge"]),
        (
            GpuInstanceTypes { include_accelerators: Attr::Known(true), gpu_names: set(&["inferentia2"]), ..all() },
            &["inf2.24xlarge"],
        ),
        (
            GpuInstanceTypes { include_accelerators: Attr::Known(true), gpu_manufacturers: set(&["aws"]), ..all() },
            &["inf2.24xlarge", "trn2.48xlarge"],
        ),
        (GpuInstanceTypes { instance_families: set(&["g6", "g5g"]), ..all() }, &["g5g.metal", "g6.12xlarge"]),
        (GpuInstanceTypes { instance_type_patterns: set(&["g6*"]), ..all() }, &["g6.12xlarge", "g6f.large"]),
        (GpuInstanceTypes { instance_type_patterns: set(&["p5?.48xlarge"]), ..all() }, &["p5e.48xlarge"]),
        (
            GpuInstanceTypes { min_gpu_count: Attr::Known(1), max_gpu_count: Attr::Known(2), ..all() },
            &["g4ad.xlarge", "g5g.metal"],
        ),
        (GpuInstanceTypes { min_gpu_memory_mib: Attr::Known(22889), ..all() }, &["p5e.48xlarge"]),
        (GpuInstanceTypes { min_gpu_memory_mib: Attr::Known(22888), ..all() }, &["g6.12xlarge", "p5e.48xlarge"]),
        (GpuInstanceTypes { usage_classes: set(&["capacity-block"]), ..all() }, &["p5e.48xlarge"]),
        (GpuInstanceTypes { usage_classes: set(&[]), instance_families: set(&["p5e"]), ..all() }, &["p5e.48xlarge"]),
        (GpuInstanceTypes { controller: "auto_mode".into(), gpu_names: set(&["l4"]), ..all() }, &["g6.12xlarge"]),
    ] {
        assert_eq!(names(config.clone()).await, expected, "{config:?}");
    }
}

#[tokio::test]
async fn type_with_gpus_is_told_whole() {
    let config = GpuInstanceTypes { instance_families: set(&["g6"]), controller: "auto_mode".into(), ..all() };
    let found = found(config).await;
    let known: Vec<_> = found.instance_types.known_elements().collect();
    let [g6] = known.as_slice() else { panic!("{known:?}") };
    assert_eq!(g6.gpu_name.text(), Some("l4"));
    assert_eq!(
        (&g6.gpu_count, &g6.gpu_memory_mib, &g6.total_gpu_memory_mib),
        (&Attr::Known(4), &Attr::Known(22888), &Attr::Known(91552))
    );
    assert_eq!((&g6.local_nvme_gb, &g6.max_efa_interfaces), (&Attr::Known(3760), &Attr::Known(1)));
    assert_eq!(g6.availability_zone_ids, List::of(["use1-az1", "use1-az2", "use1-az3"].map(str::to_owned)));
    assert_eq!(
        g6.resources,
        Map::of([("nvidia.com/gpu", 4), ("vpc.amazonaws.com/efa", 1)].map(|(name, count)| (name.to_owned(), count)))
    );
    assert!(
        g6.labels.known_members().any(|(key, value)| key == "eks.amazonaws.com/instance-gpu-name" && value == "l4")
    );
    assert_eq!((&g6.accelerator_name, &g6.neuron_cores), (&Attr::Null, &Attr::Null));
}

#[tokio::test]
async fn fraction_of_a_gpu_and_other_accelerators_are_told_apart() {
    let config = GpuInstanceTypes { include_accelerators: Attr::Known(true), ..all() };
    let found = found(config).await;
    let of = |family: &str| {
        found.instance_types.known_elements().find(|known| known.family.text() == Some(family)).expect("a type")
    };
    let (g6f, inf2, p5e) = (of("g6f"), of("inf2"), of("p5e"));
    assert_eq!(g6f.gpu_fraction.known().map(ToString::to_string).as_deref(), Some("0.125"));
    assert_eq!((&g6f.gpu_count, &g6f.resources), (&Attr::Known(0), &Map::of([])));
    assert_eq!((inf2.gpu_name.text(), inf2.accelerator_name.text()), (None, Some("inferentia2")));
    assert_eq!((&inf2.accelerator_count, &inf2.neuron_cores), (&Attr::Known(6), &Attr::Known(12)));
    assert_eq!(p5e.usage_classes, List::of(["capacity-block".to_owned()]));
}

#[tokio::test]
async fn denied_read_error_lists_all_required_actions() {
    let denied = ApiError::own(ErrorKind::Denied, "DescribeInstanceTypes", "no");
    let errors = read(&FakeTypes(Err(denied)), all(), "eu-west-1".to_owned()).await.expect_err("a refusal");
    let [error] = errors.iter().collect::<Vec<_>>()[..] else { panic!("{errors:?}") };
    assert!(error.summary.contains("eu-west-1"), "{error:?}");
    assert!(error.detail.contains("ec2:DescribeInstanceTypeOfferings"), "{error:?}");
}

#[test]
fn bounds_that_exclude_each_other_are_an_error() {
    let mut diagnostics = Diagnostics::new();
    let config = GpuInstanceTypes { min_gpu_count: Attr::Known(2), max_gpu_count: Attr::Known(1), ..all() };
    config.validate(&mut diagnostics);
    assert!(diagnostics.iter().any(|message| message.path == Some(Path::attribute("max_gpu_count"))));
    let mut diagnostics = Diagnostics::new();
    GpuInstanceTypes { max_gpu_count: Attr::Known(2), ..config }.validate(&mut diagnostics);
    assert!(diagnostics.is_empty());
}
