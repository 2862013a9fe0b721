terraform import ekscompute_access_entry.developers my-cluster:arn:aws:iam::111122223333:role/developers
