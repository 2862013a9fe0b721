//! The user data of an `EC2NodeClass`. Karpenter parses it by AMI family and merges it with its own, which contains the
//! cluster, the labels, and the taints.
//!
//! Source: `pkg/providers/amifamily/bootstrap` of karpenter-provider-aws v1.14.1.

mod linux;
mod windows;

use crate::bottlerocket;
use crate::node::{Family, Finding, Place};
use crate::userdata;

/// Checks the user data of a node class whose AMI family, such as `AL2023`, is known. An error means that Karpenter
/// cannot parse it, or that the node cannot join with it.
#[must_use]
pub fn check(family: &str, text: &str) -> Vec<Finding> {
    let family = match family {
        "AL2" => Family::AmazonLinux2,
        "AL2023" => Family::AmazonLinux2023,
        "Bottlerocket" => Family::Bottlerocket,
        windows if windows.starts_with("Windows") => Family::Windows,
        // Karpenter passes user data of the family Custom to the instance unchanged.
        _ => return Vec::new(),
    };
    if text.trim().is_empty() {
        return Vec::new();
    }
    if is_encoded(text) {
        let text = "This is already base64-encoded. Karpenter encodes the user data again, so no software on the node \
                    can read it. Remove the function base64encode or base64gzip.";
        return vec![Finding::error(place(), text)];
    }
    match family {
        Family::AmazonLinux2 | Family::AmazonLinux2023 => linux::check(family, text),
        Family::Bottlerocket => bottlerocket::check_merged(text, &place()),
        _ => windows::check(text),
    }
}

/// The argument.
fn place() -> Place {
    Place::of("user_data")
}

/// Returns whether it is user data in base64, or compressed. Other text can look like base64 by chance.
fn is_encoded(text: &str) -> bool {
    userdata::read(text.as_bytes())
        .map_or_else(|error| error == userdata::UserdataError::Compressed, |userdata| userdata.is_base64)
}

#[cfg(test)]
mod tests;
