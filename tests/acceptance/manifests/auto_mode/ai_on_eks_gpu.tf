resource "ekscompute_node_pool" "ai_on_eks_gpu" {
  cluster_name             = var.cluster_name
  name                     = "ai-on-eks-gpu"
  controller               = "auto_mode"
  node_class_name          = "gpu"
  node_labels              = { "example.com/ami-family" = "bottlerocket", accelerator = "nvidia" }
  expire_after             = "336h"
  termination_grace_period = "24h"
  weight                   = 10
  wait_for_ready           = false

  requirement {
    key      = "eks.amazonaws.com/instance-category"
    operator = "In"
    values   = ["g"]
  }
  requirement {
    key      = "eks.amazonaws.com/instance-generation"
    operator = "Gt"
    values   = ["4"]
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
