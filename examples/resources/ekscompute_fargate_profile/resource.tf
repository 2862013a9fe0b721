resource "ekscompute_fargate_profile" "batch" {
  cluster_name           = var.cluster_name
  fargate_profile_name   = "batch"
  pod_execution_role_arn = var.pod_execution_role_arn
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
}
