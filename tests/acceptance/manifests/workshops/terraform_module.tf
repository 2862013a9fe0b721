resource "ekscompute_node_pool" "module_default" {
  cluster_name    = var.cluster_name
  name            = "module-default"
  controller      = "karpenter"
  node_class_name = "default"
  limits          = { cpu = "1000" }
  wait_for_ready  = false

  requirement {
    key      = "karpenter.k8s.aws/instance-category"
    operator = "In"
    values   = ["c", "m", "r"]
  }
  requirement {
    key      = "karpenter.k8s.aws/instance-cpu"
    operator = "In"
    values   = ["4", "8", "16", "32"]
  }
  requirement {
    key      = "karpenter.k8s.aws/instance-hypervisor"
    operator = "In"
    values   = ["nitro"]
  }
  requirement {
    key      = "karpenter.k8s.aws/instance-generation"
    operator = "Gt"
    values   = ["2"]
  }
  disruption {
    consolidation_policy = "WhenEmpty"
    consolidate_after    = "30s"
  }
}
