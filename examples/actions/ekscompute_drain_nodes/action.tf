### Nodes of a node group

action "ekscompute_drain_nodes" "workers" {
  config {
    cluster_name    = "my-cluster"
    node_group_name = "workers"
  }
}
