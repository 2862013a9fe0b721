import {
  to = ekscompute_aws_auth_map_role.nodes
  id = "my-cluster/arn:aws:iam::111122223333:role/my-nodes"
}
