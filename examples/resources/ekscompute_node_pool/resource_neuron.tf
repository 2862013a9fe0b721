### Trainium and Inferentia nodes

# Nodes with Trainium or Inferentia devices. The Neuron device plugin tolerates the taint.
resource "ekscompute_node_pool" "neuron" {
  cluster_name    = var.cluster_name
  name            = "neuron"
  controller      = "karpenter"
  node_class_name = "default"

  requirement {
    key      = "karpenter.k8s.aws/instance-category"
    operator = "In"
    values   = ["inf", "trn"]
  }

  # Excludes instance types with only one device.
  requirement {
    key      = "karpenter.k8s.aws/instance-accelerator-count"
    operator = "Gt"
    values   = ["1"]
  }

  requirement {
    key      = "karpenter.sh/capacity-type"
    operator = "In"
    values   = ["on-demand"]
  }

  taint {
    key    = "aws.amazon.com/neuron"
    effect = "NoSchedule"
  }

  limits = {
    "aws.amazon.com/neuron" = "64"
  }

  disruption {
    consolidation_policy = "WhenEmpty"
    consolidate_after    = "20m"
  }
}
