resource "ekscompute_node_class" "gpu_static" {
  cluster_name          = var.cluster_name
  name                  = "gpu-static"
  controller            = "karpenter"
  role                  = "KarpenterNodeRole-demo"
  instance_store_policy = "RAID0"
  wait_for_ready        = false

  ami_selector_term { alias = "bottlerocket@latest" }
  network_interface {
    network_card_index = 0
    device_index       = 0
    interface_type     = "interface"
  }
  network_interface {
    network_card_index = 0
    device_index       = 1
    interface_type     = "efa-only"
  }
  subnet_selector_term { tags = { "karpenter.sh/discovery" = "demo" } }
  security_group_selector_term { tags = { "karpenter.sh/discovery" = "demo" } }
}

resource "ekscompute_gpu_node_pool" "gpu_static" {
  cluster_name    = var.cluster_name
  name            = "gpu-static"
  controller      = "karpenter"
  node_class_name = ekscompute_node_class.gpu_static.name
  node_labels     = { capacity-type = "gpu-static", "nvidia.com/gpu.present" = "true", "vpc.amazonaws.com/efa.present" = "true" }
  expire_after    = "Never"
  replicas        = 1
  limits          = { nodes = "2" }
  wait_for_ready  = false

  gpu {
    capacity_types = ["spot", "on-demand"]
    instance_types = ["g6e.8xlarge"]
  }
  taint {
    key    = "nvidia.com/gpu"
    effect = "NoSchedule"
  }
}
