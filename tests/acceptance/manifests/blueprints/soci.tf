resource "ekscompute_node_class" "soci" {
  cluster_name          = var.cluster_name
  name                  = "soci"
  controller            = "karpenter"
  role                  = "KarpenterNodeRole-demo"
  instance_store_policy = "RAID0"
  user_data             = <<-EOT
    apiVersion: node.eks.aws/v1alpha1
    kind: NodeConfig
    spec:
      featureGates:
        FastImagePull: true
  EOT
  wait_for_ready        = false

  ami_selector_term { alias = "al2023@latest" }
  block_device_mapping {
    device_name = "/dev/xvda"
    ebs {
      volume_size = "100Gi"
      volume_type = "gp3"
      throughput  = 1000
      iops        = 16000
    }
  }
  subnet_selector_term { tags = { "karpenter.sh/discovery" = "demo" } }
  security_group_selector_term { tags = { "karpenter.sh/discovery" = "demo" } }
}

resource "ekscompute_node_class" "soci_bottlerocket" {
  cluster_name          = var.cluster_name
  name                  = "soci-bottlerocket"
  controller            = "karpenter"
  role                  = "KarpenterNodeRole-demo"
  instance_store_policy = "RAID0"
  user_data             = <<-EOT
    [settings.container-runtime]
    snapshotter = "soci"

    [settings.container-runtime-plugins.soci-snapshotter]
    pull-mode = "parallel-pull-unpack"

    [settings.container-runtime-plugins.soci-snapshotter.parallel-pull-unpack]
    max-concurrent-downloads-per-image = 20
    concurrent-download-chunk-size = "16mb"
    discard-unpacked-layers = true
  EOT
  wait_for_ready        = false

  ami_selector_term { alias = "bottlerocket@latest" }
  block_device_mapping {
    device_name = "/dev/xvda"
    ebs {
      volume_size = "4Gi"
      volume_type = "gp3"
      encrypted   = true
    }
  }
  block_device_mapping {
    device_name = "/dev/xvdb"
    ebs {
      volume_size = "100Gi"
      volume_type = "gp3"
      throughput  = 1000
      iops        = 16000
      encrypted   = true
    }
  }
  subnet_selector_term { tags = { "karpenter.sh/discovery" = "demo" } }
  security_group_selector_term { tags = { "karpenter.sh/discovery" = "demo" } }
}
