resource "ekscompute_node_class" "soci" {
  cluster_name              = var.cluster_name
  name                      = "soci"
  controller                = "auto_mode"
  role                      = "AutoNodeRole-demo"
  network_policy            = "DefaultAllow"
  network_policy_event_logs = "Disabled"
  snat_policy               = "Random"
  wait_for_ready            = false

  ephemeral_storage { size = "100Gi" }
  subnet_selector_term { tags = { "karpenter.sh/discovery" = "demo" } }
  security_group_selector_term { tags = { "karpenter.sh/discovery" = "demo" } }
}

resource "ekscompute_node_pool" "soci" {
  cluster_name    = var.cluster_name
  name            = "soci"
  controller      = "auto_mode"
  node_class_name = ekscompute_node_class.soci.name
  node_labels     = { intent = "soci" }
  wait_for_ready  = false

  requirement {
    key      = "eks.amazonaws.com/instance-category"
    operator = "In"
    values   = ["g"]
  }
  requirement {
    key      = "eks.amazonaws.com/instance-generation"
    operator = "Gt"
    values   = ["4"]
  }
  requirement {
    key      = "karpenter.sh/capacity-type"
    operator = "In"
    values   = ["spot", "on-demand"]
  }
  taint {
    key    = "nvidia.com/gpu"
    effect = "NoSchedule"
  }
  disruption {
    consolidation_policy = "WhenEmptyOrUnderutilized"
    consolidate_after    = "5m"
  }
}
