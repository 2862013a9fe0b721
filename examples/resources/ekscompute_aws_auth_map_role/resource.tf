### Self-managed nodes

terraform {
  required_providers {
    aws = {
      source = "hashicorp/aws"
    }
    ekscompute = {
      source = "ekscompute/ekscompute"
    }
  }
}

variable "cluster_name" {
  description = "Name of the EKS cluster."
  type        = string
}

resource "aws_iam_role" "self_managed_node" {
  name = "my-nodes"

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "ec2.amazonaws.com" }
    }]
  })
}

resource "aws_iam_role_policy_attachment" "self_managed_node" {
  for_each = toset([
    "AmazonEC2ContainerRegistryPullOnly",
    "AmazonEKSWorkerNodePolicy",
    "AmazonEKS_CNI_Policy",
  ])

  role       = aws_iam_role.self_managed_node.name
  policy_arn = "arn:aws:iam::aws:policy/${each.key}"
}

# Self-managed nodes, such as nodes of an Auto Scaling group or Karpenter nodes.
resource "ekscompute_aws_auth_map_role" "nodes" {
  cluster_name = var.cluster_name
  role_arn     = aws_iam_role.self_managed_node.arn
  node_type    = "ec2_linux"

  # Nodes that join the cluster require the policies.
  depends_on = [aws_iam_role_policy_attachment.self_managed_node]
}
