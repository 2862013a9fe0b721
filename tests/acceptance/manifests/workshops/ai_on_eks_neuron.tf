resource "ekscompute_node_pool" "neuron" {
  cluster_name             = var.cluster_name
  name                     = "neuron"
  controller               = "karpenter"
  node_class_name          = "neuron"
  node_labels              = { "example.com/ami-family" = "bottlerocket", accelerator = "neuron" }
  expire_after             = "720h"
  termination_grace_period = "24h"
  weight                   = 10
  wait_for_ready           = false

  requirement {
    key      = "karpenter.k8s.aws/instance-family"
    operator = "In"
    values   = ["inf2", "trn1", "trn2"]
  }
  requirement {
    key      = "karpenter.sh/capacity-type"
    operator = "In"
    values   = ["reserved", "spot", "on-demand"]
  }
  taint {
    key    = "aws.amazon.com/neuron"
    effect = "NoSchedule"
  }
  disruption {
    consolidate_after    = "300s"
    consolidation_policy = "WhenEmptyOrUnderutilized"
    budget { nodes = "10%" }
  }
}
