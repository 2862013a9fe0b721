terraform import ekscompute_node_group.workers my-cluster:workers
