### Node classes of a cluster

list "ekscompute_gpu_node_class" "all" {
  provider = ekscompute

  config {
    cluster_name = "my-cluster"
  }
}
