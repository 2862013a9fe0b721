resource "ekscompute_node_pool" "node_lifetime" {
  cluster_name             = var.cluster_name
  name                     = "node-lifetime"
  controller               = "karpenter"
  node_class_name          = "default"
  expire_after             = "168h"
  termination_grace_period = "24h"
  wait_for_ready           = false

  requirement {
    key      = "kubernetes.io/arch"
    operator = "In"
    values   = ["amd64"]
  }
  requirement {
    key      = "karpenter.k8s.aws/instance-cpu"
    operator = "Gt"
    values   = ["3"]
  }
  requirement {
    key      = "karpenter.k8s.aws/instance-memory"
    operator = "Gt"
    values   = ["8191"]
  }
  disruption {
    consolidation_policy = "WhenEmpty"
    consolidate_after    = "60s"
  }
}
