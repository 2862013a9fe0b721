import {
  to = ekscompute_aws_auth_map_user.deployer
  id = "my-cluster/arn:aws:iam::111122223333:user/ci/deployer"
}
