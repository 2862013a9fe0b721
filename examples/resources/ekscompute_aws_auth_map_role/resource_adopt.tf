# EKS maps the role of a managed node group itself, without the group that Windows needs.
resource "ekscompute_aws_auth_map_role" "windows" {
  cluster_name = var.cluster_name
  role_arn     = var.node_role_arn
  node_type    = "ec2_windows"
  adopt        = true # whether EKS or this resource comes first
}

resource "ekscompute_node_group" "windows" {
  cluster_name    = var.cluster_name
  node_group_name = "windows"
  node_role_arn   = var.node_role_arn
  subnet_ids      = var.subnet_ids
  ami_type        = "WINDOWS_CORE_2022_x86_64"

  scaling_config {
    min_size = 1
    max_size = 3
  }

  # When destroying, the nodes go before what lets them in.
  depends_on = [ekscompute_aws_auth_map_role.windows]
}
