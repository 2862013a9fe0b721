//! `ekscompute_nvidia_device_plugin_values`: values of the Helm charts that make GPUs known to Kubernetes.

mod data_source;
pub mod model;

pub use data_source::NvidiaDevicePluginValuesDataSource;
