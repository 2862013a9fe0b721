# Karpenter launches GPU nodes for pods that request nvidia.com/gpu. The default taint and label support the NVIDIA device
# plugin.
resource "ekscompute_gpu_node_pool" "gpu" {
  cluster_name    = var.cluster_name
  name            = "gpu"
  controller      = "karpenter"
  node_class_name = "gpu"

  gpu {
    architectures       = ["amd64"]
    capacity_types      = ["spot", "on-demand"]
    instance_categories = ["g", "p"]
  }

  expire_after = "720h"

  limits = {
    cpu = "1000"
  }

  disruption {
    consolidation_policy = "WhenEmpty"
    consolidate_after    = "20m"
  }
}
