### With settings of the Auto Scaling group

# Auto Scaling does not terminate nodes only to balance the Availability Zones.
resource "ekscompute_node_group" "stateful" {
  cluster_name    = var.cluster_name
  node_group_name = "stateful"
  node_role_arn   = var.node_role_arn
  subnet_ids      = var.subnet_ids

  scaling_config {
    desired_size = 3
    min_size     = 3
    max_size     = 6
  }

  auto_scaling_group {
    suspended_processes = ["AZRebalance"]
    enabled_metrics     = ["GroupDesiredCapacity", "GroupInServiceInstances"]
  }
}
