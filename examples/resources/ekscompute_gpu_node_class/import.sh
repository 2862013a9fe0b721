terraform import ekscompute_gpu_node_class.gpu my-cluster/karpenter/gpu
