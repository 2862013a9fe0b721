### With a launch template

# A node group with a launch template for disk, security groups, or user data. A newer version of the launch template
# appears in the plan as a rolling update.
resource "ekscompute_node_group" "templated" {
  cluster_name    = var.cluster_name
  node_group_name = "templated"
  node_role_arn   = var.node_role_arn
  subnet_ids      = var.subnet_ids
  ami_type        = "AL2023_x86_64_STANDARD"

  launch_template {
    id      = var.launch_template_id
    version = "$Latest"
  }

  scaling_config {
    min_size     = 1
    max_size     = 2
    desired_size = 1
  }

  node_repair_config {
    enabled = true
  }

  timeouts {
    update = "2h"
  }
}
