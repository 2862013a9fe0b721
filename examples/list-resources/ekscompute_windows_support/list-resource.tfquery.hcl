### Windows support of a cluster

list "ekscompute_windows_support" "all" {
  provider = ekscompute

  config {
    cluster_name = "my-cluster"
  }
}
