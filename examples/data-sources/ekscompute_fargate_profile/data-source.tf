### Namespaces of a Fargate profile

data "ekscompute_fargate_profile" "batch" {
  cluster_name         = var.cluster_name
  fargate_profile_name = "batch"
}

# Namespaces of the pods that run on Fargate.
output "fargate_namespaces" {
  value = sort(data.ekscompute_fargate_profile.batch.selector[*].namespace)
}
