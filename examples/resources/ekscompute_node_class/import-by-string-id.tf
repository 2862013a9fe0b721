import {
  to = ekscompute_node_class.default
  id = "my-cluster/karpenter/default"
}
