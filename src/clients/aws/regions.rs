//! Regions and the partitions they belong to.

/// The prefixes of region names by partition; the longest one that fits counts.
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

/// The partition of a region, e.g. `aws-cn` of `cn-north-1`; none if no partition names its regions like this.
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
}
