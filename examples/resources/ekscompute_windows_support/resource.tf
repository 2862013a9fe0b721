### Windows support with a node group

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

data "aws_eks_cluster" "this" {
  name = var.cluster_name
}

# The cluster role requires this policy to assign IP addresses to Windows nodes.
resource "aws_iam_role_policy_attachment" "cluster" {
  role       = reverse(split("/", data.aws_eks_cluster.this.role_arn))[0]
  policy_arn = "arn:aws:iam::aws:policy/AmazonEKSVPCResourceController"
}

resource "aws_iam_role" "node" {
  name_prefix = "eks-windows-node-"

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

resource "ekscompute_windows_support" "this" {
  cluster_name = var.cluster_name

  depends_on = [aws_iam_role_policy_attachment.cluster]
}

# Windows nodes assign IP addresses to pods only if Windows support is enabled.
resource "ekscompute_node_group" "windows" {
  cluster_name    = ekscompute_windows_support.this.cluster_name
  node_group_name = "windows"
  node_role_arn   = aws_iam_role.node.arn
  subnet_ids      = var.subnet_ids
  ami_type        = "WINDOWS_CORE_2022_x86_64"

  scaling_config {
    min_size = 1
    max_size = 3
  }

  # Nodes require the policies until they are terminated.
  depends_on = [aws_iam_role_policy_attachment.node]
}
