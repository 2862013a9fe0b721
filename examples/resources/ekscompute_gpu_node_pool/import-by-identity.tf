import {
  to = ekscompute_gpu_node_pool.gpu
  identity = {
    cluster_name = "my-cluster"
    provisioner  = "karpenter"
    name         = "gpu"
  }
}
