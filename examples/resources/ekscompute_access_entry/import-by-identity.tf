import {
  to = ekscompute_access_entry.developers
  identity = {
    cluster_name  = "my-cluster"
    principal_arn = "arn:aws:iam::111122223333:role/developers"
  }
}
