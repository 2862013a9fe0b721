# Nodes that join by themselves, such as those of an Auto Scaling group or of Karpenter.
resource "ekscompute_aws_auth_map_role" "nodes" {
  cluster_name = var.cluster_name
  role_arn     = "arn:aws:iam::111122223333:role/my-nodes"
  node_type    = "ec2_linux"
}
