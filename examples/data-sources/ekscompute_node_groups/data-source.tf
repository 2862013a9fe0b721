### AMI releases of all node groups

data "ekscompute_node_groups" "all" {
  cluster_name = var.cluster_name
}

data "ekscompute_node_group" "each" {
  for_each = toset(data.ekscompute_node_groups.all.names)

  cluster_name    = var.cluster_name
  node_group_name = each.value
}

output "releases" {
  value = { for name, group in data.ekscompute_node_group.each : name => group.release_version }
}
