resource "ekscompute_node_class" "pinned_amis" {
  cluster_name   = var.cluster_name
  name           = "pinned-amis"
  controller     = "karpenter"
  ami_family     = "AL2023"
  role           = "KarpenterNodeRole-demo"
  tags           = { KubernetesVersion = "1.31" }
  wait_for_ready = false

  ami_selector_term { id = "ami-0123456789abcdef0" }
  ami_selector_term { id = "ami-0fedcba9876543210" }
  subnet_selector_term { tags = { "karpenter.sh/discovery" = "demo" } }
  security_group_selector_term { tags = { "karpenter.sh/discovery" = "demo" } }
}

resource "ekscompute_node_pool" "pinned_amis" {
  cluster_name    = var.cluster_name
  name            = "pinned-amis"
  controller      = "karpenter"
  node_class_name = ekscompute_node_class.pinned_amis.name
  node_labels     = { intent = "latest-current-ami" }
  expire_after    = "168h0m0s"
  limits          = { cpu = "100k", memory = "5000Gi" }
  wait_for_ready  = false

  requirement {
    key      = "karpenter.k8s.aws/instance-category"
    operator = "In"
    values   = ["c", "m", "r", "i", "d"]
  }
  requirement {
    key      = "karpenter.k8s.aws/instance-cpu"
    operator = "In"
    values   = ["4", "8", "16", "32", "48", "64"]
  }
  requirement {
    key      = "karpenter.sh/capacity-type"
    operator = "In"
    values   = ["spot", "on-demand"]
  }
  disruption {
    consolidation_policy = "WhenEmptyOrUnderutilized"
    consolidate_after    = "1m"
  }
}
