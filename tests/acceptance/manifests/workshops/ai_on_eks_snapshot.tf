resource "ekscompute_node_class" "preloaded_images" {
  cluster_name   = var.cluster_name
  name           = "preloaded-images"
  controller     = "karpenter"
  ami_family     = "Bottlerocket"
  role           = "KarpenterNodeRole-demo"
  wait_for_ready = false

  ami_selector_term { alias = "bottlerocket@latest" }
  subnet_selector_term { tags = { "karpenter.sh/discovery" = "demo" } }
  security_group_selector_term { tags = { "karpenter.sh/discovery" = "demo" } }
  block_device_mapping {
    device_name = "/dev/xvdb"
    ebs {
      volume_size = "150Gi"
      volume_type = "gp3"
      kms_key_id  = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
      snapshot_id = "snap-0123456789abcdef0"
    }
  }
}
