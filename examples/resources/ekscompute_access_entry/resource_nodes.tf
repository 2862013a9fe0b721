# Nodes that EKS does not manage itself, such as those of Karpenter. Managed node groups and Fargate need none.
resource "ekscompute_access_entry" "nodes" {
  cluster_name  = var.cluster_name
  principal_arn = var.node_role_arn
  type          = "EC2_LINUX"
}
