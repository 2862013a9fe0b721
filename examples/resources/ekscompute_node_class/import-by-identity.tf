import {
  to = ekscompute_node_class.default
  identity = {
    cluster_name = "my-cluster"
    controller   = "karpenter"
    name         = "default"
  }
}
