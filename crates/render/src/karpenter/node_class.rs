//! Constraints on single values in the definitions of `EC2NodeClass` (Karpenter 1.15.2) and EKS Auto Mode's
//! `NodeClass`.

/// AMI families, in the spelling of an alias and of `amiFamily`.
pub const FAMILIES: [(&str, &str); 6] = [
    ("al2", "AL2"),
    ("al2023", "AL2023"),
    ("bottlerocket", "Bottlerocket"),
    ("windows2019", "Windows2019"),
    ("windows2022", "Windows2022"),
    ("windows2025", "Windows2025"),
];

/// Tag keys that Karpenter sets. It also rejects keys that start with `kubernetes.io/cluster`.
pub const RESERVED_TAGS: [&str; 4] =
    ["eks:eks-cluster-name", "karpenter.sh/nodepool", "karpenter.sh/nodeclaim", "karpenter.k8s.aws/ec2nodeclass"];

/// Tag keys that EKS Auto Mode sets.
pub const RESERVED_TAGS_OF_AUTO_MODE: [&str; 5] = [
    "karpenter.sh/provisioner-name",
    "karpenter.sh/nodepool",
    "karpenter.sh/nodeclaim",
    "karpenter.sh/managed-by",
    "eks.amazonaws.com/nodeclass",
];

/// Returns the family and the version of an alias, `family@version`.
#[must_use]
pub fn alias(text: &str) -> Option<(&str, &str)> {
    let (family, version) = text.split_once('@')?;
    let is_word = !family.is_empty() && family.bytes().all(|byte| byte.is_ascii_alphanumeric());
    (is_word && !version.is_empty()).then_some((family, version))
}

/// Returns the family of an alias in the spelling of `amiFamily`.
#[must_use]
pub fn family_of_alias(text: &str) -> Option<&'static str> {
    let (family, _) = alias(text)?;
    FAMILIES.iter().find(|(name, _)| *name == family).map(|(_, name)| *name)
}

/// Returns the family for a value of `amiFamily` in the spelling of an alias, or `None` for a family without aliases.
#[must_use]
pub fn alias_family(family: &str) -> Option<&'static str> {
    FAMILIES.iter().find(|(_, name)| *name == family).map(|(name, _)| *name)
}

/// The family of a class that sets neither a family nor AMIs.
pub const DEFAULT_FAMILY: &str = "AL2023";

/// Returns the alias of a class that does not set AMIs, or `None` for a family whose latest AMIs are not intended for
/// GPU nodes.
#[must_use]
pub fn default_alias(family: &str) -> Option<&'static str> {
    match family {
        DEFAULT_FAMILY => Some("al2023@latest"),
        "Bottlerocket" => Some("bottlerocket@latest"),
        _ => None,
    }
}

/// Returns the device that holds images and pods, or `None` if the family does not have a separate device.
#[must_use]
pub fn images_device(family: &str) -> Option<&'static str> {
    match family {
        "AL2" | "AL2023" => Some("/dev/xvda"),
        "Bottlerocket" => Some("/dev/xvdb"),
        "Windows2019" | "Windows2022" | "Windows2025" => Some("/dev/sda1"),
        _ => None,
    }
}

/// Returns the operating system device, or `None` if the family does not determine it.
#[must_use]
pub fn system_device(family: &str) -> Option<&'static str> {
    match family {
        "Bottlerocket" => Some("/dev/xvda"),
        _ => images_device(family),
    }
}

/// Returns the number and the unit of a volume size.
fn size(text: &str) -> Option<(u32, &str)> {
    let digits = text.find(|character: char| !character.is_ascii_digit())?;
    let (number, unit) = text.split_at(digits);
    let number = number.parse().ok().filter(|_| !number.starts_with('0'))?;
    Some((number, unit))
}

/// Returns whether a volume can have the size: 1 to 59000Gi, 64000G, 58Ti, or 64T.
#[must_use]
pub fn is_volume_size(text: &str) -> bool {
    size(text).is_some_and(|(number, unit)| {
        let most = match unit {
            "Gi" => 59_000,
            "G" => 64_000,
            "Ti" => 58,
            "T" => 64,
            _ => 0,
        };
        (1..=most).contains(&number)
    })
}

/// Returns whether Karpenter's definition accepts the size. Its pattern excludes 18, 19, 28, 29, 38, 39, 48, and 49
/// `Ti`.
#[must_use]
pub fn is_volume_size_of_karpenter(text: &str) -> bool {
    let left_out =
        size(text).is_some_and(|(number, unit)| unit == "Ti" && (10..50).contains(&number) && number % 10 > 7);
    is_volume_size(text) && !left_out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_alias_has_a_family_and_a_version() {
        assert_eq!(alias("al2023@v20260801"), Some(("al2023", "v20260801")));
        assert_eq!(alias("al2023@a@b"), Some(("al2023", "a@b")));
        for text in ["al2023", "al2023@", "@latest", "al-2023@latest"] {
            assert_eq!(alias(text), None, "{text}");
        }
        assert_eq!(family_of_alias("bottlerocket@latest"), Some("Bottlerocket"));
        assert_eq!(family_of_alias("AL2023@latest"), None);
        for (name, family) in FAMILIES {
            assert_eq!(alias_family(family), Some(name));
            assert!(default_alias(family).is_none_or(|alias| family_of_alias(alias) == Some(family)), "{family}");
        }
        assert_eq!((alias_family("Custom"), default_alias("Custom")), (None, None));
    }

    #[test]
    fn volume_sizes_respect_limits_and_karpenter_pattern() {
        for text in ["1Gi", "300Gi", "59000Gi", "64000G", "58Ti", "17Ti", "50Ti", "64T"] {
            assert!(is_volume_size(text) && is_volume_size_of_karpenter(text), "{text}");
        }
        for text in ["", "Ti", "0Gi", "01Gi", "300", "300GB", "300Mi", "59001Gi", "64001G", "59Ti", "65T", "1.5Ti"] {
            assert!(!is_volume_size(text) && !is_volume_size_of_karpenter(text), "{text}");
        }
        for text in ["18Ti", "19Ti", "28Ti", "49Ti"] {
            assert!(is_volume_size(text) && !is_volume_size_of_karpenter(text), "{text}");
        }
    }

    #[test]
    fn images_of_bottlerocket_are_on_its_second_device() {
        assert_eq!(images_device("Bottlerocket"), Some("/dev/xvdb"));
        assert_eq!(images_device("AL2023"), Some("/dev/xvda"));
        assert_eq!(images_device("Custom"), None);
    }
}
