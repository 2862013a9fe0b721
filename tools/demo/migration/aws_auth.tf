# Step 5 of make demo: one existing entry of the aws-auth ConfigMap, with another group than before.

import {
  to = ekscompute_aws_auth_map_role.ops
  id = "demo/arn:aws:iam::123456789012:role/ops"
}

resource "ekscompute_aws_auth_map_role" "ops" {
  cluster_name = var.cluster_name
  role_arn     = "arn:aws:iam::123456789012:role/ops"
  username     = "ops"
  groups       = ["editors"]
}
