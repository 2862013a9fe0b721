//! Regions and the partitions they belong to.

use render::nearest;

/// The prefixes of Region names by partition. The longest match applies.
const PARTITIONS: &[(&str, &[&str])] = &[
    ("aws-us-gov", &["us-gov-"]),
    ("aws-iso-f", &["us-isof-"]),
    ("aws-iso-e", &["eu-isoe-"]),
    ("aws-iso-b", &["us-isob-"]),
    ("aws-iso", &["us-iso-"]),
    ("aws-eusc", &["eusc-"]),
    ("aws-cn", &["cn-"]),
    ("aws", &["us-", "eu-", "ap-", "sa-", "ca-", "me-", "af-", "il-", "mx-"]),
];

/// Returns the partition of a Region, such as `aws-cn` for `cn-north-1`, or `None` if no partition has matching names.
#[must_use]
pub fn partition_of(region: &str) -> Option<&'static str> {
    let parts: Vec<_> = region.split('-').collect();
    let number = parts.last()?;
    let is_word = |part: &&str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_lowercase());
    let shaped = parts.len() >= 3
        && parts.iter().take(parts.len() - 1).all(is_word)
        && !number.is_empty()
        && number.bytes().all(|byte| byte.is_ascii_digit());
    let fits = |prefixes: &[&str]| prefixes.iter().any(|prefix| region.starts_with(prefix));
    PARTITIONS.iter().find(|(_, prefixes)| shaped && fits(prefixes)).map(|(partition, _)| *partition)
}

/// The Regions known to this version. AWS adds Regions, so a name that is not in the list can be valid. Source: AWS
/// General Reference, Regions of each partition.
const KNOWN: &[&str] = &[
    "af-south-1",
    "ap-east-1",
    "ap-east-2",
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-south-1",
    "ap-south-2",
    "ap-southeast-1",
    "ap-southeast-2",
    "ap-southeast-3",
    "ap-southeast-4",
    "ap-southeast-5",
    "ap-southeast-6",
    "ap-southeast-7",
    "ca-central-1",
    "ca-west-1",
    "cn-north-1",
    "cn-northwest-1",
    "eu-central-1",
    "eu-central-2",
    "eu-isoe-west-1",
    "eu-north-1",
    "eu-south-1",
    "eu-south-2",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "eusc-de-east-1",
    "il-central-1",
    "me-central-1",
    "me-south-1",
    "mx-central-1",
    "sa-east-1",
    "us-east-1",
    "us-east-2",
    "us-gov-east-1",
    "us-gov-west-1",
    "us-iso-east-1",
    "us-iso-west-1",
    "us-isob-east-1",
    "us-isob-west-1",
    "us-isof-east-1",
    "us-isof-south-1",
    "us-west-1",
    "us-west-2",
];

/// Returns the most similar known Region if a name differs from all known Regions in more than its number. Returns
/// `None` for a known Region, and for another Region in a known location.
#[must_use]
pub fn probably_meant(region: &str) -> Option<&'static str> {
    let place = |region: &str| region.trim_end_matches(|letter: char| letter.is_ascii_digit()).to_owned();
    let is_familiar = KNOWN.iter().any(|known| place(known) == place(region));
    if is_familiar { None } else { nearest::by_distance(region, KNOWN.iter().copied()).into_iter().next() }
}

/// Returns the Region for an error message.
pub(super) fn described(region: &str) -> String {
    match probably_meant(region) {
        Some(known) => format!(
            " (Region {region}, which this version of the provider does not recognize; the closest match is {known})"
        ),
        None => format!(" (Region {region})"),
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("us-east-1", Some("aws"))]
    #[case("ap-southeast-7", Some("aws"))]
    #[case("mx-central-1", Some("aws"))]
    #[case("cn-northwest-1", Some("aws-cn"))]
    #[case("us-gov-west-1", Some("aws-us-gov"))]
    #[case("us-iso-east-1", Some("aws-iso"))]
    #[case("us-isob-east-1", Some("aws-iso-b"))]
    #[case("eusc-de-east-1", Some("aws-eusc"))]
    #[case("us-east", None)]
    #[case("us-east-1a", None)]
    #[case("mars-north-1", None)]
    #[case("US-EAST-1", None)]
    #[case("", None)]
    fn region_has_a_partition(#[case] region: &str, #[case] partition: Option<&str>) {
        assert_eq!(partition_of(region), partition);
    }

    #[rstest]
    #[case("eu-wset-1", Some("eu-west-1"))]
    #[case("us-esat-2", Some("us-east-2"))]
    #[case("eu-west-1", None)]
    #[case("eu-west-9", None)]
    #[case("eu-central-12", None)]
    fn typing_error_is_told_from_a_new_region(#[case] region: &str, #[case] meant: Option<&str>) {
        assert_eq!(probably_meant(region), meant);
    }

    #[test]
    fn known_regions_have_a_partition() {
        let strange: Vec<_> = KNOWN.iter().filter(|region| partition_of(region).is_none()).collect();
        assert!(strange.is_empty(), "{strange:?}");
    }
}
