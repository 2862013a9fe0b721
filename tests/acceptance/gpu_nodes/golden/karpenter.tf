variable "cluster_name" { type = string }

resource "ekscompute_gpu_node_class" "gpu" {
  cluster_name = var.cluster_name
  name         = "gpu"
  controller   = "karpenter"
  role         = "KarpenterNodeRole-demo"

  ami_selector_term { alias = "al2023@v20260801" }

  subnet_selector_term { tags = { "karpenter.sh/discovery" = "demo" } }
  security_group_selector_term { tags = { "karpenter.sh/discovery" = "demo" } }

  block_device_mapping {
    device_name = "/dev/xvda"
    ebs {
      volume_size = "300Gi"
      volume_type = "gp3"
      encrypted   = true
    }
  }

  wait_for_ready = false
}

resource "ekscompute_gpu_node_pool" "gpu" {
  cluster_name    = var.cluster_name
  name            = "gpu"
  controller      = "karpenter"
  node_class_name = ekscompute_gpu_node_class.gpu.name

  gpu {
    architectures       = ["amd64"]
    capacity_types      = ["spot", "on-demand"]
    instance_categories = ["g", "p"]
  }

  expire_after   = "720h"
  limits         = { cpu = "1000" }
  disruption {
    consolidation_policy = "WhenEmpty"
    consolidate_after    = "20m"
  }
  wait_for_ready = false
}
