resource "ekscompute_gpu_node_class" "gpu" {
  cluster_name = var.cluster_name
  name         = "gpu"
  controller   = "karpenter"
  role         = var.node_role_name

  # GPU instance types use the variant with the NVIDIA driver. A pinned release prevents replacement of nodes.
  ami_selector_term {
    alias = "al2023@v20260801"
  }

  subnet_selector_term {
    tags = { "karpenter.sh/discovery" = var.cluster_name }
  }

  security_group_selector_term {
    tags = { "karpenter.sh/discovery" = var.cluster_name }
  }

  # CUDA images are large.
  block_device_mapping {
    device_name = "/dev/xvda"

    ebs {
      volume_size = "300Gi"
      volume_type = "gp3"
      encrypted   = true
    }
  }
}
