import {
  to = ekscompute_node_pool.default
  id = "my-cluster/karpenter/default"
}
