### Self-managed Windows nodes

# Self-managed Windows nodes.
data "ekscompute_userdata" "windows" {
  ami_type     = "WINDOWS_CORE_2022_x86_64"
  cluster_name = var.cluster_name
  max_pods     = provider::ekscompute::max_pods(3, 10, { operating_system = "windows" })

  node_taint {
    key    = "os"
    value  = "windows"
    effect = "NO_SCHEDULE"
  }

  pre_bootstrap_scripts = ["New-Item -ItemType Directory -Force -Path C:\\tools"]
}

output "windows" {
  value = data.ekscompute_userdata.windows.rendered_base64
}
