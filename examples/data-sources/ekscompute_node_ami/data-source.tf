### Recommended and pinned AMIs

# The AMI that AWS currently recommends. A launch template with this AMI changes when AWS recommends a newer AMI.
data "ekscompute_node_ami" "recommended" {
  ami_type           = "AL2023_x86_64_STANDARD"
  kubernetes_version = "1.33"
}

# The AMI of a specific release.
data "ekscompute_node_ami" "pinned" {
  ami_type           = "BOTTLEROCKET_ARM_64"
  kubernetes_version = "1.33"
  release_version    = var.release_version
}

output "image_ids" {
  value = [
    data.ekscompute_node_ami.recommended.image_id, # use as image_id of an aws_launch_template
    data.ekscompute_node_ami.pinned.image_id,
  ]
}
