resource "ekscompute_node_class" "cpu_limit" {
  cluster_name       = var.cluster_name
  name               = "cpu-limit"
  controller         = "karpenter"
  object_annotations = { "kubernetes.io/description" = "General purpose nodes with Amazon Linux" }
  role               = "KarpenterNodeRole-demo"
  wait_for_ready     = false

  ami_selector_term { alias = "al2023@latest" }
  subnet_selector_term { tags = { "karpenter.sh/discovery" = "demo" } }
  security_group_selector_term { tags = { "karpenter.sh/discovery" = "demo" } }
}

resource "ekscompute_node_pool" "cpu_limit" {
  cluster_name       = var.cluster_name
  name               = "cpu-limit"
  controller         = "karpenter"
  node_class_name    = ekscompute_node_class.cpu_limit.name
  object_annotations = { "kubernetes.io/description" = "At most 100 CPUs" }
  limits             = { cpu = "100" }
  wait_for_ready     = false

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
}
