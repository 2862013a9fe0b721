//! The two forms of node class and node pool resources.

/// A form of a resource. Both manage the same kind of object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// `ekscompute_node_class` and `ekscompute_node_pool`: only the defaults of the controller.
    General,
    /// `ekscompute_gpu_node_class` and `ekscompute_gpu_node_pool`: defaults for nodes with GPUs.
    Gpu,
}
