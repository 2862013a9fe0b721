# Programs whose permissions come from role bindings to a group. Access policies are not managed.
resource "ekscompute_access_entry" "deployers" {
  cluster_name      = var.cluster_name
  principal_arn     = var.deployer_role_arn
  kubernetes_groups = ["deployers"]
  user_name         = "deployer:{{SessionName}}"
}
