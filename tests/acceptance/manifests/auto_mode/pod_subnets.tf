resource "ekscompute_node_class" "advanced_networking" {
  cluster_name   = var.cluster_name
  name           = "advanced-networking"
  controller     = "auto_mode"
  role           = "AutoNodeRole-demo"
  wait_for_ready = false

  subnet_selector_term { tags = { "kubernetes.io/role/internal-elb" = "1" } }
  security_group_selector_term { tags = { "kubernetes.io/cluster/demo" = "owned" } }
  pod_subnet_selector_term { tags = { advanced-networking = "1" } }
  pod_security_group_selector_term { tags = { "kubernetes.io/cluster/demo" = "owned" } }
}
