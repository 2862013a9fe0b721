resource "ekscompute_node_pool" "split_on_demand" {
  cluster_name    = var.cluster_name
  name            = "split-on-demand"
  controller      = "karpenter"
  node_class_name = "default"
  node_labels     = { intent = "apps" }
  expire_after    = "168h0m0s"
  limits          = { cpu = "1k", memory = "500Gi" }
  wait_for_ready  = false

  requirement {
    key      = "capacity-spread"
    operator = "In"
    values   = ["1"]
  }
  requirement {
    key      = "karpenter.sh/capacity-type"
    operator = "In"
    values   = ["on-demand"]
  }
  requirement {
    key      = "karpenter.k8s.aws/instance-category"
    operator = "In"
    values   = ["c", "m", "r"]
  }
  requirement {
    key      = "karpenter.k8s.aws/instance-generation"
    operator = "Gt"
    values   = ["2"]
  }
  taint {
    key    = "intent"
    value  = "workload-split"
    effect = "NoSchedule"
  }
  disruption {
    consolidation_policy = "WhenEmptyOrUnderutilized"
    consolidate_after    = "1m"
  }
}

resource "ekscompute_node_pool" "split_spot" {
  cluster_name    = var.cluster_name
  name            = "split-spot"
  controller      = "karpenter"
  node_class_name = "default"
  node_labels     = { intent = "apps" }
  expire_after    = "168h0m0s"
  limits          = { cpu = "1k", memory = "500Gi" }
  wait_for_ready  = false

  requirement {
    key      = "capacity-spread"
    operator = "In"
    values   = ["2", "3", "4", "5"]
  }
  requirement {
    key      = "karpenter.sh/capacity-type"
    operator = "In"
    values   = ["spot"]
  }
  requirement {
    key      = "karpenter.k8s.aws/instance-category"
    operator = "In"
    values   = ["c", "m", "r"]
  }
  requirement {
    key      = "karpenter.k8s.aws/instance-generation"
    operator = "Gt"
    values   = ["2"]
  }
  taint {
    key    = "intent"
    value  = "workload-split"
    effect = "NoSchedule"
  }
  disruption {
    consolidation_policy = "WhenEmptyOrUnderutilized"
    consolidate_after    = "1m"
  }
}
