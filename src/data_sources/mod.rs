//! The data sources that belong to no resource, each in a folder of its own.

pub mod instance_types;
pub mod node_ami;
pub mod nvidia_device_plugin_values;
pub mod preflight;
pub mod userdata;
