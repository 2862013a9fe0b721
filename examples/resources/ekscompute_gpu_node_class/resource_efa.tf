# A p6-b200 has one network card for IP traffic and eight EFA devices.
resource "ekscompute_gpu_node_class" "training" {
  cluster_name = var.cluster_name
  name         = "training"
  controller  = "karpenter"
  role         = var.node_role_name

  subnet_selector_terms         = [{ id = var.subnet_id }]
  security_group_selector_terms = [{ id = var.security_group_id }]
  instance_store_policy         = "RAID0"

  network_interfaces = concat(
    [
      { network_card_index = 0, device_index = 0, interface_type = "interface" },
      { network_card_index = 0, device_index = 1, interface_type = "efa-only" },
    ],
    [for card in range(1, 8) : { network_card_index = card, device_index = 0, interface_type = "efa-only" }],
  )
}
