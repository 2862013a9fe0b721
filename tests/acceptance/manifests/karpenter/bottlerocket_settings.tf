resource "ekscompute_node_class" "bottlerocket_settings" {
  cluster_name   = var.cluster_name
  name           = "bottlerocket-settings"
  controller     = "karpenter"
  role           = "KarpenterNodeRole-demo"
  user_data      = <<-EOT
    [settings.kubernetes]
    kube-api-qps = 30
  EOT
  wait_for_ready = false

  ami_selector_term { alias = "bottlerocket@latest" }
  subnet_selector_term { tags = { "karpenter.sh/discovery" = "demo" } }
  security_group_selector_term { tags = { "karpenter.sh/discovery" = "demo" } }
}
