### Access entries of a cluster

list "ekscompute_access_entry" "all" {
  provider = ekscompute

  config {
    cluster_name = "my-cluster"
  }
}
