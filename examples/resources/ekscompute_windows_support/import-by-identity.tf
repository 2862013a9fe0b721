import {
  to = ekscompute_windows_support.this
  identity = {
    cluster_name = "my-cluster"
  }
}
