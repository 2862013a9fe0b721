resource "ekscompute_node_class" "ebs_resize" {
  cluster_name          = var.cluster_name
  name                  = "ebs-resize"
  controller            = "karpenter"
  ami_family            = "AL2023"
  role                  = "KarpenterNodeRole-demo"
  instance_store_policy = "RAID0"
  user_data             = <<-EOT
    #!/bin/bash
    set -e
    size=$${1:-100}
    device="/dev/xvda"
    echo "growing $device to $${size}GB: $(lsblk -no SIZE "$device")"
    aws ec2 describe-volumes --query 'Volumes[?Device==`'$device'`].Size | [0]'
    growpart $device 1 || true
    xfs_growfs /
    /usr/bin/nodeadm init
  EOT
  wait_for_ready        = false

  ami_selector_term { alias = "al2023@v20250715" }
  subnet_selector_term { tags = { "karpenter.sh/discovery" = "demo" } }
  security_group_selector_term { tags = { "karpenter.sh/discovery" = "demo" } }
  metadata_options {
    http_endpoint               = "enabled"
    http_tokens                 = "required"
    http_put_response_hop_limit = 1
  }
  block_device_mapping {
    device_name = "/dev/xvda"
    ebs {
      volume_size           = "20Gi"
      volume_type           = "gp3"
      delete_on_termination = true
      encrypted             = true
    }
  }
}
