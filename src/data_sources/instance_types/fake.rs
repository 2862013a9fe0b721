//! A fake for AWS.

use std::sync::Arc;

use async_trait::async_trait;

use super::client::InstanceTypesClient;
use clients::errors::ApiError;
use render::karpenter::instance_type::{Accelerator, Gpu, InstanceType, LocalDisks, Network, Neuron, Offer, Zone};

/// Types and their zones, or an error.
pub(super) struct FakeTypes(pub(super) Result<Vec<Offer>, ApiError>);

#[async_trait]
impl InstanceTypesClient for FakeTypes {
    async fn offers(&self) -> Result<Arc<Vec<Offer>>, ApiError> {
        self.0.clone().map(Arc::new)
    }
}

fn host(name: &str, architecture: &str, vcpus: i64) -> InstanceType {
    InstanceType {
        name: name.to_owned(),
        architectures: vec![architecture.to_owned()],
        vcpus,
        memory_mib: vcpus * 4096,
        hypervisor: "nitro".to_owned(),
        network: Network { performance: "Up to 10 Gigabit".to_owned(), ..Network::default() },
        usage_classes: ["on-demand", "spot"].map(str::to_owned).into(),
        ..InstanceType::default()
    }
}

fn gpus(name: &str, manufacturer: &str, count: i64, memory_mib: i64) -> Vec<Gpu> {
    let fraction = Some(if count == 0 { 0.125 } else { 1.0 });
    vec![Gpu { name: name.to_owned(), manufacturer: manufacturer.to_owned(), count, fraction, memory_mib }]
}

fn offer(instance_type: InstanceType, zones: &[u8]) -> Offer {
    let zone = |number: &u8| Zone {
        name: format!("us-east-1{}", char::from(b'a' + number - 1)),
        id: format!("use1-az{number}"),
    };
    Offer { instance_type, zones: zones.iter().map(zone).collect() }
}

/// A small Region, in the order of the real client.
pub(super) fn region() -> Vec<Offer> {
    let g4ad = InstanceType {
        gpus: gpus("Radeon Pro V520", "AMD", 1, 8192),
        total_gpu_memory_mib: Some(8192),
        ..host("g4ad.xlarge", "x86_64", 4)
    };
    let g5g = InstanceType {
        gpus: gpus("T4g", "NVIDIA", 2, 16384),
        total_gpu_memory_mib: Some(32768),
        bare_metal: true,
        hypervisor: String::new(),
        ..host("g5g.metal", "arm64", 64)
    };
    let g6 = InstanceType {
        gpus: gpus("L4", "NVIDIA", 4, 22888),
        total_gpu_memory_mib: Some(91552),
        local_disks: Some(LocalDisks { total_gb: 3760, nvme: true }),
        network: Network {
            efa: true,
            most_efa_interfaces: 1,
            performance: "40 Gigabit".to_owned(),
            ..Network::default()
        },
        ..host("g6.12xlarge", "x86_64", 48)
    };
    let g6f = InstanceType {
        gpus: gpus("L4", "NVIDIA", 0, 2861),
        total_gpu_memory_mib: Some(2861),
        ..host("g6f.large", "x86_64", 2)
    };
    let inf2 = InstanceType {
        neurons: vec![Neuron { name: "Inferentia2".to_owned(), count: 6, cores: 2, memory_mib: 32768 }],
        accelerators: vec![Accelerator {
            name: "Inferentia2".to_owned(),
            manufacturer: "AWS".to_owned(),
            count: 6,
            memory_mib: 32768,
        }],
        ..host("inf2.24xlarge", "x86_64", 96)
    };
    let p5e = InstanceType {
        gpus: gpus("H200", "NVIDIA", 8, 144_384),
        total_gpu_memory_mib: Some(1_155_072),
        usage_classes: vec!["capacity-block".to_owned()],
        network: Network {
            efa: true,
            most_efa_interfaces: 32,
            performance: "3200 Gigabit".to_owned(),
            ..Network::default()
        },
        ..host("p5e.48xlarge", "x86_64", 192)
    };
    let trn2 = InstanceType {
        neurons: vec![Neuron { name: "Trainium2".to_owned(), count: 16, cores: 8, memory_mib: 98304 }],
        usage_classes: vec!["capacity-block".to_owned()],
        network: Network { efa: true, most_efa_interfaces: 16, ..Network::default() },
        ..host("trn2.48xlarge", "x86_64", 192)
    };
    vec![
        offer(g4ad, &[1]),
        offer(g5g, &[1, 2]),
        offer(g6, &[1, 2, 3]),
        offer(g6f, &[2]),
        offer(inf2, &[3]),
        offer(p5e, &[]),
        offer(trn2, &[1]),
    ]
}
