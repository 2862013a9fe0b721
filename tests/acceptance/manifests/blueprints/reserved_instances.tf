resource "ekscompute_node_pool" "reserved_instances" {
  cluster_name    = var.cluster_name
  name            = "reserved-instances"
  controller      = "karpenter"
  node_class_name = "default"
  node_labels     = { intent = "reserved-apps" }
  expire_after    = "168h0m0s"
  limits          = { cpu = "16" }
  weight          = 100
  wait_for_ready  = false

  requirement {
    key      = "node.kubernetes.io/instance-type"
    operator = "In"
    values   = ["c5.xlarge", "c5.2xlarge"]
  }
  requirement {
    key      = "kubernetes.io/os"
    operator = "In"
    values   = ["linux"]
  }
  requirement {
    key      = "kubernetes.io/arch"
    operator = "In"
    values   = ["amd64"]
  }
  requirement {
    key      = "karpenter.sh/capacity-type"
    operator = "In"
    values   = ["on-demand"]
  }
  disruption {
    consolidation_policy = "WhenEmptyOrUnderutilized"
    consolidate_after    = "1m"
  }
}
