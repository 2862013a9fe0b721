import {
  to = ekscompute_gpu_node_class.gpu
  id = "my-cluster/karpenter/gpu"
}
