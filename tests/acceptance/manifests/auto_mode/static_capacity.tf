resource "ekscompute_node_pool" "reserved_instances" {
  cluster_name    = var.cluster_name
  name            = "reserved-instances"
  controller      = "auto_mode"
  node_class_name = "default"
  node_labels     = { instance-type = "reserved", cost-center = "production" }
  replicas        = 20
  limits          = { nodes = "25" }
  wait_for_ready  = false

  requirement {
    key      = "node.kubernetes.io/instance-type"
    operator = "In"
    values   = ["m5.2xlarge"]
  }
  requirement {
    key      = "karpenter.sh/capacity-type"
    operator = "In"
    values   = ["on-demand"]
  }
  requirement {
    key      = "topology.kubernetes.io/zone"
    operator = "In"
    values   = ["us-east-1a", "us-east-1b", "us-east-1c"]
  }
  disruption {
    budget { nodes = "10%" }
  }
}
