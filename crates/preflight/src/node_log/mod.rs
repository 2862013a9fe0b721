//! The console output of an EC2 instance that did not join its EKS cluster.

mod mask;

#[cfg(test)]
mod mask_tests;

pub use mask::mask;
