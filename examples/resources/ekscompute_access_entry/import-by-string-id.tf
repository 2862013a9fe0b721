import {
  to = ekscompute_access_entry.developers
  id = "my-cluster:arn:aws:iam::111122223333:role/developers"
}
