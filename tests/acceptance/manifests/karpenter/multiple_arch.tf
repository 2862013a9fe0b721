resource "ekscompute_node_pool" "arch_amd64" {
  cluster_name    = var.cluster_name
  name            = "arch-amd64"
  controller      = "karpenter"
  node_class_name = "default"
  wait_for_ready  = false

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
  requirement {
    key      = "karpenter.k8s.aws/instance-category"
    operator = "In"
    values   = ["c", "m", "r"]
  }
}

resource "ekscompute_node_pool" "arch_arm64" {
  cluster_name    = var.cluster_name
  name            = "arch-arm64"
  controller      = "karpenter"
  node_class_name = "default"
  wait_for_ready  = false

  requirement {
    key      = "kubernetes.io/arch"
    operator = "In"
    values   = ["arm64"]
  }
  requirement {
    key      = "karpenter.sh/capacity-type"
    operator = "In"
    values   = ["on-demand"]
  }
  requirement {
    key      = "karpenter.k8s.aws/instance-category"
    operator = "In"
    values   = ["c", "a"]
  }
}
