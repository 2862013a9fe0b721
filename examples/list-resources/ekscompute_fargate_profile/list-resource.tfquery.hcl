### Fargate profiles of a cluster

list "ekscompute_fargate_profile" "all" {
  provider = ekscompute

  config {
    cluster_name = "my-cluster"
  }
}
