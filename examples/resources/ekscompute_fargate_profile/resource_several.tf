### Several profiles in one cluster

# Several profiles in one cluster. EKS creates one at a time, so the provider queues them. depends_on is not required.
resource "ekscompute_fargate_profile" "namespaces" {
  for_each = toset(["kube-system", "web", "jobs"])

  cluster_name           = var.cluster_name
  fargate_profile_name   = each.key
  pod_execution_role_arn = var.pod_execution_role_arn
  subnet_ids             = var.private_subnet_ids

  selector {
    namespace = each.key
  }

  timeouts {
    delete = "20m"
  }
}
