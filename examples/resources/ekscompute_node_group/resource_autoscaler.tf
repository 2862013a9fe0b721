# A group that the Cluster Autoscaler scales, from zero as well.
resource "ekscompute_node_group" "batch" {
  cluster_name           = var.cluster_name
  node_group_name_prefix = "batch-"
  node_role_arn          = var.node_role_arn
  subnet_ids             = var.subnet_ids
  capacity_type          = "SPOT"
  instance_types         = ["m6i.large", "m5.large"]

  # The plan shows an upgrade whenever AWS recommends a newer release of the AMI.
  ami_update_policy = "latest"

  # Without desired_size, what the autoscaler sets is kept.
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

  # An empty group has no node to look at: the autoscaler reads here what a node would have.
  auto_scaling_group_tags = {
    "k8s.io/cluster-autoscaler/node-template/label/role"  = "batch"
    "k8s.io/cluster-autoscaler/node-template/taint/batch" = "true:NoSchedule"
  }

  # A replacement is created, and its nodes are ready, before the old group goes. The prefix keeps the names apart.
  lifecycle {
    create_before_destroy = true
  }
}
