resource "ekscompute_node_class" "security_hardened" {
  cluster_name   = var.cluster_name
  name           = "security-hardened"
  controller     = "auto_mode"
  role           = "AutoNodeRole-demo"
  wait_for_ready = false

  subnet_selector_term { tags = { Name = "private" } }
  security_group_selector_term { tags = { Name = "eks-cluster-sg" } }
  advanced_security {
    fips            = true
    kernel_lockdown = "integrity"
  }
}
