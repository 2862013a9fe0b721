resource "ekscompute_node_class" "default" {
  cluster_name   = var.cluster_name
  name           = "default"
  controller     = "karpenter"
  ami_family     = "AL2023"
  role           = "KarpenterNodeRole-demo"
  tags           = { "app.kubernetes.io/created-by" = "demo" }
  wait_for_ready = false

  ami_selector_term { alias = "al2023@latest" }
  subnet_selector_term { tags = { "karpenter.sh/discovery" = "demo" } }
  security_group_selector_term { tags = { "karpenter.sh/discovery" = "demo" } }
}

resource "ekscompute_node_pool" "default" {
  cluster_name    = var.cluster_name
  name            = "default"
  controller      = "karpenter"
  node_class_name = ekscompute_node_class.default.name
  node_labels     = { type = "karpenter" }
  expire_after    = "72h"
  limits          = { cpu = "1000", memory = "1000Gi" }
  wait_for_ready  = false

  requirement {
    key      = "karpenter.sh/capacity-type"
    operator = "In"
    values   = ["on-demand"]
  }
  requirement {
    key      = "node.kubernetes.io/instance-type"
    operator = "In"
    values   = ["c5.large", "m5.large", "r5.large", "m5.xlarge"]
  }
  disruption {
    consolidation_policy = "WhenEmptyOrUnderutilized"
    consolidate_after    = "1m"
  }
}
