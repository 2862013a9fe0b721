//! The names of the checks, for `skip` and `skip_preflight`.

use super::CHECKS;
use super::class::CLASS_CHECKS;
use super::pool::POOL_CHECKS;
use framework::validators::{Validator, string_matching};
use render::nearest;

/// The name for all checks.
pub const ALL: &str = "all";

/// The guide to preflight checks.
const GUIDE: &str = "https://registry.terraform.io/providers/ekscompute/ekscompute/latest/docs/guides/preflight";

/// Returns the URL of the description of a check.
#[must_use]
pub fn url(check: &str) -> String {
    format!("{GUIDE}#{check}")
}

fn of_pools() -> impl Iterator<Item = &'static str> {
    POOL_CHECKS.iter().map(|check| check.name)
}

/// The names of all checks.
fn every_name() -> impl Iterator<Item = &'static str> {
    let of_classes = CLASS_CHECKS.iter().map(|check| check.name);
    CHECKS.iter().map(|check| check.name).chain(of_classes).chain(of_pools())
}

fn is_name(text: &str) -> bool {
    every_name().any(|name| name == text)
}

/// Returns a hint for an unknown check name.
fn nearest_name(text: &str) -> Option<String> {
    if text == ALL {
        return Some("To skip all checks, set mode = \"off\" instead.".to_owned());
    }
    nearest_of(text, every_name, &[])
}

/// Returns the same hint if [`ALL`] is also a valid name.
fn nearest_name_or_all(text: &str) -> Option<String> {
    nearest_of(text, every_name, &[ALL])
}

fn nearest_of<N>(text: &str, names: impl Fn() -> N, more: &[&'static str]) -> Option<String>
where
    N: Iterator<Item = &'static str>,
{
    let meant = nearest::name(text, names().chain(more.iter().copied()))
        .or_else(|| nearest::by_words(&text.replace('_', "-"), names()));
    Some(meant.map_or_else(
        || format!("{text:?} is not a check name."),
        |meant| format!("{text:?} is not a check name. Did you mean {meant:?}?"),
    ))
}

/// The name of a check.
#[must_use]
pub fn check_name() -> Validator {
    string_matching("be the name of a preflight check", is_name).or_hint(nearest_name)
}

/// The name of a check, or [`ALL`].
#[must_use]
pub fn check_name_or_all() -> Validator {
    let must = "be `all` or the name of a preflight check";
    string_matching(must, |text| text == ALL || is_name(text)).or_hint(nearest_name_or_all)
}

/// The name of a node pool check, or [`ALL`].
#[must_use]
pub fn pool_check_name_or_all() -> Validator {
    let must = "be `all` or the name of a node pool preflight check";
    string_matching(must, |text| text == ALL || of_pools().any(|name| name == text))
        .or_hint(|text| nearest_of(text, of_pools, &[ALL]))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::letters("role_exist", "\"role_exist\" is not a check name. Did you mean \"role_exists\"?")]
    #[case::words(
        "cni_policy_of_role",
        "\"cni_policy_of_role\" is not a check name. Did you mean \"role_cni_policy\"?"
    )]
    #[case::of_classes("class_subnet", "\"class_subnet\" is not a check name. Did you mean \"class_subnets\"?")]
    #[case::of_pools("pool_limit", "\"pool_limit\" is not a check name. Did you mean \"pool_limits\"?")]
    #[case::foreign("banana", "\"banana\" is not a check name.")]
    #[case::all("all", "To skip all checks, set mode = \"off\" instead.")]
    fn mistyped_name_finds_its_check(#[case] text: &str, #[case] hint: &str) {
        assert_eq!(nearest_name(text).as_deref(), Some(hint));
    }

    #[test]
    fn node_pool_hints_use_pool_check_names() {
        assert_eq!(
            nearest_of("role_exists", of_pools, &[ALL]).as_deref(),
            Some("\"role_exists\" is not a check name.")
        );
        let hint = nearest_of("pool_gpu_fraction", of_pools, &[ALL]).unwrap_or_default();
        assert!(hint.contains("\"pool_gpu_fractions\""), "{hint}");
    }
}
