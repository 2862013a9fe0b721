### User entries of a cluster

list "ekscompute_aws_auth_map_user" "all" {
  provider = ekscompute

  config {
    cluster_name = "my-cluster"
  }
}
