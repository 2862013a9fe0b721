//! Acceptance tests: the built provider under real Terraforms and a real OpenTofu, against the sandbox.
//! `make clis sandbox kubernetes` sets up what they run.

#[path = "../support/acceptance/mod.rs"]
mod support;

mod access_entry;
mod aws_auth;
mod cluster_token;
mod configuration;
mod effect_oracle;
mod examples;
mod fargate_profile;
mod faults;
mod functions;
mod generated;
mod gpu_instance_types;
mod gpu_node_class;
mod gpu_node_pool;
mod gpu_nodes;
mod gpu_rules;
mod guides;
mod harness;
mod journeys;
mod karpenter_versions;
mod manifests;
mod neuron_instance_types;
mod node_ami;
mod node_group;
mod node_pools;
mod nvidia_device_plugin_values;
mod preflight;
mod schema;
mod userdata;
mod windows_support;
