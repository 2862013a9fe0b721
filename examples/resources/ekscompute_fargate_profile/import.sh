terraform import ekscompute_fargate_profile.batch my-cluster:batch
