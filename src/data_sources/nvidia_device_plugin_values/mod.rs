//! `ekscompute_nvidia_device_plugin_values`: values for the Helm charts that advertise GPUs to Kubernetes.

mod data_source;
pub mod model;

pub use data_source::NvidiaDevicePluginValuesDataSource;
