terraform import ekscompute_node_class.default my-cluster/karpenter/default
