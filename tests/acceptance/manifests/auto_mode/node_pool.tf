resource "ekscompute_node_pool" "my_node_pool" {
  cluster_name    = var.cluster_name
  name            = "my-node-pool"
  controller      = "auto_mode"
  node_class_name = "default"
  node_labels     = { billing-team = "my-team" }
  limits          = { cpu = "1000", memory = "1000Gi" }
  wait_for_ready  = false

  requirement {
    key      = "eks.amazonaws.com/instance-category"
    operator = "In"
    values   = ["c", "m", "r"]
  }
  requirement {
    key      = "eks.amazonaws.com/instance-cpu"
    operator = "In"
    values   = ["4", "8", "16", "32"]
  }
  requirement {
    key      = "topology.kubernetes.io/zone"
    operator = "In"
    values   = ["us-east-1a", "us-east-1b"]
  }
  requirement {
    key      = "kubernetes.io/arch"
    operator = "In"
    values   = ["arm64", "amd64"]
  }
}
