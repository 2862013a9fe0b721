resource "ekscompute_aws_auth_map_user" "deployer" {
  cluster_name = var.cluster_name
  user_arn     = "arn:aws:iam::111122223333:user/ci/deployer" # including its path
  username     = "deployer"
  groups       = ["deployers"]
}
