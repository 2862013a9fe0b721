terraform import ekscompute_gpu_node_pool.gpu my-cluster/karpenter/gpu
