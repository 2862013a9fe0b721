resource "ekscompute_node_class" "default" {
  cluster_name = var.cluster_name
  name         = "default"
  controller   = "karpenter"
  role         = var.node_role_name

  # A pinned release prevents replacement of nodes.
  ami_selector_term {
    alias = "al2023@v20260801"
  }

  subnet_selector_term {
    tags = { "karpenter.sh/discovery" = var.cluster_name }
  }

  security_group_selector_term {
    tags = { "karpenter.sh/discovery" = var.cluster_name }
  }

  kubelet = {
    maxPods = 58
  }
}
