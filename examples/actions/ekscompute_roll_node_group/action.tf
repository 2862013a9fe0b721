### Replacement on request

action "ekscompute_roll_node_group" "workers" {
  config {
    cluster_name    = "my-cluster"
    node_group_name = "workers"
  }
}
