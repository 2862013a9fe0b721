resource "ekscompute_node_class" "chatbot" {
  cluster_name          = var.cluster_name
  name                  = "chatbot"
  controller            = "karpenter"
  ami_family            = "AL2023"
  instance_store_policy = "RAID0"
  role                  = "KarpenterNodeRole-demo"
  user_data             = <<-EOT
    apiVersion: node.eks.aws/v1alpha1
    kind: NodeConfig
    spec:
      featureGates:
        FastImagePull: true
  EOT
  tags                  = { "app.kubernetes.io/created-by" = "demo", "karpenter.sh/discovery" = "demo", aws-neuron = "true" }
  wait_for_ready        = false

  ami_selector_term { alias = "al2023@latest" }
  block_device_mapping {
    device_name = "/dev/xvda"
    ebs {
      delete_on_termination = true
      encrypted             = true
      volume_size           = "256Gi"
      iops                  = 16000
      throughput            = 1000
      volume_type           = "gp3"
    }
  }
  security_group_selector_term { tags = { "karpenter.sh/discovery" = "demo" } }
  security_group_selector_term { tags = { "kubernetes.io/cluster/demo" = "owned" } }
  subnet_selector_term { tags = { "karpenter.sh/discovery" = "demo", "kubernetes.io/role/internal-elb" = "1" } }
}

resource "ekscompute_node_pool" "chatbot" {
  cluster_name             = var.cluster_name
  name                     = "chatbot"
  controller               = "karpenter"
  node_class_name          = ekscompute_node_class.chatbot.name
  node_labels              = { "neuron.amazonaws.com/neuron-device" = "true", "vpc.amazonaws.com/has-trunk-attached" = "true" }
  expire_after             = "720h"
  termination_grace_period = "24h"
  limits                   = { "aws.amazon.com/neuron" = "2", cpu = "16", memory = "64Gi" }
  wait_for_ready           = false

  taint {
    key    = "aws.amazon.com/neuron"
    value  = "true"
    effect = "NoSchedule"
  }
  requirement {
    key      = "node.kubernetes.io/instance-type"
    operator = "In"
    values   = ["trn1.2xlarge", "inf2.xlarge"]
  }
  requirement {
    key      = "kubernetes.io/arch"
    operator = "In"
    values   = ["amd64"]
  }
  requirement {
    key      = "karpenter.sh/capacity-type"
    operator = "In"
    values   = ["on-demand"]
  }
  disruption {
    consolidate_after    = "300s"
    consolidation_policy = "WhenEmptyOrUnderutilized"
  }
}
