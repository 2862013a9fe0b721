resource "ekscompute_node_class" "odcr" {
  cluster_name   = var.cluster_name
  name           = "odcr"
  controller     = "karpenter"
  role           = "KarpenterNodeRole-demo"
  wait_for_ready = false

  ami_selector_term { alias = "al2023@latest" }
  subnet_selector_term { tags = { "karpenter.sh/discovery" = "demo" } }
  security_group_selector_term { tags = { "karpenter.sh/discovery" = "demo" } }
  capacity_reservation_selector_term { tags = { intent = "apps", project = "demo" } }
}

resource "ekscompute_node_pool" "odcr" {
  cluster_name    = var.cluster_name
  name            = "odcr"
  controller      = "karpenter"
  node_class_name = ekscompute_node_class.odcr.name
  node_labels     = { intent = "apps", workload-type = "odcr" }
  expire_after    = "168h0m0s"
  wait_for_ready  = false

  requirement {
    key      = "kubernetes.io/os"
    operator = "In"
    values   = ["linux"]
  }
  requirement {
    key      = "kubernetes.io/arch"
    operator = "In"
    values   = ["amd64"]
  }
  requirement {
    key      = "node.kubernetes.io/instance-type"
    operator = "In"
    values   = ["t3.small"]
  }
  requirement {
    key      = "topology.kubernetes.io/zone"
    operator = "In"
    values   = ["us-east-1a"]
  }
  requirement {
    key      = "karpenter.sh/capacity-type"
    operator = "In"
    values   = ["reserved", "on-demand"]
  }
  disruption {
    consolidation_policy = "WhenEmptyOrUnderutilized"
    consolidate_after    = "1m"
  }
}
