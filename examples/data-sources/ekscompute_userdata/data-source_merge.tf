### User data for an EKS AMI

# A managed node group with an EKS AMI: EKS adds the bootstrap settings and merges this user data.
data "ekscompute_userdata" "merged" {
  ami_type = "AL2023_ARM_64_STANDARD"
  mode     = "merge"

  kubelet_config = { podPidsLimit = 4096 }
}

output "merged" {
  value = data.ekscompute_userdata.merged.rendered_base64
}
