resource "ekscompute_gpu_node_class" "gpu_p5_48xlarge" {
  cluster_name   = var.cluster_name
  name           = "gpu-p5-48xlarge"
  controller     = "karpenter"
  role           = "KarpenterNodeRole-demo"
  wait_for_ready = false

  ami_selector_term { alias = "bottlerocket@latest" }
  subnet_selector_term { tags = { "karpenter.sh/discovery" = "demo" } }
  security_group_selector_term { tags = { "karpenter.sh/discovery" = "demo" } }
  block_device_mapping {
    device_name = "/dev/xvda"
    ebs {
      volume_size = "50Gi"
      volume_type = "gp3"
      encrypted   = true
    }
  }
  block_device_mapping {
    device_name = "/dev/xvdb"
    ebs {
      volume_size = "1000Gi"
      volume_type = "gp3"
      encrypted   = true
      iops        = 16000
      throughput  = 1000
    }
  }
  network_interface {
    network_card_index = 0
    device_index       = 0
    interface_type     = "interface"
  }
  network_interface {
    network_card_index = 1
    device_index       = 1
    interface_type     = "efa-only"
  }
  network_interface {
    network_card_index = 2
    device_index       = 1
    interface_type     = "efa-only"
  }
  network_interface {
    network_card_index = 3
    device_index       = 1
    interface_type     = "efa-only"
  }
}

resource "ekscompute_gpu_node_pool" "gpu_p5_48xlarge" {
  cluster_name             = var.cluster_name
  name                     = "gpu-p5-48xlarge"
  controller               = "karpenter"
  node_class_name          = ekscompute_gpu_node_class.gpu_p5_48xlarge.name
  node_labels              = { "example.com/ami-family" = "bottlerocket", accelerator = "nvidia" }
  expire_after             = "720h"
  termination_grace_period = "24h"
  weight                   = 10
  wait_for_ready           = false

  requirement {
    key      = "node.kubernetes.io/instance-type"
    operator = "In"
    values   = ["p5.48xlarge"]
  }
  requirement {
    key      = "karpenter.sh/capacity-type"
    operator = "In"
    values   = ["reserved", "spot", "on-demand"]
  }
  taint {
    key    = "nvidia.com/gpu"
    effect = "NoSchedule"
  }
  disruption {
    consolidate_after    = "300s"
    consolidation_policy = "WhenEmptyOrUnderutilized"
    budget { nodes = "10%" }
  }
}
