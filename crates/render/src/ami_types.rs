//! The AMI types of EKS, with their operating systems and the parameters of their recommended releases. Source: the
//! enum of the EKS API, and the public Systems Manager parameters in the EKS user guide.

use serde_json::Value as Json;

/// The operating system of an AMI type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum OperatingSystem {
    /// Amazon Linux 2, whose EKS AMIs ended in November 2025.
    AmazonLinux2,
    /// Amazon Linux 2023.
    AmazonLinux2023,
    /// Bottlerocket.
    Bottlerocket,
    /// Windows Server.
    Windows,
}

/// The CPU architecture of an AMI type, in the notation of EC2.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Architecture {
    /// `x86_64`.
    X86,
    /// `arm64`.
    Arm,
}

/// The devices for which an AMI type has drivers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Accelerator {
    /// No devices.
    None,
    /// NVIDIA GPUs.
    Nvidia,
    /// AWS Inferentia and Trainium.
    Neuron,
    /// NVIDIA GPUs, or AWS Inferentia and Trainium.
    NvidiaOrNeuron,
}

/// An AMI type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AmiType {
    /// The name in the EKS API.
    pub name: &'static str,
    /// The operating system.
    pub system: OperatingSystem,
    /// The architecture.
    pub architecture: Architecture,
    /// The devices for which it has drivers.
    pub accelerator: Accelerator,
    /// Whether its cryptography is FIPS 140-3 validated.
    pub is_fips: bool,
    /// The name of the AMI in public parameters.
    published_as: &'static str,
}

/// The AMI that the launch template specifies.
pub const CUSTOM: &str = "CUSTOM";

/// Every AMI type with AMIs from AWS.
pub const AMI_TYPES: &[AmiType] = {
    use Accelerator::{Neuron, None, Nvidia, NvidiaOrNeuron};
    use Architecture::{Arm, X86};
    use OperatingSystem::{AmazonLinux2 as Al2, AmazonLinux2023 as Al2023, Bottlerocket, Windows};
    &[
        of("AL2_x86_64", Al2, X86, None, "amazon-linux-2"),
        of("AL2_x86_64_GPU", Al2, X86, NvidiaOrNeuron, "amazon-linux-2-gpu"),
        of("AL2_ARM_64", Al2, Arm, None, "amazon-linux-2-arm64"),
        of("AL2023_x86_64_STANDARD", Al2023, X86, None, "standard"),
        of("AL2023_ARM_64_STANDARD", Al2023, Arm, None, "standard"),
        of("AL2023_x86_64_NEURON", Al2023, X86, Neuron, "neuron"),
        of("AL2023_x86_64_NVIDIA", Al2023, X86, Nvidia, "nvidia"),
        of("AL2023_ARM_64_NVIDIA", Al2023, Arm, Nvidia, "nvidia"),
        of("BOTTLEROCKET_x86_64", Bottlerocket, X86, Neuron, ""),
        of("BOTTLEROCKET_ARM_64", Bottlerocket, Arm, None, ""),
        of("BOTTLEROCKET_x86_64_NVIDIA", Bottlerocket, X86, Nvidia, "-nvidia"),
        of("BOTTLEROCKET_ARM_64_NVIDIA", Bottlerocket, Arm, Nvidia, "-nvidia"),
        of("BOTTLEROCKET_x86_64_FIPS", Bottlerocket, X86, None, "-fips"),
        of("BOTTLEROCKET_ARM_64_FIPS", Bottlerocket, Arm, None, "-fips"),
        of("BOTTLEROCKET_x86_64_NVIDIA_FIPS", Bottlerocket, X86, Nvidia, "-nvidia-fips"),
        of("BOTTLEROCKET_ARM_64_NVIDIA_FIPS", Bottlerocket, Arm, Nvidia, "-nvidia-fips"),
        of("WINDOWS_CORE_2019_x86_64", Windows, X86, None, "2019-English-Core"),
        of("WINDOWS_FULL_2019_x86_64", Windows, X86, None, "2019-English-Full"),
        of("WINDOWS_CORE_2022_x86_64", Windows, X86, None, "2022-English-Core"),
        of("WINDOWS_FULL_2022_x86_64", Windows, X86, None, "2022-English-Full"),
        of("WINDOWS_CORE_2025_x86_64", Windows, X86, None, "2025-English-Core"),
        of("WINDOWS_FULL_2025_x86_64", Windows, X86, None, "2025-English-Full"),
    ]
};

/// The names of all AMI types, with `CUSTOM` last.
pub const NAMES: &[&str] = &{
    let mut names = [CUSTOM; AMI_TYPES.len() + 1];
    let mut index = 0;
    while index < AMI_TYPES.len() {
        names[index] = AMI_TYPES[index].name;
        index += 1;
    }
    names
};

