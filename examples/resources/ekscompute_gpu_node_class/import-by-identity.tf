import {
  to = ekscompute_gpu_node_class.gpu
  identity = {
    cluster_name = "my-cluster"
    controller   = "karpenter"
    name         = "gpu"
  }
}
