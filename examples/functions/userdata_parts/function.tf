### Checking user data from any tool

locals {
  userdata = <<-EOT
    MIME-Version: 1.0
    Content-Type: multipart/mixed; boundary="BOUNDARY"

    --BOUNDARY
    Content-Type: text/x-shellscript

    #!/bin/bash
    mkdir -p /opt/tools

    --BOUNDARY
    Content-Type: application/node.eks.aws

    apiVersion: node.eks.aws/v1alpha1
    kind: NodeConfig
    spec:
      kubelet:
        config:
          maxPods: 58

    --BOUNDARY--
  EOT

  read = provider::ekscompute::userdata_parts(local.userdata)
}

output "kinds" {
  value = local.read.parts[*].kind # ["shell", "node_config"]
}

output "max_pods" {
  value = one([
    for part in local.read.parts : yamldecode(part.content).spec.kubelet.config.maxPods if part.kind == "node_config"
  ]) # 58
}

check "userdata_is_read_as_it_was_meant" {
  assert {
    condition     = length(local.read.problems) == 0
    error_message = join("\n", local.read.problems)
  }
}
