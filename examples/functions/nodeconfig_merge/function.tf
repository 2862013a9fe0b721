### Merging two NodeConfig documents

locals {
  base = yamlencode({
    apiVersion = "node.eks.aws/v1alpha1"
    kind       = "NodeConfig"
    spec = {
      kubelet = {
        config = { maxPods = 58, evictionHard = { "memory.available" = "200Mi" } }
        flags  = ["--node-labels=team=core"]
      }
    }
  })

  merged = provider::ekscompute::nodeconfig_merge([local.base, <<-EOT
    apiVersion: node.eks.aws/v1alpha1
    kind: NodeConfig
    spec:
      featureGates:
        FastImagePull: true
      kubelet:
        config:
          maxPods: 110
        flags:
          - --v=4
  EOT
  ])
}

output "kubelet" {
  value = yamldecode(local.merged).spec.kubelet
  # {
  #   config = { evictionHard = { "memory.available" = "200Mi" }, maxPods = 110 }
  #   flags  = ["--node-labels=team=core", "--v=4"]
  # }
}
