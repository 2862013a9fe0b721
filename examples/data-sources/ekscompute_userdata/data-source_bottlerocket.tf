### Bottlerocket with shared GPUs

# Bottlerocket with GPUs that pods share. No AWS credentials are required if the cluster arguments are set.
data "ekscompute_userdata" "bottlerocket" {
  ami_type               = "BOTTLEROCKET_x86_64_NVIDIA"
  cluster_name           = var.cluster_name
  cluster_endpoint       = var.cluster_endpoint
  cluster_ca_certificate = var.cluster_ca_certificate
  service_cidr           = var.service_cidr

  node_labels = { "example.com/tier" = "gold" }

  bottlerocket_settings = {
    host-containers = { admin = { enabled = true } }
    kernel          = { sysctl = { "vm.max_map_count" = "262144" } }
    kubelet-device-plugins = {
      nvidia = {
        device-sharing-strategy = "time-slicing"
        time-slicing            = { replicas = 4 }
      }
    }
  }
}

output "bottlerocket" {
  value = data.ekscompute_userdata.bottlerocket.rendered_base64
}
