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

variable "private_subnet_ids" {
  description = "IDs of the private subnets of the pods."
  type        = list(string)
}

resource "aws_iam_role" "pod_execution" {
  name_prefix = "eks-fargate-"

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "eks-fargate-pods.amazonaws.com" }
    }]
  })
}

resource "aws_iam_role_policy_attachment" "pod_execution" {
  role       = aws_iam_role.pod_execution.name
  policy_arn = "arn:aws:iam::aws:policy/AmazonEKSFargatePodExecutionRolePolicy"
}

resource "ekscompute_fargate_profile" "batch" {
  cluster_name           = var.cluster_name
  fargate_profile_name   = "batch"
  pod_execution_role_arn = aws_iam_role.pod_execution.arn
  subnet_ids             = var.private_subnet_ids

  # Pods that match at least one selector run on Fargate.
  selector {
    namespace = "batch"
  }

  selector {
    namespace = "team-*"
    labels = {
      compute = "fargate"
    }
  }

  tags = {
    team = "platform"
  }

  # Fargate requires the policy to pull images until the last pod is deleted.
  depends_on = [aws_iam_role_policy_attachment.pod_execution]
}
