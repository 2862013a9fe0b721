### Spot nodes with Cluster Autoscaler

# A node group that Cluster Autoscaler scales, including from 0 nodes.
resource "ekscompute_node_group" "batch" {
  cluster_name           = var.cluster_name
  node_group_name_prefix = "batch-"
  node_role_arn          = var.node_role_arn
  subnet_ids             = var.subnet_ids
  capacity_type          = "SPOT"
  instance_types         = ["m6i.large", "m5.large"]

  # The plan shows an upgrade whenever AWS recommends a newer AMI release.
  ami_update_policy = "latest"

  # The autoscaler manages desired_size, so it is omitted.
  scaling_config {
    min_size = 0
    max_size = 10
  }

  labels = {
    role = "batch"
  }

  taint {
    key    = "batch"
    value  = "true"
    effect = "NO_SCHEDULE"
  }

  # If the group has 0 nodes, the autoscaler reads the labels and taints of a new node from these tags.
  auto_scaling_group_tags = {
    "k8s.io/cluster-autoscaler/node-template/label/role"  = "batch"
    "k8s.io/cluster-autoscaler/node-template/taint/batch" = "true:NoSchedule"
  }

  # The replacement is created before the previous group is deleted. The prefix prevents a name conflict.
  lifecycle {
    create_before_destroy = true
  }
}
