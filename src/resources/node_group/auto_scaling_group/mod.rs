//! Applies the block `auto_scaling_group`: settings of the Auto Scaling group that EKS creates for a node group, and that
//! EKS leaves to the user.
//!
//! Only what is configured is managed. The values from before are kept in the private data of the resource, and return
//! when an argument is removed. Without the block, no API is called.
//!
//! Sizes, subnets, launch template, instance types, warm pool, and instance refresh belong to EKS: it overwrites them,
//! or reports the node group as degraded. The maximum instance lifetime is omitted, because it is not certain that EKS
//! drains the nodes that it replaces.

mod apply;
mod changes;
mod originals;
mod plan;
mod protection;
mod read;
mod rebalancing;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod update_tests;
mod validation;
#[cfg(test)]
mod validation_tests;

pub(super) use apply::{apply, attempted, unprotect};
pub(super) use plan::check;
pub(super) use read::read;
pub(super) use rebalancing::resume;
pub(super) use validation::together;

use framework::path::Path;

/// The block.
const BLOCK: &str = "auto_scaling_group";

/// Returns the path of an argument of the block.
fn argument(name: &str) -> Path {
    Path::attribute(BLOCK).index(0).then(name)
}
