//! Kubernetes versions.

/// Parses the major and minor version of a version without a patch, such as `1.33`.
#[must_use]
pub fn parse(text: &str) -> Option<(u32, u32)> {
    let (major, minor) = text.split_once('.')?;
    Some((major.parse().ok()?, minor.parse().ok()?))
}

/// Parses the major and minor version of a version with or without a patch, such as `1.33.2`.
#[must_use]
pub fn parse_release(text: &str) -> Option<(u32, u32)> {
    let (major, rest) = text.split_once('.')?;
    let (minor, _) = rest.split_once('.').unwrap_or((rest, ""));
    Some((major.parse().ok()?, minor.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patches_belong_to_releases_only() {
        assert_eq!((parse("1.33"), parse("1.33.2")), (Some((1, 33)), None));
        assert_eq!((parse_release("1.33"), parse_release("1.33.2")), (Some((1, 33)), Some((1, 33))));
        assert_eq!((parse("1"), parse("1.x"), parse_release("v1.33")), (None, None, None));
    }
}
