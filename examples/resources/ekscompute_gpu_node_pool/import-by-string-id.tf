import {
  to = ekscompute_gpu_node_pool.gpu
  id = "my-cluster/karpenter/gpu"
}
