import {
  to = ekscompute_fargate_profile.batch
  id = "my-cluster:batch"
}
