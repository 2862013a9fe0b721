### Maximum pods of instance types

output "m5_large" {
  value = provider::ekscompute::max_pods(3, 10) # 29
}

output "m5_large_with_prefix_delegation" {
  value = provider::ekscompute::max_pods(3, 10, { prefix_delegation = true, vcpus = 2 }) # 110
}

# All nodes of a node group have the same limit, which is the smallest result.
output "m5_large_and_t3_medium" {
  value = min(provider::ekscompute::max_pods(3, 10), provider::ekscompute::max_pods(3, 6)) # 17
}
