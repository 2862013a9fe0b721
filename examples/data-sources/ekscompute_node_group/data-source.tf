### Health check of a node group

data "ekscompute_node_group" "workers" {
  cluster_name    = var.cluster_name
  node_group_name = "workers"
}

output "auto_scaling_group" {
  value = data.ekscompute_node_group.workers.resources[0].autoscaling_groups[0].name
}

check "workers_are_healthy" {
  assert {
    condition     = length(data.ekscompute_node_group.workers.health) == 0
    error_message = join("\n", [for issue in data.ekscompute_node_group.workers.health : issue.message])
  }
}
