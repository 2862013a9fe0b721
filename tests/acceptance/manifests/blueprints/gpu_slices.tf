resource "ekscompute_gpu_node_class" "gpu_bottlerocket" {
  cluster_name   = var.cluster_name
  name           = "gpu-bottlerocket"
  controller     = "karpenter"
  role           = "KarpenterNodeRole-demo"
  tags           = { intent = "gpu-workloads", "karpenter.sh/discovery" = "demo" }
  user_data      = <<-EOT
    [settings.kubelet-device-plugins.nvidia]
    device-sharing-strategy = "time-slicing"

    [settings.kubelet-device-plugins.nvidia.time-slicing]
    replicas = 4
    rename-by-default = false
  EOT
  default_volume = false
  wait_for_ready = false

  ami_selector_term { alias = "bottlerocket@latest" }
  subnet_selector_term { tags = { "karpenter.sh/discovery" = "demo" } }
  security_group_selector_term { tags = { "karpenter.sh/discovery" = "demo" } }
}

resource "ekscompute_gpu_node_pool" "gpu_slices" {
  cluster_name    = var.cluster_name
  name            = "gpu-slices"
  controller      = "karpenter"
  node_class_name = ekscompute_gpu_node_class.gpu_bottlerocket.name
  node_labels     = { intent = "gpu-workloads", "nvidia.com/gpu.present" = "true" }
  expire_after    = "720h"
  limits          = { cpu = "100", memory = "200Gi", "nvidia.com/gpu" = "40" }
  wait_for_ready  = false

  gpu {
    capacity_types      = ["on-demand"]
    instance_categories = ["g", "p"]
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