/// A public Systems Manager parameter for a release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReleaseParameter {
    /// The parameter's name.
    pub name: String,
    /// Whether the value is an object with a member `release_version`. Otherwise, it is the release itself.
    json: bool,
}

const fn of(
    name: &'static str,
    system: OperatingSystem,
    architecture: Architecture,
    accelerator: Accelerator,
    published_as: &'static str,
) -> AmiType {
    AmiType { name, system, architecture, accelerator, is_fips: ends_with(name, "_FIPS"), published_as }
}

const fn ends_with(name: &str, ending: &str) -> bool {
    let (name, ending) = (name.as_bytes(), ending.as_bytes());
    let Some(start) = name.len().checked_sub(ending.len()) else { return false };
    let mut index = 0;
    while index < ending.len() {
        if name[start + index] != ending[index] {
            return false;
        }
        index += 1;
    }
    true
}

/// Returns the AMI type with this name, or `None` for `CUSTOM` and for types newer than this table.
#[must_use]
pub fn find(name: &str) -> Option<&'static AmiType> {
    AMI_TYPES.iter().find(|ami_type| ami_type.name == name)
}

impl Architecture {
    /// Returns the name in EC2 and in public parameters.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::X86 => "x86_64",
            Self::Arm => "arm64",
        }
    }
}

impl AmiType {
    /// Returns the parameter of the recommended release for a Kubernetes version such as `1.33`.
    #[must_use]
    pub fn release_parameter(&self, version: &str) -> ReleaseParameter {
        let image = self.published_as;
        let architecture = self.architecture.name();
        let name = match self.system {
            OperatingSystem::AmazonLinux2 => {
                format!("/aws/service/eks/optimized-ami/{version}/{image}/recommended/release_version")
            }
            OperatingSystem::AmazonLinux2023 => format!(
                "/aws/service/eks/optimized-ami/{version}/amazon-linux-2023/{architecture}/{image}/recommended/release_version"
            ),
            OperatingSystem::Bottlerocket => {
                format!("/aws/service/bottlerocket/aws-k8s-{version}{image}/{architecture}/latest/image_version")
            }
            // There is no parameter for only the release.
            OperatingSystem::Windows => {
                format!("/aws/service/ami-windows-latest/Windows_Server-{image}-EKS_Optimized-{version}")
            }
        };
        ReleaseParameter { name, json: self.system == OperatingSystem::Windows }
    }
}

