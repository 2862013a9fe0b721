# People whose permissions come only from these access policies.
resource "ekscompute_access_entry" "developers" {
  cluster_name  = var.cluster_name
  principal_arn = var.developer_role_arn # including its path, unlike in aws-auth

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
