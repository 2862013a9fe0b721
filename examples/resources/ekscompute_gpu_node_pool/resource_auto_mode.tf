### EKS Auto Mode node pool

# EKS Auto Mode with the built-in node class. A device plugin is not required, and any taint works.
resource "ekscompute_gpu_node_pool" "auto_mode" {
  cluster_name    = var.cluster_name
  name            = "gpu-pool"
  controller      = "auto_mode"
  node_class_name = "default"

  gpu {
    architectures     = ["amd64"]
    capacity_types    = ["on-demand"]
    instance_families = ["g6", "g6e"]
  }

  taint {
    key    = "gpu-workload"
    effect = "NoSchedule"
  }

  disruption {
    consolidation_policy = "WhenEmpty"
    consolidate_after    = "1h"
  }
}