impl ReleaseParameter {
    /// Returns the release in a value of the parameter, or `None` if the value does not have the expected form.
    #[must_use]
    pub fn release(&self, value: &str) -> Option<String> {
        let release = if self.json {
            serde_json::from_str::<Json>(value).ok()?.get("release_version")?.as_str()?.to_owned()
        } else {
            value.trim().to_owned()
        };
        (!release.is_empty()).then_some(release)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use rstest::rstest;

    use super::*;

    #[test]
    fn every_name_is_there_once() {
        assert_eq!(NAMES.len(), 23);
        assert_eq!(NAMES.iter().collect::<BTreeSet<_>>().len(), NAMES.len());
        assert_eq!(NAMES.last(), Some(&CUSTOM));
        assert!(find(CUSTOM).is_none());
        assert!(NAMES.iter().filter(|name| **name != CUSTOM).all(|name| find(name).is_some()));
    }

    #[test]
    fn name_matches_table_fields() {
        for ami_type in AMI_TYPES {
            let name = ami_type.name;
            assert_eq!(name.contains("ARM_64"), ami_type.architecture == Architecture::Arm, "{name}");
            assert_eq!(name.starts_with("BOTTLEROCKET"), ami_type.system == OperatingSystem::Bottlerocket, "{name}");
            assert_eq!(name.starts_with("WINDOWS"), ami_type.system == OperatingSystem::Windows, "{name}");
            assert_eq!(name.starts_with("AL2_"), ami_type.system == OperatingSystem::AmazonLinux2, "{name}");
            assert_eq!(name.starts_with("AL2023"), ami_type.system == OperatingSystem::AmazonLinux2023, "{name}");
            assert_eq!(name.contains("NVIDIA"), ami_type.accelerator == Accelerator::Nvidia, "{name}");
            assert_eq!(name.ends_with("_FIPS"), ami_type.is_fips, "{name}");
        }
    }

    #[rstest]
    #[case("AL2_x86_64", "/aws/service/eks/optimized-ami/1.32/amazon-linux-2/recommended/release_version")]
    #[case("AL2_x86_64_GPU", "/aws/service/eks/optimized-ami/1.32/amazon-linux-2-gpu/recommended/release_version")]
    #[case("AL2_ARM_64", "/aws/service/eks/optimized-ami/1.32/amazon-linux-2-arm64/recommended/release_version")]
    #[case(
        "AL2023_x86_64_STANDARD",
        "/aws/service/eks/optimized-ami/1.32/amazon-linux-2023/x86_64/standard/recommended/release_version"
    )]
    #[case(
        "AL2023_ARM_64_STANDARD",
        "/aws/service/eks/optimized-ami/1.32/amazon-linux-2023/arm64/standard/recommended/release_version"
    )]
    #[case(
        "AL2023_x86_64_NEURON",
        "/aws/service/eks/optimized-ami/1.32/amazon-linux-2023/x86_64/neuron/recommended/release_version"
    )]
    #[case(
        "AL2023_x86_64_NVIDIA",
        "/aws/service/eks/optimized-ami/1.32/amazon-linux-2023/x86_64/nvidia/recommended/release_version"
    )]
    #[case(
        "AL2023_ARM_64_NVIDIA",
        "/aws/service/eks/optimized-ami/1.32/amazon-linux-2023/arm64/nvidia/recommended/release_version"
    )]
    #[case("BOTTLEROCKET_x86_64", "/aws/service/bottlerocket/aws-k8s-1.32/x86_64/latest/image_version")]
    #[case("BOTTLEROCKET_ARM_64", "/aws/service/bottlerocket/aws-k8s-1.32/arm64/latest/image_version")]
    #[case("BOTTLEROCKET_x86_64_NVIDIA", "/aws/service/bottlerocket/aws-k8s-1.32-nvidia/x86_64/latest/image_version")]
    #[case("BOTTLEROCKET_ARM_64_NVIDIA", "/aws/service/bottlerocket/aws-k8s-1.32-nvidia/arm64/latest/image_version")]
    #[case("BOTTLEROCKET_x86_64_FIPS", "/aws/service/bottlerocket/aws-k8s-1.32-fips/x86_64/latest/image_version")]
    #[case("BOTTLEROCKET_ARM_64_FIPS", "/aws/service/bottlerocket/aws-k8s-1.32-fips/arm64/latest/image_version")]
    #[case(
        "BOTTLEROCKET_x86_64_NVIDIA_FIPS",
        "/aws/service/bottlerocket/aws-k8s-1.32-nvidia-fips/x86_64/latest/image_version"
    )]
    #[case(
        "BOTTLEROCKET_ARM_64_NVIDIA_FIPS",
        "/aws/service/bottlerocket/aws-k8s-1.32-nvidia-fips/arm64/latest/image_version"
    )]
    #[case(
        "WINDOWS_CORE_2019_x86_64",
        "/aws/service/ami-windows-latest/Windows_Server-2019-English-Core-EKS_Optimized-1.32"
    )]
    #[case(
        "WINDOWS_FULL_2019_x86_64",
        "/aws/service/ami-windows-latest/Windows_Server-2019-English-Full-EKS_Optimized-1.32"
    )]
    #[case(
        "WINDOWS_CORE_2022_x86_64",
        "/aws/service/ami-windows-latest/Windows_Server-2022-English-Core-EKS_Optimized-1.32"
    )]
    #[case(
        "WINDOWS_FULL_2022_x86_64",
        "/aws/service/ami-windows-latest/Windows_Server-2022-English-Full-EKS_Optimized-1.32"
    )]
    #[case(
        "WINDOWS_CORE_2025_x86_64",
        "/aws/service/ami-windows-latest/Windows_Server-2025-English-Core-EKS_Optimized-1.32"
    )]
    #[case(
        "WINDOWS_FULL_2025_x86_64",
        "/aws/service/ami-windows-latest/Windows_Server-2025-English-Full-EKS_Optimized-1.32"
    )]
    fn release_is_published_at(#[case] ami_type: &str, #[case] parameter: &str) {
        let ami_type = find(ami_type).expect("an AMI type of the table");
        assert_eq!(ami_type.release_parameter("1.32").name, parameter);
    }

    #[rstest]
    #[case("AL2023_x86_64_STANDARD", "1.33.4-20250904", Some("1.33.4-20250904"))]
    #[case("BOTTLEROCKET_ARM_64", " 1.44.0-0a1b2c3d\n", Some("1.44.0-0a1b2c3d"))]
    #[case("AL2023_x86_64_STANDARD", "", None)]
    #[case(
        "WINDOWS_CORE_2022_x86_64",
        r#"{"image_id":"ami-1","release_version":"1.33-2025.08.12"}"#,
        Some("1.33-2025.08.12")
    )]
    #[case("WINDOWS_CORE_2022_x86_64", r#"{"image_id":"ami-1"}"#, None)]
    #[case("WINDOWS_CORE_2022_x86_64", "ami-1", None)]
    fn release_is_read_from_a_value(#[case] ami_type: &str, #[case] value: &str, #[case] release: Option<&str>) {
        let parameter = find(ami_type).expect("an AMI type of the table").release_parameter("1.33");
        assert_eq!(parameter.release(value).as_deref(), release);
    }
}
