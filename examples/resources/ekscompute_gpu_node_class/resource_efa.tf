### Elastic Fabric Adapters

# A p6-b200 instance has eight EFA devices. IP traffic uses the first network card.
resource "ekscompute_gpu_node_class" "training" {
  cluster_name          = var.cluster_name
  name                  = "training"
  controller            = "karpenter"
  role                  = var.node_role_name
  instance_store_policy = "RAID0"

  subnet_selector_term {
    id = var.subnet_id
  }

  security_group_selector_term {
    id = var.security_group_id
  }

  network_interface {
    network_card_index = 0
    device_index       = 0
    interface_type     = "interface"
  }

  network_interface {
    network_card_index = 0
    device_index       = 1
    interface_type     = "efa-only"
  }

  dynamic "network_interface" {
    for_each = range(1, 8)

    content {
      network_card_index = network_interface.value
      device_index       = 0
      interface_type     = "efa-only"
    }
  }
}
