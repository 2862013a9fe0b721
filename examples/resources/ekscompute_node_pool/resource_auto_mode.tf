### EKS Auto Mode node pool

# EKS Auto Mode nodes for batch jobs, with a taint that pods must tolerate.
resource "ekscompute_node_pool" "batch" {
  cluster_name    = var.cluster_name
  name            = "batch"
  controller      = "auto_mode"
  node_class_name = "default"

  requirement {
    key      = "eks.amazonaws.com/instance-category"
    operator = "In"
    values   = ["c"]
  }

  requirement {
    key      = "karpenter.sh/capacity-type"
    operator = "In"
    values   = ["spot"]
  }

  taint {
    key    = "batch"
    effect = "NoSchedule"
  }

  disruption {
    consolidation_policy = "WhenEmpty"
    consolidate_after    = "5m"
  }
}
