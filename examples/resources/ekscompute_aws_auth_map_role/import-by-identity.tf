import {
  to = ekscompute_aws_auth_map_role.nodes
  identity = {
    cluster_name = "my-cluster"
    role_arn     = "arn:aws:iam::111122223333:role/my-nodes"
  }
}
