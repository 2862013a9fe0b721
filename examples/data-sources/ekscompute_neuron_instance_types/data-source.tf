### Trainium instance types with EFA

# Instance types in these zones with at least 16 Trainium devices and an Elastic Fabric Adapter.
data "ekscompute_neuron_instance_types" "training" {
  device_names       = ["trainium", "trainium2"]
  min_device_count   = 16
  efa_supported      = true
  availability_zones = ["us-east-1a", "us-east-1b"]
}

# A node pool requirement with only these instance types, even if AWS adds others.
output "requirement" {
  value = {
    key      = "node.kubernetes.io/instance-type"
    operator = "In"
    values   = data.ekscompute_neuron_instance_types.training.names
  }
}

# Devices and cores of each instance type.
output "table" {
  value = {
    for type in data.ekscompute_neuron_instance_types.training.instance_types : type.name => {
      devices = "${type.device_count} x ${type.device_name}"
      cores   = type.core_count
    }
  }
}
