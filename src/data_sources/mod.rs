//! The data sources that belong to no resource, each in a folder of its own.

pub mod node_ami;
pub mod preflight;
pub mod userdata;
