//! The AMI type includes drivers for the devices of the instance types, and the instance types have devices for its
//! drivers.

use crate::derived::{ami_type, instance_types};
use crate::facts::{Facts, Family, InstanceType, Skip};
use crate::finding::{CheckFindings, Effect, Finding};
use crate::{Check, Input, Kind, Subject};
use render::ami_types::{Accelerator, AmiType, Architecture, OperatingSystem};

pub(super) const CHECK: Check = Check {
    name: "instance_types_accelerator",
    finds: "Reports instance types with GPUs, Inferentia, or Trainium whose AMI type does not include their drivers. \
            Also reports AMI types for such devices with instance types that do not have them.",
    kinds: &[Kind::NodeGroup],
    inputs: &[Input::AmiType, Input::InstanceTypes, Input::LaunchTemplate],
    reads: &[Family::Template, Family::InstanceType],
    effects: &[Effect::Warns],
    run,
};

fn run(subject: &Subject, facts: &Facts, verdicts: &mut CheckFindings) -> Result<(), Skip> {
    // If no AMI type is set, EKS selects a compatible one. On Windows, user data installs the drivers.
    let Some(ami_type) = ami_type(subject)?.filter(|ami_type| ami_type.system != OperatingSystem::Windows) else {
        return Ok(());
    };
    let (types, _) = instance_types(subject, facts)?;
    let path = &subject.ami_type.path;
    let name = ami_type.name;
    let list = |types: &[&&InstanceType]| types.iter().map(|found| found.name.as_str()).collect::<Vec<_>>().join(", ");
    let (nvidia, neuron) = drivers(ami_type);
    let without_drivers: Vec<_> = types.iter().filter(|found| has_nvidia(found) && !nvidia).collect();
    if !without_drivers.is_empty() {
        let found = format!(
            "These instance types have NVIDIA GPUs: {}. {name} does not include the GPU driver.",
            list(&without_drivers)
        );
        let why = "Nodes join, but do not advertise nvidia.com/gpu.";
        let fix = format!("Set ami_type to {}.", for_nvidia(ami_type));
        verdicts.warning(path, Finding::new("AMI type does not include the GPU driver", found, why, fix));
    }
    let without_drivers: Vec<_> = types.iter().filter(|found| found.neuron && !neuron).collect();
    if !without_drivers.is_empty() {
        let found = format!(
            "These instance types have AWS Inferentia or Trainium chips: {}. {name} does not include the Neuron \
             driver.",
            list(&without_drivers)
        );
        let why = "Nodes join, but do not advertise aws.amazon.com/neuron.";
        let fix = "Set ami_type to AL2023_x86_64_NEURON or BOTTLEROCKET_x86_64.";
        verdicts.warning(path, Finding::new("AMI type does not include the Neuron driver", found, why, fix));
    }
    if !is_for_devices(name) {
        return Ok(());
    }
    let useless: Vec<_> =
        types.iter().filter(|found| !(has_nvidia(found) && nvidia || found.neuron && neuron)).collect();
    // A missing driver is reported above.
    let useless: Vec<_> = useless.into_iter().filter(|found| !has_nvidia(found) && !found.neuron).collect();
    if !useless.is_empty() {
        let found =
            format!("{name} includes drivers for devices that these instance types do not have: {}.", list(&useless));
        let why = "Nodes join, but their volumes contain unused drivers.";
        let fix = format!("Set ami_type to {}, or use instance types with these devices.", plain(ami_type));
        verdicts.warning(path, Finding::new("AMI type includes unused device drivers", found, why, fix));
    }
    Ok(())
}

fn has_nvidia(found: &InstanceType) -> bool {
    found.gpu_makers.iter().any(|maker| maker.eq_ignore_ascii_case("NVIDIA"))
}

/// Returns whether it includes drivers for NVIDIA, and for Neuron.
fn drivers(ami_type: &AmiType) -> (bool, bool) {
    match ami_type.accelerator {
        Accelerator::None => (false, false),
        Accelerator::Nvidia => (true, false),
        Accelerator::Neuron => (false, true),
        Accelerator::NvidiaOrNeuron => (true, true),
    }
}

/// Returns whether the AMI type is intended for devices. The standard Bottlerocket AMI type, which includes a Neuron
/// driver, is not.
fn is_for_devices(name: &str) -> bool {
    ["NVIDIA", "NEURON", "GPU"].iter().any(|device| name.contains(device))
}

