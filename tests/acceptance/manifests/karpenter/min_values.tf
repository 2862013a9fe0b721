resource "ekscompute_node_pool" "min_values" {
  cluster_name    = var.cluster_name
  name            = "min-values"
  controller      = "karpenter"
  node_class_name = "default"
  wait_for_ready  = false

  requirement {
    key      = "karpenter.sh/capacity-type"
    operator = "In"
    values   = ["spot"]
  }
  requirement {
    key      = "kubernetes.io/arch"
    operator = "In"
    values   = ["amd64"]
  }
  requirement {
    key      = "kubernetes.io/os"
    operator = "In"
    values   = ["linux"]
  }
  requirement {
    key        = "karpenter.k8s.aws/instance-category"
    operator   = "In"
    values     = ["c", "m", "r"]
    min_values = 2
  }
  requirement {
    key        = "karpenter.k8s.aws/instance-family"
    operator   = "Exists"
    min_values = 5
  }
  requirement {
    key        = "node.kubernetes.io/instance-type"
    operator   = "Exists"
    min_values = 2
  }
  requirement {
    key      = "karpenter.k8s.aws/instance-generation"
    operator = "Gt"
    values   = ["2"]
  }
}
