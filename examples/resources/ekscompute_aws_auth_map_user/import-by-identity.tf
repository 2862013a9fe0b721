import {
  to = ekscompute_aws_auth_map_user.deployer
  identity = {
    cluster_name = "my-cluster"
    user_arn     = "arn:aws:iam::111122223333:user/ci/deployer"
  }
}
