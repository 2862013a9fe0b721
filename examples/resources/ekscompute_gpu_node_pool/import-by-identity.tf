import {
  to = ekscompute_gpu_node_pool.gpu
  identity = {
    cluster_name = "my-cluster"
    controller   = "karpenter"
    name         = "gpu"
  }
}
