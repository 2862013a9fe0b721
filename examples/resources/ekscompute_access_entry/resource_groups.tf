### Role with Kubernetes groups

# A role whose permissions come from role bindings to a group. The resource does not manage its access policies.
resource "ekscompute_access_entry" "deployers" {
  cluster_name      = var.cluster_name
  principal_arn     = var.deployer_role_arn
  kubernetes_groups = ["deployers"]
  user_name         = "deployer:{{SessionName}}"
}
