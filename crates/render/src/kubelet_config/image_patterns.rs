//! Patterns of images in `preloadedImagesVerificationAllowlist`. Source: `pkg/kubelet/images/pullmanager` of
//! Kubernetes, and `github.com/distribution/reference`.

/// The first minor version that accepts names without a registry, and short names of Docker Hub.
const SHORT_NAMES_SINCE: u32 = 36;

/// Returns an error if the kubelet of a minor version rejects a pattern.
pub(super) fn check(pattern: &str, minor: Option<u32>) -> Result<(), &'static str> {
    if pattern != pattern.trim() {
        return Err("must not start or end with whitespace");
    }
    if let Some(prefix) = pattern.strip_suffix("/*") {
        return match prefix {
            "" => Err("must have a registry before \"/*\""),
            _ if prefix.contains('*') => Err("must have \"*\" only at its end, after a slash"),
            _ => Ok(()),
        };
    }
    if pattern.contains('*') {
        return Err("must have \"*\" only at its end, after a slash");
    }
    let (registry, path) = split(pattern);
    if !path.split('/').all(is_component) || registry.is_some_and(|registry| !is_registry(registry)) {
        return Err("must be an image name without a tag or digest, or end with \"/*\"");
    }
    // Earlier versions compare the full form of the name.
    let is_full = match registry {
        Some("docker.io") => path.contains('/'),
        Some(registry) => registry != "index.docker.io",
        None => false,
    };
    if !is_full && minor.is_some_and(|minor| minor < SHORT_NAMES_SINCE) {
        return Err("must have a registry, and \"docker.io/library/\" for official images, in Kubernetes versions \
                    before 1.36");
    }
    Ok(())
}

/// Returns the registry, if the first component is one, and the rest.
fn split(name: &str) -> (Option<&str>, &str) {
    match name.split_once('/') {
        Some((first, rest))
            if first.contains(['.', ':'])
                || first == "localhost"
                || first.bytes().any(|byte| byte.is_ascii_uppercase()) =>
        {
            (Some(first), rest)
        }
        _ => (None, name),
    }
}

fn is_registry(text: &str) -> bool {
    let (host, port) = text.split_once(':').map_or((text, None), |(host, port)| (host, Some(port)));
    let is_label = |label: &str| {
        !label.is_empty()
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    let is_port = |port: &str| !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
    host.split('.').all(is_label) && port.is_none_or(is_port)
}

/// Lowercase letters and digits with one period, one or two underscores, or any number of hyphens between them.
fn is_component(text: &str) -> bool {
    let is_letter = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit();
    let separators = text.split(is_letter).filter(|between| !between.is_empty());
    let is_separator = |between: &str| matches!(between, "." | "_" | "__") || between.bytes().all(|byte| byte == b'-');
    text.starts_with(is_letter) && text.ends_with(is_letter) && separators.into_iter().all(is_separator)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::full("registry.example/team/app", true, true)]
    #[case::port("registry.example:5000/app", true, true)]
    #[case::official("docker.io/library/busybox", true, true)]
    #[case::short("docker.io/busybox", false, true)]
    #[case::no_registry("team/app", false, true)]
    #[case::wildcard("registry.example/*", true, true)]
    #[case::wildcard_inside("registry.example/*/app", false, false)]
    #[case::everything("*", false, false)]
    #[case::no_host("/*", false, false)]
    #[case::tag("registry.example/app:1.0", false, false)]
    #[case::digest("registry.example/app@sha256:00", false, false)]
    #[case::space(" registry.example/app", false, false)]
    #[case::uppercase("registry.example/App", false, false)]
    #[case::empty("", false, false)]
    fn patterns_are_checked_by_version(#[case] pattern: &str, #[case] earlier: bool, #[case] later: bool) {
        assert_eq!(check(pattern, Some(35)).is_ok(), earlier);
        assert_eq!((check(pattern, Some(36)).is_ok(), check(pattern, None).is_ok()), (later, later));
    }
}
