//! The data sources without a corresponding resource, each in a separate directory.

pub mod instance_types;
pub mod node_ami;
pub mod nvidia_device_plugin_values;
pub mod preflight;
pub mod userdata;
