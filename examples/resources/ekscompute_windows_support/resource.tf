resource "ekscompute_windows_support" "this" {
  cluster_name = var.cluster_name
}

# Windows nodes assign IP addresses to pods only if Windows support is enabled.
resource "ekscompute_node_group" "windows" {
  cluster_name    = ekscompute_windows_support.this.cluster_name
  node_group_name = "windows"
  node_role_arn   = var.node_role_arn
  subnet_ids      = var.subnet_ids
  ami_type        = "WINDOWS_CORE_2022_x86_64"

  scaling_config {
    min_size = 1
    max_size = 3
  }
}
