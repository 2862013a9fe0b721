import {
  to = ekscompute_node_group.workers
  id = "my-cluster:workers"
}
