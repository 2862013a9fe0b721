resource "ekscompute_node_group" "workers" {
  cluster_name    = var.cluster_name
  node_group_name = "workers"
  node_role_arn   = var.node_role_arn
  subnet_ids      = var.subnet_ids
  instance_types  = ["m6i.large", "m5.large"]

  scaling_config {
    min_size     = 1
    max_size     = 4
    desired_size = 2
  }

  update_config {
    max_unavailable_percentage = 25
  }

  labels = {
    role = "web"
  }

  tags = {
    team = "platform"
  }
}
