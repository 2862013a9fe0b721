import {
  to = ekscompute_node_pool.default
  identity = {
    cluster_name = "my-cluster"
    controller   = "karpenter"
    name         = "default"
  }
}
