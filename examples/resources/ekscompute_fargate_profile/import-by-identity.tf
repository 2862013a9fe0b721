import {
  to = ekscompute_fargate_profile.batch
  identity = {
    cluster_name         = "my-cluster"
    fargate_profile_name = "batch"
  }
}
