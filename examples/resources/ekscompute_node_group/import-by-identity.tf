import {
  to = ekscompute_node_group.workers
  identity = {
    cluster_name    = "my-cluster"
    node_group_name = "workers"
  }
}
