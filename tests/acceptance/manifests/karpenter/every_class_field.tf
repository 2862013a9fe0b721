resource "ekscompute_node_class" "every_class_field" {
  cluster_name = var.cluster_name
  name         = "every-class-field"
  controller   = "karpenter"
  ami_family   = "AL2023"
  role         = "KarpenterNodeRole-demo"
  kubelet = {
    podsPerCore                 = 2
    maxPods                     = 20
    systemReserved              = { cpu = "100m", memory = "100Mi", ephemeral-storage = "1Gi" }
    kubeReserved                = { cpu = "200m", memory = "100Mi", ephemeral-storage = "3Gi" }
    evictionHard                = { "memory.available" = "5%", "nodefs.available" = "10%", "nodefs.inodesFree" = "10%" }
    evictionSoft                = { "memory.available" = "500Mi", "nodefs.available" = "15%", "nodefs.inodesFree" = "15%" }
    evictionSoftGracePeriod     = { "memory.available" = "1m", "nodefs.available" = "1m30s", "nodefs.inodesFree" = "2m" }
    evictionMaxPodGracePeriod   = 60
    imageGCHighThresholdPercent = 85
    imageGCLowThresholdPercent  = 80
    cpuCFSQuota                 = true
    clusterDNS                  = ["10.0.1.100"]
  }
  tags                        = { team = "a", app = "web" }
  instance_store_policy       = "RAID0"
  user_data                   = <<-EOT
    #!/bin/bash
    echo "ready"
  EOT
  detailed_monitoring         = true
  associate_public_ip_address = true
  wait_for_ready              = false

  subnet_selector_term { tags = { "karpenter.sh/discovery" = "demo", environment = "test" } }
  subnet_selector_term { id = "subnet-0123456789abcdef0" }
  security_group_selector_term { tags = { "karpenter.sh/discovery" = "demo", environment = "test" } }
  security_group_selector_term { name = "nodes" }
  security_group_selector_term { id = "sg-0123456789abcdef0" }
  ami_selector_term { tags = { "karpenter.sh/discovery" = "demo", environment = "test" } }
  ami_selector_term {
    name  = "al2023-*"
    owner = "self"
  }
  ami_selector_term { id = "ami-0123456789abcdef0" }
  ami_selector_term { ssm_parameter = "/images/nodes" }
  capacity_reservation_selector_term { tags = { "karpenter.sh/discovery" = "demo" } }
  capacity_reservation_selector_term { id = "cr-0123456789abcdef0" }
  capacity_reservation_selector_term { instance_match_criteria = "open" }
  placement_group_selector { name = "nodes" }
  metadata_options {
    http_endpoint               = "enabled"
    http_protocol_ipv6          = "disabled"
    http_put_response_hop_limit = 1
    http_tokens                 = "required"
  }
  connection_tracking {
    tcp_established_timeout = 300
    udp_stream_timeout      = 120
    udp_timeout             = 45
  }
  block_device_mapping {
    device_name = "/dev/xvda"
    ebs {
      volume_size                = "100Gi"
      volume_type                = "gp3"
      iops                       = 10000
      throughput                 = 125
      encrypted                  = true
      kms_key_id                 = "1234abcd-12ab-34cd-56ef-1234567890ab"
      delete_on_termination      = true
      snapshot_id                = "snap-0123456789abcdef0"
      volume_initialization_rate = 100
    }
  }
  network_interface {
    network_card_index = 0
    device_index       = 0
    interface_type     = "interface"
  }
}
