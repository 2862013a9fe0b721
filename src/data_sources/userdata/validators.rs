//! Validators of single arguments.

use framework::validators::{Validator, one_of_names, string_matching};
use render::ami_types::{self, CUSTOM};
use render::families;

pub(super) const MODES: &[&str] = &["merge", "managed_ami", "self_managed"];
/// The element of `skip_checks` that skips all checks.
pub(super) const ALL_CHECKS: &str = "all";
pub(super) const CHECKS: &[&str] = &["bottlerocket", "containerd", "kubelet", "nodeadm", ALL_CHECKS];
pub(super) const EFFECTS: &[&str] = &["NO_SCHEDULE", "PREFER_NO_SCHEDULE", "NO_EXECUTE"];

pub(super) fn ami_type() -> Validator {
    one_of_names(type_names())
}

fn type_names() -> impl Iterator<Item = &'static str> {
    renderable().map(|ami_type| ami_type.name).chain([CUSTOM])
}

pub(super) fn account() -> Validator {
    let is_account = |text: &str| text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit());
    string_matching("be an AWS account ID of 12 digits", is_account)
}

pub(super) fn tag() -> Validator {
    string_matching("be an image tag of letters, digits, hyphens, underscores, and dots", |text| {
        let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
        !text.is_empty() && text.len() <= 128 && text.bytes().all(is_letter)
    })
}

/// The AMI types whose operating system is supported.
fn renderable() -> impl Iterator<Item = &'static ami_types::AmiType> {
    ami_types::AMI_TYPES
        .iter()
        .filter(|ami_type| families::FAMILIES.iter().any(|(_, family, _)| *family == ami_type.system.into()))
}
