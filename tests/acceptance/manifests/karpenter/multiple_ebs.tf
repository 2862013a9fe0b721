resource "ekscompute_node_class" "multiple_ebs" {
  cluster_name   = var.cluster_name
  name           = "multiple-ebs"
  controller     = "karpenter"
  role           = "KarpenterNodeRole-demo"
  wait_for_ready = false

  ami_selector_term { alias = "al2023@latest" }
  subnet_selector_term { tags = { "karpenter.sh/discovery" = "demo" } }
  security_group_selector_term { tags = { "karpenter.sh/discovery" = "demo" } }
  block_device_mapping {
    device_name = "/dev/xvda"
    ebs {
      volume_type           = "gp3"
      volume_size           = "20Gi"
      delete_on_termination = true
    }
  }
  block_device_mapping {
    device_name = "/dev/xvdb"
    ebs {
      volume_type           = "gp3"
      volume_size           = "100Gi"
      delete_on_termination = true
    }
  }
  block_device_mapping {
    device_name = "/dev/xvdc"
    ebs {
      volume_type           = "gp3"
      volume_size           = "2000Gi"
      delete_on_termination = true
    }
  }
}
