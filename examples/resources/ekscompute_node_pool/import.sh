terraform import ekscompute_node_pool.default my-cluster/karpenter/default
