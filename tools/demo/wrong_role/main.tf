# Step 1 of make demo: a new node group that uses the cluster role.

variable "cluster_name" { type = string }
variable "subnet_ids" { type = list(string) }

resource "ekscompute_node_group" "batch" {
  cluster_name    = var.cluster_name
  node_group_name = "batch"
  node_role_arn   = "arn:aws:iam::123456789012:role/demo-cluster"
  subnet_ids      = var.subnet_ids

  scaling_config {
    min_size = 1
    max_size = 3
  }
}
