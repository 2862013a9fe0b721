### Self-managed nodes

# Self-managed nodes, such as Karpenter nodes. Managed node groups and Fargate profiles do not require an entry.
resource "ekscompute_access_entry" "nodes" {
  cluster_name  = var.cluster_name
  principal_arn = var.node_role_arn
  type          = "EC2_LINUX"
}
