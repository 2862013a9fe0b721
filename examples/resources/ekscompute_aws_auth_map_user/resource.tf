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

resource "aws_iam_user" "deployer" {
  name = "deployer"
  path = "/ci/"
}

resource "ekscompute_aws_auth_map_user" "deployer" {
  cluster_name = var.cluster_name
  user_arn     = aws_iam_user.deployer.arn # including its path
  username     = "deployer"
  groups       = ["deployers"]
}
