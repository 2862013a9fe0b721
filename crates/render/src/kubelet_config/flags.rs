//! The kubelet flags from Kubernetes 1.23 to 1.37, from `cmd/kubelet/app/options`, `pkg/kubelet/config`, and the
//! logging libraries of each of these versions.

mod table;

pub use self::table::{FLAGS, VERSIONS};
use crate::nearest;
use crate::node::Severity;

/// Returns the finding for a flag with this name for a kubelet of this minor version, if the version is known.
#[must_use]
pub fn check(name: &str, minor: Option<u32>) -> Option<(Severity, String)> {
    let (first, last) = (*VERSIONS.start(), *VERSIONS.end());
    let is_newer = minor.is_some_and(|minor| minor > last);
    let known = FLAGS.iter().find(|(known, ..)| *known == name);
    let Some((_, since, until)) = known else {
        let mut known = FLAGS.iter().map(|(known, ..)| *known);
        let near = nearest::misspelled(name, known.clone()).or_else(|| known.find(|known| is_near(known, name)));
        let hint = near.map_or_else(String::new, |near| format!(" Did you mean --{near}?"));
        let text = format!(
            "The kubelet of Kubernetes 1.{first} to 1.{last} has no flag --{name}, and does not start with an unknown \
             flag.{hint}"
        );
        // A newer kubelet may have it, unless it is a known flag with a typo.
        let may_be_newer = is_newer || (minor.is_none() && near.is_none());
        return Some((if may_be_newer { Severity::Warning } else { Severity::Error }, text));
    };
    let (since, until) = (u32::from(*since), u32::from(*until));
    let minor = minor.filter(|minor| *minor >= first)?;
    let when = if minor > until && until < last {
        format!("it was removed after 1.{until}")
    } else if minor < since {
        format!("it is supported in 1.{since} and later")
    } else {
        return None;
    };
    let text = format!(
        "The kubelet of Kubernetes 1.{minor} has no flag --{name}, and does not start with an unknown flag: {when}. \
         Remove it, or use kubelet_config."
    );
    Some((if is_newer { Severity::Warning } else { Severity::Error }, text))
}

/// Returns the problem with a flag that only some kubelet versions support, for an unknown version.
#[must_use]
pub fn only_in_some(name: &str) -> Option<String> {
    let (_, since, until) = FLAGS.iter().find(|(known, ..)| *known == name)?;
    let ends = [
        (u32::from(*since) > *VERSIONS.start()).then(|| format!("in Kubernetes 1.{since} and later")),
        (u32::from(*until) < *VERSIONS.end()).then(|| format!("up to Kubernetes 1.{until}")),
    ];
    let ends: Vec<String> = ends.into_iter().flatten().collect();
    (!ends.is_empty()).then(|| {
        format!(
            "The kubelet supports the flag --{name} only {}, and does not start with an unknown flag. Set \
             kubernetes_version to check this.",
            ends.join(" and ")
        )
    })
}

/// Returns whether the names differ only in missing, doubled, or mistyped letters.
fn is_near(known: &str, given: &str) -> bool {
    let without = |text: &str| {
        let mut letters: Vec<char> = text.chars().filter(|letter| *letter != '-').collect();
        letters.dedup();
        letters
    };
    let (known, given) = (without(known), without(given));
    let differing = known.iter().zip(&given).filter(|(known, given)| known != given).count();
    known == given || known.len() == given.len() && known.len() > 4 && differing <= 2
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::always("node-labels", Some(33))]
    #[case::still_there("container-runtime", Some(26))]
    #[case::newer_version("node-labels", Some(99))]
    fn flag_of_the_version_is_accepted(#[case] name: &str, #[case] minor: Option<u32>) {
        assert_eq!(check(name, minor), None);
    }

    #[rstest]
    #[case::typo_without_version("vv", None, "Did you mean --v?")]
    #[case::typo("max-podz", Some(33), "Did you mean --max-pods?")]
    #[case::missing_letter_without_version("max-pod", None, "Did you mean --max-pods?")]
    #[case::nothing_near("frobnicate", Some(33), "no flag --frobnicate")]
    #[case::removed("container-runtime", Some(27), "after 1.26")]
    #[case::new("fail-cgroupv1", Some(30), "in 1.31 and later")]
    fn flag_of_another_version_is_an_error(#[case] name: &str, #[case] minor: Option<u32>, #[case] reason: &str) {
        let (severity, text) = check(name, minor).expect("a finding");
        assert_eq!(severity, Severity::Error);
        assert!(text.contains(reason), "{text}");
    }

    #[rstest]
    #[case::newer_version("frobnicate", Some(38))]
    #[case::typo_in_newer_version("max-podz", Some(38))]
    #[case::removed_before("container-runtime", Some(99))]
    #[case::version_unknown("frobnicate", None)]
    fn flag_newer_than_the_table_is_a_warning(#[case] name: &str, #[case] minor: Option<u32>) {
        assert_eq!(check(name, minor).expect("a finding").0, Severity::Warning);
    }

    #[test]
    fn flag_of_some_versions_is_told() {
        assert!(only_in_some("container-runtime").is_some_and(|text| text.contains("up to Kubernetes 1.26")));
        assert_eq!(only_in_some("v"), None);
    }
}
