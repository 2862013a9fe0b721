### Karpenter and EKS Auto Mode nodes

locals {
  gpu_labels = { "nvidia.com/gpu.present" = "true", "team" = "vision" }
  gpu_taints = [{ key = "gpu-workload", effect = "NoSchedule" }]
}

# Values for the nodes of the node pool gpu, with 4 pods per GPU.
data "ekscompute_nvidia_device_plugin_values" "gpu" {
  node_labels = local.gpu_labels
  node_pools  = ["gpu"]

  dynamic "node_taint" {
    for_each = local.gpu_taints

    content {
      key    = node_taint.value.key
      effect = node_taint.value.effect
    }
  }

  sharing {
    strategy = "time_slicing"
    replicas = 4
  }
}

# Values for a helm_release of the nvidia-device-plugin chart, with count = needed ? 1 : 0.
output "values" {
  value = data.ekscompute_nvidia_device_plugin_values.gpu.values_yaml
}

# Values for nodes that EKS Auto Mode launches.
data "ekscompute_nvidia_device_plugin_values" "auto" {
  controller = "auto_mode"
}

output "auto_mode_needs_it" {
  value = data.ekscompute_nvidia_device_plugin_values.auto.needed
}
