### Node pools of a cluster

list "ekscompute_gpu_node_pool" "all" {
  provider = ekscompute

  config {
    cluster_name = "my-cluster"
  }
}
