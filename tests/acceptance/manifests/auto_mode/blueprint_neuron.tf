resource "ekscompute_node_class" "neuron" {
  cluster_name   = var.cluster_name
  name           = "neuron"
  controller     = "auto_mode"
  role           = "AutoNodeRole-demo"
  wait_for_ready = false

  subnet_selector_term { tags = { "karpenter.sh/discovery" = "demo" } }
  security_group_selector_term { tags = { "karpenter.sh/discovery" = "demo" } }
  ephemeral_storage { size = "100Gi" }
}

resource "ekscompute_node_pool" "neuron" {
  cluster_name    = var.cluster_name
  name            = "neuron"
  controller      = "auto_mode"
  node_class_name = ekscompute_node_class.neuron.name
  node_labels     = { intent = "neuron" }
  expire_after    = "336h"
  limits          = { cpu = "100", memory = "100Gi", "aws.amazon.com/neuron" = "5" }
  wait_for_ready  = false

  requirement {
    key      = "karpenter.sh/capacity-type"
    operator = "In"
    values   = ["on-demand", "spot"]
  }
  requirement {
    key      = "eks.amazonaws.com/instance-category"
    operator = "In"
    values   = ["inf", "trn"]
  }
  taint {
    key    = "aws.amazon.com/neuron"
    effect = "NoSchedule"
  }
  disruption {
    consolidation_policy = "WhenEmpty"
    consolidate_after    = "5m"
  }
}
