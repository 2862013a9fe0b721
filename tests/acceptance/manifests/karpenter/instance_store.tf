resource "ekscompute_node_class" "instance_store" {
  cluster_name          = var.cluster_name
  name                  = "instance-store"
  controller            = "karpenter"
  instance_store_policy = "RAID0"
  role                  = "KarpenterNodeRole-demo"
  wait_for_ready        = false

  ami_selector_term { alias = "al2023@latest" }
  subnet_selector_term { tags = { "karpenter.sh/discovery" = "demo" } }
  security_group_selector_term { tags = { "karpenter.sh/discovery" = "demo" } }
}

resource "ekscompute_node_pool" "instance_store" {
  cluster_name    = var.cluster_name
  name            = "instance-store"
  controller      = "karpenter"
  node_class_name = ekscompute_node_class.instance_store.name
  wait_for_ready  = false

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
  requirement {
    key      = "karpenter.k8s.aws/instance-local-nvme"
    operator = "Gt"
    values   = ["300"]
  }
}
