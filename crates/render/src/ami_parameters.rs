//! The public Systems Manager parameters for the AMIs of an AMI type. Source: the EKS and Bottlerocket user guides, and
//! the paths that `GetParametersByPath` lists: one per release, and one for the recommended release.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use super::ami_types::{AmiType, OperatingSystem};

/// An AMI and its release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ami {
    /// Such as `ami-0123456789abcdef0`.
    pub image_id: String,
    /// Such as `1.33.4-20250904`, `1.44.0-0a1b2c3d`, or `1.33-2025.08.12`.
    pub release_version: String,
}

/// The parameters in which an AMI is published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Published {
    /// In two parameters: the ID and the release.
    Pair(String, String),
    /// In one parameter, an object with both.
    Document(String),
}

impl Published {
    /// Returns the parameters to read.
    #[must_use]
    pub fn names(&self) -> Vec<&str> {
        match self {
            Self::Pair(image, release) => vec![image, release],
            Self::Document(name) => vec![name],
        }
    }

    /// Returns the AMI in the values of [`Self::names`], or `None` if one of them is missing or has another form.
    #[must_use]
    pub fn read(&self, values: &[Option<String>]) -> Option<Ami> {
        let (image_id, release_version) = match (self, values) {
            (Self::Pair(..), [Some(image), Some(release)]) => (image.trim().to_owned(), release.trim().to_owned()),
            (Self::Document(_), [Some(document)]) => {
                let document: Json = serde_json::from_str(document).ok()?;
                let text = |name: &str| document.get(name)?.as_str().map(str::to_owned);
                (text("image_id")?, text("release_version")?)
            }
            _ => return None,
        };
        let is_there = image_id.starts_with("ami-") && !release_version.is_empty();
        is_there.then_some(Ami { image_id, release_version })
    }
}

impl AmiType {
    /// Returns the parameter of the recommended AMI for a Kubernetes version.
    #[must_use]
    pub fn recommended(&self, version: &str) -> Published {
        match (self.folder(version), self.system) {
            (Some(folder), OperatingSystem::Bottlerocket) => self.pair(&format!("{folder}/latest")),
            (Some(folder), _) => self.pair(&format!("{folder}/recommended")),
            (None, _) => Published::Document(self.release_parameter(version).name),
        }
    }

    /// Returns the parameter of the AMI of a release, or `None` if AWS publishes only the recommended release, or if
    /// the string is not a release.
    #[must_use]
    pub fn pinned(&self, version: &str, release: &str) -> Option<Published> {
        let folder = self.folder(version)?;
        let (number, rest) = release.split_once('-').filter(|(number, rest)| !number.is_empty() && !rest.is_empty())?;
        if !release.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-".contains(&byte)) {
            return None;
        }
        let image = match self.system {
            OperatingSystem::Bottlerocket => release.to_owned(),
            _ if !number.starts_with(&format!("{version}.")) => return None,
            _ => format!("{}-{version}-v{rest}", self.image_name()?),
        };
        Some(self.pair(&format!("{folder}/{image}")))
    }

    /// Returns the path below which every release is published, or `None` if only the recommended release is published.
    #[must_use]
    pub fn folder(&self, version: &str) -> Option<String> {
        if self.system == OperatingSystem::Windows {
            return None;
        }
        let parameter = self.release_parameter(version).name;
        parameter.rsplitn(3, '/').nth(2).map(str::to_owned)
    }

    /// Returns the AMIs among the parameters below [`Self::folder`], newest first, without duplicates.
    #[must_use]
    pub fn releases(&self, values: &BTreeMap<String, String>) -> Vec<Ami> {
        let images = values.keys().filter_map(|name| name.strip_suffix("/image_id"));
        let pairs = images.map(|folder| self.pair(folder));
        let value = |name: &str| values.get(name).cloned();
        let mut amis: Vec<Ami> =
            pairs.filter_map(|pair| pair.read(&pair.names().into_iter().map(value).collect::<Vec<_>>())).collect();
        amis.sort_by(|one, other| age(&other.release_version).cmp(&age(&one.release_version)));
        amis.dedup_by(|one, other| one.release_version == other.release_version);
        amis
    }

    fn pair(&self, folder: &str) -> Published {
        let release = if self.system == OperatingSystem::Bottlerocket { "image_version" } else { "release_version" };
        Published::Pair(format!("{folder}/image_id"), format!("{folder}/{release}"))
    }

    /// Returns the name prefix of Amazon Linux images.
    fn image_name(&self) -> Option<String> {
        match (self.system, self.name) {
            (OperatingSystem::AmazonLinux2, "AL2_x86_64") => Some("amazon-eks-node".to_owned()),
            (OperatingSystem::AmazonLinux2, "AL2_x86_64_GPU") => Some("amazon-eks-gpu-node".to_owned()),
            (OperatingSystem::AmazonLinux2, _) => Some("amazon-eks-arm64-node".to_owned()),
            (OperatingSystem::AmazonLinux2023, _) => {
                let folder = self.folder("")?;
                let variant = folder.rsplit('/').next()?;
                Some(format!("amazon-eks-node-al2023-{}-{variant}", self.architecture.name()))
            }
            _ => None,
        }
    }
}

