### Basic usage

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

variable "subnet_ids" {
  description = "IDs of the subnets of the nodes."
  type        = list(string)
}

resource "aws_iam_role" "node" {
  name_prefix = "eks-node-"

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "ec2.amazonaws.com" }
    }]
  })
}

resource "aws_iam_role_policy_attachment" "node" {
  for_each = toset([
    "AmazonEC2ContainerRegistryPullOnly",
    "AmazonEKSWorkerNodePolicy",
    "AmazonEKS_CNI_Policy",
  ])

  role       = aws_iam_role.node.name
  policy_arn = "arn:aws:iam::aws:policy/${each.key}"
}

resource "ekscompute_node_group" "workers" {
  cluster_name    = var.cluster_name
  node_group_name = "workers"
  node_role_arn   = aws_iam_role.node.arn
  subnet_ids      = var.subnet_ids
  instance_types  = ["m6i.large", "m5.large"]

  scaling_config {
    min_size     = 1
    max_size     = 4
    desired_size = 2
  }

  update_config {
    max_unavailable_percentage = 25
  }

  labels = {
    role = "web"
  }

  tags = {
    team = "platform"
  }

  # Nodes require the policies until they are terminated.
  depends_on = [aws_iam_role_policy_attachment.node]
}
