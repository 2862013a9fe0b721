### Windows node group

# EKS maps the node role of a managed node group automatically, but without the group that Windows requires.
resource "ekscompute_aws_auth_map_role" "windows" {
  cluster_name = var.cluster_name
  role_arn     = var.node_role_arn
  node_type    = "ec2_windows"
  adopt        = true # works whether EKS or this resource creates the entry first
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

  # Destroy the node group before the mapping that its nodes depend on.
  depends_on = [ekscompute_aws_auth_map_role.windows]
}
