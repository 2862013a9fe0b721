### GPU instance types for inference

# Instance types in these zones for a model that requires two GPUs with 40 GiB each.
data "ekscompute_gpu_instance_types" "inference" {
  gpu_manufacturers  = ["nvidia"]
  min_gpu_count      = 2
  min_gpu_memory_mib = 40 * 1024
  architectures      = ["amd64"]
  availability_zones = ["us-east-1a", "us-east-1b"]
  usage_classes      = ["on-demand"]
}

# A node pool requirement with only these families, even if AWS adds others.
output "requirement" {
  value = {
    key      = "karpenter.k8s.aws/instance-family"
    operator = "In"
    values   = distinct(data.ekscompute_gpu_instance_types.inference.instance_types[*].family)
  }
}

# GPUs and zones of each instance type.
output "table" {
  value = {
    for type in data.ekscompute_gpu_instance_types.inference.instance_types : type.name => {
      gpus  = "${type.gpu_count} x ${type.gpu_name}"
      zones = type.availability_zones
    }
  }
}
