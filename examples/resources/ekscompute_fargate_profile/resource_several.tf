# Several profiles of one cluster: EKS makes one at a time, so they queue. No depends_on is needed.
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
