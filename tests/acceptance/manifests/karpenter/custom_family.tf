resource "ekscompute_node_class" "custom_family" {
  cluster_name   = var.cluster_name
  name           = "custom-family"
  controller     = "karpenter"
  ami_family     = "Custom"
  role           = "KarpenterNodeRole-demo"
  user_data      = <<-EOT
    #!/bin/bash
    /opt/setup --labels 'team=a' "$@"
  EOT
  wait_for_ready = false

  ami_selector_term { alias = "bottlerocket@latest" }
  subnet_selector_term { tags = { "karpenter.sh/discovery" = "demo" } }
  security_group_selector_term { tags = { "karpenter.sh/discovery" = "demo" } }
}
