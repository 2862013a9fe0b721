terraform import ekscompute_aws_auth_map_user.deployer my-cluster/arn:aws:iam::111122223333:user/ci/deployer
