resource "ekscompute_gpu_node_pool" "gpu" {
  cluster_name    = var.cluster_name
  name            = "gpu"
  controller      = "auto_mode"
  node_class_name = "gpu"
  node_labels     = { "nvidia.com/gpu.present" = "true" }
  expire_after    = "336h"
  limits          = { cpu = "100", memory = "100Gi", "nvidia.com/gpu" = "5" }
  wait_for_ready  = false

  gpu {
    capacity_types      = ["on-demand"]
    instance_categories = ["g"]
    manufacturers       = ["nvidia"]
  }
  taint {
    key    = "nvidia.com/gpu"
    effect = "NoSchedule"
  }
  disruption {
    consolidation_policy = "WhenEmpty"
    consolidate_after    = "5m"
  }
}
