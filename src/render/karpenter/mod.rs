//! What Karpenter and EKS Auto Mode read: node pools and the values in them.

pub mod duration;
pub mod quantity;
pub mod requirements;
