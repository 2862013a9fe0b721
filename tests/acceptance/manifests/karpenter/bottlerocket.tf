resource "ekscompute_node_class" "bottlerocket" {
  cluster_name       = var.cluster_name
  name               = "bottlerocket"
  controller         = "karpenter"
  object_annotations = { "kubernetes.io/description" = "Bottlerocket with both of its volumes" }
  role               = "KarpenterNodeRole-demo"
  wait_for_ready     = false

  ami_selector_term { alias = "bottlerocket@latest" }
  subnet_selector_term { tags = { "karpenter.sh/discovery" = "demo" } }
  security_group_selector_term { tags = { "karpenter.sh/discovery" = "demo" } }
  block_device_mapping {
    device_name = "/dev/xvda"
    ebs {
      volume_type           = "gp3"
      volume_size           = "4Gi"
      delete_on_termination = true
    }
  }
  block_device_mapping {
    device_name = "/dev/xvdb"
    ebs {
      volume_type           = "gp3"
      volume_size           = "20Gi"
      delete_on_termination = true
    }
  }
}
