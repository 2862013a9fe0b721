resource "ekscompute_node_pool" "disruption_budget" {
  cluster_name    = var.cluster_name
  name            = "disruption-budget"
  controller      = "karpenter"
  node_class_name = "default"
  node_labels     = { intent = "disruption-budget" }
  expire_after    = "720h"
  limits          = { cpu = "100", memory = "100Gi" }
  wait_for_ready  = false

  requirement {
    key      = "karpenter.sh/capacity-type"
    operator = "In"
    values   = ["on-demand"]
  }
  requirement {
    key      = "karpenter.k8s.aws/instance-category"
    operator = "In"
    values   = ["c", "m", "r"]
  }
  requirement {
    key      = "karpenter.k8s.aws/instance-size"
    operator = "NotIn"
    values   = ["nano", "micro", "small", "medium"]
  }
  requirement {
    key      = "karpenter.k8s.aws/instance-hypervisor"
    operator = "In"
    values   = ["nitro"]
  }
  disruption {
    consolidation_policy = "WhenEmptyOrUnderutilized"
    consolidate_after    = "1m"
    budget {
      nodes    = "0"
      schedule = "0 0 * * *"
      duration = "24h"
    }
  }
}
