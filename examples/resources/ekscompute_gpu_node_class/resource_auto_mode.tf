### EKS Auto Mode node class

resource "ekscompute_gpu_node_class" "gpu" {
  cluster_name = var.cluster_name
  name         = "gpu"
  controller   = "auto_mode"
  role         = var.node_role_name

  subnet_selector_term {
    tags = { "karpenter.sh/discovery" = var.cluster_name }
  }

  security_group_selector_term {
    tags = { "karpenter.sh/discovery" = var.cluster_name }
  }

  ephemeral_storage {
    size = "300Gi"
  }
}
