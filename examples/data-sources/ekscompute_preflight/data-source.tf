### Preflight check in a check block

data "ekscompute_preflight" "workers" {
  cluster_name   = var.cluster_name
  node_role_arn  = var.node_role_arn
  subnet_ids     = var.subnet_ids
  instance_types = ["m6i.large", "m5.large"]

  scaling_config {
    min_size     = 1
    desired_size = 2
    max_size     = 4
  }
}

check "workers_can_join" {
  assert {
    condition     = data.ekscompute_preflight.workers.ok
    error_message = join("\n", [for finding in data.ekscompute_preflight.workers.findings : "${finding.attribute}: ${finding.found} ${finding.fix}"])
  }
}

output "findings" {
  value = data.ekscompute_preflight.workers.findings
}
