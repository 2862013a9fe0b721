### Node groups of a cluster

list "ekscompute_node_group" "all" {
  provider = ekscompute

  config {
    cluster_name = "my-cluster"
  }
}
