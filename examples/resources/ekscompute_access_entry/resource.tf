### Users with access policies

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

data "aws_caller_identity" "current" {}

# Principals of this account that are allowed to call sts:AssumeRole can assume the role.
resource "aws_iam_role" "developer" {
  name = "developers"

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { AWS = data.aws_caller_identity.current.account_id }
    }]
  })
}

# Users whose permissions come only from access policies.
resource "ekscompute_access_entry" "developers" {
  cluster_name  = var.cluster_name
  principal_arn = aws_iam_role.developer.arn # including its path, unlike in aws-auth

  policy_association {
    policy_arn = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy"

    access_scope {
      type = "cluster"
    }
  }

  policy_association {
    policy_arn = "AmazonEKSEditPolicy" # name or ARN

    access_scope {
      type       = "namespace"
      namespaces = ["team-a", "team-b"]
    }
  }

  tags = {
    team = "platform"
  }
}