fn for_nvidia(ami_type: &AmiType) -> &'static str {
    match (ami_type.system, ami_type.architecture, ami_type.is_fips) {
        (OperatingSystem::Bottlerocket, Architecture::Arm, false) => "BOTTLEROCKET_ARM_64_NVIDIA",
        (OperatingSystem::Bottlerocket, Architecture::Arm, true) => "BOTTLEROCKET_ARM_64_NVIDIA_FIPS",
        (OperatingSystem::Bottlerocket, Architecture::X86, false) => "BOTTLEROCKET_x86_64_NVIDIA",
        (OperatingSystem::Bottlerocket, Architecture::X86, true) => "BOTTLEROCKET_x86_64_NVIDIA_FIPS",
        (_, Architecture::Arm, _) => "AL2023_ARM_64_NVIDIA",
        (_, Architecture::X86, _) => "AL2023_x86_64_NVIDIA",
    }
}

fn plain(ami_type: &AmiType) -> &'static str {
    match (ami_type.system, ami_type.architecture) {
        (OperatingSystem::Bottlerocket, Architecture::Arm) => "BOTTLEROCKET_ARM_64",
        (OperatingSystem::Bottlerocket, Architecture::X86) => "BOTTLEROCKET_x86_64",
        (_, Architecture::Arm) => "AL2023_ARM_64_STANDARD",
        (_, Architecture::X86) => "AL2023_x86_64_STANDARD",
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::super::testing::{fires, instance_type, is_silent, node_group};
    use super::*;
    use crate::facts::{Fact, FactResult};

    fn gpu(maker: &str) -> InstanceType {
        InstanceType { gpu_makers: vec![maker.to_owned()], ..instance_type("gpu.large", "x86_64") }
    }

    fn neuron() -> InstanceType {
        InstanceType { neuron: true, ..instance_type("neuron.large", "x86_64") }
    }

    #[rstest]
    #[case::plain("AL2023_x86_64_STANDARD", instance_type("a", "x86_64"), None)]
    #[case::gpu("AL2023_x86_64_NVIDIA", gpu("NVIDIA"), None)]
    #[case::gpu_on_al2("AL2_x86_64_GPU", gpu("NVIDIA"), None)]
    #[case::gpu_on_windows("WINDOWS_CORE_2022_x86_64", gpu("NVIDIA"), None)]
    #[case::neuron("AL2023_x86_64_NEURON", neuron(), None)]
    #[case::neuron_on_bottlerocket("BOTTLEROCKET_x86_64", neuron(), None)]
    #[case::neuron_on_al2("AL2_x86_64_GPU", neuron(), None)]
    #[case::plain_bottlerocket("BOTTLEROCKET_x86_64", instance_type("a", "x86_64"), None)]
    #[case::amd("AL2023_x86_64_STANDARD", gpu("AMD"), None)]
    #[case::gpu_without_driver("AL2023_x86_64_STANDARD", gpu("NVIDIA"), Some("Set ami_type to AL2023_x86_64_NVIDIA."))]
    #[case::gpu_bottlerocket("BOTTLEROCKET_x86_64_FIPS", gpu("NVIDIA"), Some("BOTTLEROCKET_x86_64_NVIDIA_FIPS"))]
    #[case::gpu_with_neuron_driver("AL2023_x86_64_NEURON", gpu("NVIDIA"), Some("nvidia.com/gpu"))]
    #[case::neuron_without_driver("AL2023_x86_64_STANDARD", neuron(), Some("AL2023_x86_64_NEURON"))]
    #[case::no_gpu(
        "AL2023_x86_64_NVIDIA",
        instance_type("a", "x86_64"),
        Some("Set ami_type to AL2023_x86_64_STANDARD")
    )]
    #[case::amd_with_nvidia_driver("AL2023_x86_64_NVIDIA", gpu("AMD"), Some("do not have: gpu.large"))]
    #[case::no_neuron("AL2023_x86_64_NEURON", instance_type("a", "x86_64"), Some("unused drivers"))]
    fn drivers_and_devices(#[case] ami_type: &str, #[case] found: InstanceType, #[case] words: Option<&str>) {
        let name = found.name.clone();
        let world = node_group()
            .of_ami_type(ami_type)
            .of_types(&[&name])
            .with(Fact::InstanceType(name.clone(), FactResult::Known(found)));
        match words {
            Some(words) => fires(&CHECK, &world, Effect::Warns, "ami_type", &[words, &name]),
            None => is_silent(&CHECK, &world),
        }
    }

    #[test]
    fn unset_ami_type_has_no_finding() {
        let name = "gpu.large".to_owned();
        is_silent(
            &CHECK,
            &node_group().of_types(&[&name]).with(Fact::InstanceType(name.clone(), FactResult::Known(gpu("NVIDIA")))),
        );
    }
}
