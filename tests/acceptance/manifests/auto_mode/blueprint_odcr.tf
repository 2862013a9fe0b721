resource "ekscompute_node_class" "odcr" {
  cluster_name   = var.cluster_name
  name           = "odcr"
  controller     = "auto_mode"
  role           = "AutoNodeRole-demo"
  wait_for_ready = false

  subnet_selector_term { tags = { "karpenter.sh/discovery" = "demo" } }
  security_group_selector_term { tags = { "karpenter.sh/discovery" = "demo" } }
  capacity_reservation_selector_term { tags = { intent = "apps", project = "demo" } }
  capacity_reservation_selector_term { id = "cr-0123456789abcdef0" }
}
