//! The names of the checks, for `skip` and `skip_preflight`.

use super::CHECKS;
use super::pool::POOL_CHECKS;
use crate::framework::validators::{Validator, text_that};

/// What stands for every check.
pub const ALL: &str = "all";

fn is_name(text: &str) -> bool {
    CHECKS.iter().any(|check| check.name == text) || POOL_CHECKS.iter().any(|check| check.name == text)
}

/// The name of a check.
#[must_use]
pub fn check_name() -> Validator {
    text_that("be the name of a preflight check, as the guide to preflight checks lists them", is_name)
}

/// The name of a check, or [`ALL`].
#[must_use]
pub fn check_name_or_all() -> Validator {
    let must = "be `all` or the name of a preflight check, as the guide to preflight checks lists them";
    text_that(must, |text| text == ALL || is_name(text))
}
