# Self-managed nodes, such as nodes of an Auto Scaling group or Karpenter nodes.
resource "ekscompute_aws_auth_map_role" "nodes" {
  cluster_name = var.cluster_name
  role_arn     = "arn:aws:iam::111122223333:role/my-nodes"
  node_type    = "ec2_linux"
}
