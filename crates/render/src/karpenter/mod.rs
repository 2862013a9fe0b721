//! Karpenter and EKS Auto Mode: node pools and node classes, and the values in them.

pub mod auto_mode;
pub mod controller;
pub mod duration;
pub mod form;
pub mod instance_labels;
pub mod instance_type;
pub mod kubelet;
pub mod node_class;
pub mod node_pool;
pub mod quantity;
pub mod releases;
pub mod requirements;
pub mod user_data;
