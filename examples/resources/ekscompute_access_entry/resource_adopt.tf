### Adopting an existing entry

# Adopts the entry that EKS created for the creator of the cluster.
resource "ekscompute_access_entry" "creator" {
  cluster_name  = var.cluster_name
  principal_arn = var.creator_arn
  adopt         = true

  policy_association {
    policy_arn = "AmazonEKSClusterAdminPolicy"

    access_scope {
      type = "cluster"
    }
  }
}
