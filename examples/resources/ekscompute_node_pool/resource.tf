### Karpenter node pool

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

# The IAM role of the Karpenter controller requires iam:PassRole for this role.
resource "aws_iam_role" "node" {
  name_prefix = "karpenter-node-"

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
    "AmazonSSMManagedInstanceCore",
  ])

  role       = aws_iam_role.node.name
  policy_arn = "arn:aws:iam::aws:policy/${each.key}"
}

# If the authentication mode of the cluster is CONFIG_MAP, use ekscompute_aws_auth_map_role instead.
resource "ekscompute_access_entry" "nodes" {
  cluster_name  = var.cluster_name
  principal_arn = aws_iam_role.node.arn
  type          = "EC2_LINUX"
}

resource "ekscompute_node_class" "default" {
  cluster_name = var.cluster_name
  name         = "default"
  controller   = "karpenter"
  role         = aws_iam_role.node.name

  # The release is pinned, so that a newer AMI release does not replace nodes.
  ami_selector_term {
    alias = "al2023@v20260801"
  }

  subnet_selector_term {
    tags = { "karpenter.sh/discovery" = var.cluster_name }
  }

  security_group_selector_term {
    tags = { "karpenter.sh/discovery" = var.cluster_name }
  }

  # Nodes require the access entry and the policies until they are terminated.
  depends_on = [
    aws_iam_role_policy_attachment.node,
    ekscompute_access_entry.nodes,
  ]
}

resource "ekscompute_node_pool" "default" {
  cluster_name    = var.cluster_name
  name            = "default"
  controller      = "karpenter"
  node_class_name = ekscompute_node_class.default.name

  requirement {
    key      = "karpenter.k8s.aws/instance-category"
    operator = "In"
    values   = ["c", "m", "r"]
  }

  requirement {
    key      = "karpenter.k8s.aws/instance-generation"
    operator = "Gt"
    values   = ["5"]
  }

  requirement {
    key      = "karpenter.sh/capacity-type"
    operator = "In"
    values   = ["spot", "on-demand"]
  }

  expire_after = "720h"

  limits = {
    cpu = "1000"
  }

  disruption {
    consolidation_policy = "WhenEmptyOrUnderutilized"
    consolidate_after    = "1m"

    # Nodes are not disrupted during business hours.
    budget {
      nodes    = "0"
      schedule = "0 9 * * mon-fri"
      duration = "8h"
    }

    budget {
      nodes = "10%"
    }
  }
}
