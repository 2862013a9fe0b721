### Users with custom groups

resource "ekscompute_aws_auth_map_role" "developers" {
  cluster_name = var.cluster_name
  role_arn     = "arn:aws:iam::111122223333:role/teams/developers" # the path is omitted from the entry
  username     = "developer:{{SessionName}}"
  groups       = ["developers"]
}