/// Returns the sort key of a release: its numbers, then the entire string.
fn age(release: &str) -> (Vec<u64>, &str) {
    let (number, rest) = release.split_once('-').unwrap_or((release, ""));
    let numbers = number.split('.').map(|part| part.parse().unwrap_or_default());
    // Bottlerocket releases have a commit there, the others a date.
    let date = rest.chars().filter(char::is_ascii_digit).collect::<String>();
    let is_date = date.len() == 8 && rest.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    (numbers.chain(is_date.then(|| date.parse().unwrap_or_default())).collect(), release)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::ami_types::{AMI_TYPES, find};

    const EKS: &str = "/aws/service/eks/optimized-ami/1.33";
    const BOTTLEROCKET: &str = "/aws/service/bottlerocket/aws-k8s-1.33";

    fn ami_type(name: &str) -> &'static AmiType {
        find(name).expect("an AMI type of the table")
    }

    #[rstest]
    #[case(
        "AL2023_ARM_64_NVIDIA",
        EKS,
        "/amazon-linux-2023/arm64/nvidia",
        "amazon-eks-node-al2023-arm64-nvidia-1.33-v20250904"
    )]
    #[case("AL2_x86_64_GPU", EKS, "/amazon-linux-2-gpu", "amazon-eks-gpu-node-1.33-v20250904")]
    #[case("AL2_ARM_64", EKS, "/amazon-linux-2-arm64", "amazon-eks-arm64-node-1.33-v20250904")]
    #[case("AL2_x86_64", EKS, "/amazon-linux-2", "amazon-eks-node-1.33-v20250904")]
    #[case("BOTTLEROCKET_x86_64_FIPS", BOTTLEROCKET, "-fips/x86_64", "1.49.0-713f44ce")]
    fn places_are_as_published(#[case] name: &str, #[case] start: &str, #[case] folder: &str, #[case] pinned: &str) {
        let (ami_type, folder) = (ami_type(name), format!("{start}{folder}"));
        let (release, newest) = match ami_type.system {
            OperatingSystem::Bottlerocket => ("1.49.0-713f44ce", "latest/image_version"),
            _ => ("1.33.4-20250904", "recommended/release_version"),
        };
        assert_eq!(ami_type.folder("1.33"), Some(folder.clone()));
        assert_eq!(ami_type.recommended("1.33").names()[1], format!("{folder}/{newest}"));
        let pinned_at = ami_type.pinned("1.33", release).expect("a place");
        assert_eq!(pinned_at.names()[0], format!("{folder}/{pinned}/image_id"));
    }

    #[test]
    fn windows_has_one_document() {
        let windows = ami_type("WINDOWS_CORE_2022_x86_64");
        let published = windows.recommended("1.33");
        let name = "/aws/service/ami-windows-latest/Windows_Server-2022-English-Core-EKS_Optimized-1.33";
        assert_eq!(published, Published::Document(name.to_owned()));
        assert_eq!((windows.folder("1.33"), windows.pinned("1.33", "1.33-2025.08.12")), (None, None));
        let document = r#"{"image_id":"ami-1","release_version":"1.33-2025.08.12","more":1}"#.to_owned();
        let ami = Ami { image_id: "ami-1".to_owned(), release_version: "1.33-2025.08.12".to_owned() };
        assert_eq!(published.read(&[Some(document)]), Some(ami));
        assert_eq!(published.read(&[Some("ami-1".to_owned())]), None);
        assert_eq!(published.read(&[None]), None);
    }

    #[rstest]
    #[case::other_version("AL2023_x86_64_STANDARD", "1.32.4-20250904")]
    #[case::no_date("AL2023_x86_64_STANDARD", "1.33.4")]
    #[case::path("BOTTLEROCKET_x86_64", "1.49.0-../x")]
    #[case::empty("BOTTLEROCKET_x86_64", "")]
    fn invalid_release_has_no_parameter(#[case] name: &str, #[case] release: &str) {
        assert_eq!(ami_type(name).pinned("1.33", release), None);
    }

    fn listed(name: &str, values: &[(&str, &str)]) -> Vec<String> {
        let values = values.iter().map(|(name, value)| (format!("/p/{name}"), (*value).to_owned())).collect();
        let amis = ami_type(name).releases(&values).into_iter();
        amis.map(|ami| format!("{} {}", ami.release_version, ami.image_id)).collect()
    }

    #[test]
    fn releases_come_newest_first_and_once() {
        let amazon = listed(
            "AL2023_x86_64_STANDARD",
            &[
                ("a/image_id", "ami-1"),
                ("a/release_version", "1.33.4-20250904"),
                ("b/image_id", "ami-2"),
                ("b/release_version", "1.33.10-20251016"),
                ("recommended/image_id", "ami-2"),
                ("recommended/release_version", "1.33.10-20251016"),
                ("recommended/image_name", "b"),
                ("broken/image_id", "ami-3"),
            ],
        );
        assert_eq!(amazon, ["1.33.10-20251016 ami-2", "1.33.4-20250904 ami-1"]);
        let bottlerocket = listed(
            "BOTTLEROCKET_ARM_64",
            &[
                ("1.9.0-aaaaaaaa/image_id", "ami-1"),
                ("1.9.0-aaaaaaaa/image_version", "1.9.0-aaaaaaaa"),
                ("1.10.0-12345678/image_id", "ami-2"),
                ("1.10.0-12345678/image_version", "1.10.0-12345678"),
                ("1.10.0/image_id", "ami-2"),
                ("1.10.0/image_version", "1.10.0-12345678"),
            ],
        );
        assert_eq!(bottlerocket, ["1.10.0-12345678 ami-2", "1.9.0-aaaaaaaa ami-1"]);
    }

    #[test]
    fn every_type_has_a_place() {
        for ami_type in AMI_TYPES {
            assert!(ami_type.recommended("1.33").names().iter().all(|name| name.starts_with("/aws/service/")));
        }
    }
}
