# What can run a model that needs two GPUs of 40 GiB, in these zones.
data "ekscompute_gpu_instance_types" "inference" {
  gpu_manufacturers  = ["nvidia"]
  min_gpu_count      = 2
  min_gpu_memory_mib = 40 * 1024
  architectures      = ["amd64"]
  availability_zones = ["us-east-1a", "us-east-1b"]
  usage_classes      = ["on-demand"]
}

# A requirement of a node pool: these families, and no others that AWS may add.
output "requirement" {
  value = {
    key      = "karpenter.k8s.aws/instance-family"
    operator = "In"
    values   = distinct(data.ekscompute_gpu_instance_types.inference.instance_types[*].family)
  }
}

# GPUs and zones of each type.
output "table" {
  value = {
    for type in data.ekscompute_gpu_instance_types.inference.instance_types : type.name => {
      gpus  = "${type.gpu_count} x ${type.gpu_name}"
      zones = type.availability_zones
    }
  }
}
