### Custom AMI with Amazon Linux 2023

# A managed node group with a custom AMI. If the cluster arguments are unset, they are read from AWS.
data "ekscompute_userdata" "al2023" {
  ami_type     = "AL2023_x86_64_STANDARD"
  mode         = "managed_ami"
  cluster_name = var.cluster_name

  node_labels = { team = "core" }

  node_taint {
    key    = "dedicated"
    value  = "batch"
    effect = "NO_SCHEDULE"
  }

  kubelet_config = {
    shutdownGracePeriod         = "30s"
    imageGCHighThresholdPercent = 80
    imageGCLowThresholdPercent  = 70
  }

  instance_store {
    strategy = "RAID0"
  }

  pre_bootstrap_scripts = ["#!/bin/bash\nmkdir -p /opt/tools\n"]
}

# Use as user_data of an aws_launch_template.
output "al2023" {
  value = data.ekscompute_userdata.al2023.rendered_base64
}
