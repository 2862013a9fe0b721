resource "ekscompute_node_class" "ami_by_name" {
  cluster_name   = var.cluster_name
  name           = "ami-by-name"
  controller     = "karpenter"
  ami_family     = "AL2023"
  role           = "KarpenterNodeRole-demo"
  wait_for_ready = false

  ami_selector_term { name = "*eks-node-al2023*" }
  subnet_selector_term { tags = { "karpenter.sh/discovery" = "demo" } }
  security_group_selector_term { tags = { "karpenter.sh/discovery" = "demo" } }
}

resource "ekscompute_node_pool" "ami_by_name" {
  cluster_name    = var.cluster_name
  name            = "ami-by-name"
  controller      = "karpenter"
  node_class_name = ekscompute_node_class.ami_by_name.name
  node_labels     = { intent = "custom-ami" }
  limits          = { cpu = "1k", memory = "500Gi" }
  wait_for_ready  = false

  requirement {
    key      = "karpenter.k8s.aws/instance-hypervisor"
    operator = "NotIn"
    values   = [""]
  }
  requirement {
    key      = "karpenter.sh/capacity-type"
    operator = "In"
    values   = ["spot", "on-demand"]
  }
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
    key      = "karpenter.k8s.aws/instance-category"
    operator = "In"
    values   = ["c", "m", "r"]
  }
  requirement {
    key      = "karpenter.k8s.aws/instance-generation"
    operator = "Gt"
    values   = ["2"]
  }
  disruption {
    consolidation_policy = "WhenEmptyOrUnderutilized"
    consolidate_after    = "1m"
  }
}
