//! Converts a `DescribeInstanceTypes` response to the plain type.

use aws_sdk_ec2::types::{EbsOptimizedSupport, EphemeralNvmeSupport, InstanceTypeInfo, NetworkInfo};

use super::text;
use render::karpenter::instance_type::{Accelerator, Gpu, InstanceType, LocalDisks, Network, NetworkCard, Neuron};

fn number(value: Option<i32>) -> i64 {
    value.unwrap_or_default().into()
}

#[allow(clippy::cast_possible_truncation, reason = "a clock speed in MHz is within the range")]
fn mhz(gigahertz: f64) -> i64 {
    (gigahertz * 1000.0).round() as i64
}

pub(super) fn instance_type(info: &InstanceTypeInfo) -> InstanceType {
    let processor = info.processor_info();
    let architectures = processor.map(|processor| processor.supported_architectures()).unwrap_or_default();
    let gpus = info.gpu_info();
    let neurons = info.neuron_info().map(|info| info.neuron_devices()).unwrap_or_default();
    let accelerators = info.inference_accelerator_info().map(|info| info.accelerators()).unwrap_or_default();
    let by_default = |support: &EbsOptimizedSupport| *support == EbsOptimizedSupport::Default;
    let ebs = info.ebs_info().filter(|ebs| ebs.ebs_optimized_support().is_some_and(by_default));
    let bandwidth = ebs.and_then(|ebs| ebs.ebs_optimized_info()).and_then(|ebs| ebs.maximum_bandwidth_in_mbps());
    InstanceType {
        name: text(info.instance_type().map(|name| name.as_str())),
        architectures: architectures.iter().map(|architecture| architecture.as_str().to_owned()).collect(),
        cpu_manufacturer: processor.and_then(|processor| processor.manufacturer()).map(str::to_owned),
        clock_mhz: processor.and_then(|processor| processor.sustained_clock_speed_in_ghz()).map(mhz),
        vcpus: number(info.v_cpu_info().and_then(|cpus| cpus.default_v_cpus())),
        memory_mib: info.memory_info().and_then(|memory| memory.size_in_mib()).unwrap_or_default(),
        gpus: gpus.map(|info| info.gpus()).unwrap_or_default().iter().map(gpu).collect(),
        total_gpu_memory_mib: gpus.and_then(|info| info.total_gpu_memory_in_mib()).map(i64::from),
        neurons: neurons.iter().map(neuron).collect(),
        accelerators: accelerators.iter().map(accelerator).collect(),
        local_disks: info.instance_storage_info().map(|disks| LocalDisks {
            total_gb: disks.total_size_in_gb().unwrap_or_default(),
            nvme: disks.nvme_support() != Some(&EphemeralNvmeSupport::Unsupported),
        }),
        ebs_bandwidth: bandwidth.map(i64::from),
        network: info.network_info().map(network).unwrap_or_default(),
        hypervisor: text(info.hypervisor().map(|hypervisor| hypervisor.as_str())),
        bare_metal: info.bare_metal().unwrap_or_default(),
        usage_classes: info.supported_usage_classes().iter().map(|class| class.as_str().to_owned()).collect(),
    }
}

fn gpu(info: &aws_sdk_ec2::types::GpuDeviceInfo) -> Gpu {
    Gpu {
        name: text(info.name()),
        manufacturer: text(info.manufacturer()),
        count: number(info.count()),
        fraction: info.gpu_partition_size(),
        memory_mib: number(info.memory_info().and_then(|memory| memory.size_in_mib())),
    }
}

fn neuron(info: &aws_sdk_ec2::types::NeuronDeviceInfo) -> Neuron {
    Neuron {
        name: text(info.name()),
        count: number(info.count()),
        cores: number(info.core_info().and_then(|cores| cores.count())),
        memory_mib: number(info.memory_info().and_then(|memory| memory.size_in_mib())),
    }
}

fn accelerator(info: &aws_sdk_ec2::types::InferenceDeviceInfo) -> Accelerator {
    Accelerator {
        name: text(info.name()),
        manufacturer: text(info.manufacturer()),
        count: number(info.count()),
        memory_mib: number(info.memory_info().and_then(|memory| memory.size_in_mib())),
    }
}

fn network(info: &NetworkInfo) -> Network {
    let card = |card: &aws_sdk_ec2::types::NetworkCardInfo| NetworkCard {
        index: number(card.network_card_index()),
        most_interfaces: number(card.maximum_network_interfaces()),
    };
    Network {
        performance: text(info.network_performance()),
        efa: info.efa_supported().unwrap_or_default(),
        most_efa_interfaces: number(info.efa_info().and_then(|efa| efa.maximum_efa_interfaces())),
        cards: info.network_cards().iter().map(card).collect(),
        encrypts_in_transit: info.encryption_in_transit_supported().unwrap_or_default(),
    }
}
