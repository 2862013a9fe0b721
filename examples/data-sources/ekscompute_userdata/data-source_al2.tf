### Amazon Linux 2

# Amazon Linux 2, with one of its last AMI releases. The endpoint and CA certificate of the cluster are read from AWS.
data "ekscompute_userdata" "al2" {
  ami_type     = "AL2_x86_64"
  mode         = "managed_ami"
  cluster_name = var.cluster_name
  max_pods     = provider::ekscompute::max_pods(3, 10)

  node_labels = { team = "core" }

  node_taint {
    key    = "dedicated"
    value  = "batch"
    effect = "NO_SCHEDULE"
  }

  kubelet_config = {
    shutdownGracePeriod = "30s"
    evictionHard        = { "memory.available" = "5%" }
  }

  pre_bootstrap_scripts = ["#!/bin/bash\nmkdir -p /opt/tools\n"]
}

output "al2" {
  value = data.ekscompute_userdata.al2.rendered_base64
}
