//! Pure renderers for the input of nodes and other components: structs to text or numbers. No I/O, no clock.

pub mod ami_parameters;
pub mod ami_types;
pub mod arn;
pub mod aws_auth;
pub mod bootstrap;
pub mod bottlerocket;
pub mod cloud_config;
pub mod containerd;
pub mod families;
pub mod karpenter;
pub mod kubelet_config;
pub mod kubernetes_version;
pub mod max_pods;
pub mod members;
pub mod mime;
pub mod nearest;
pub mod node;
pub mod nodeadm;
pub mod nvidia;
pub mod role_arn;
pub mod runtime_spec;
pub mod userdata;
pub mod windows;
pub mod yaml;
