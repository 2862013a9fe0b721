resource "ekscompute_node_class" "windows2022" {
  cluster_name       = var.cluster_name
  name               = "windows2022"
  controller         = "karpenter"
  object_annotations = { "kubernetes.io/description" = "Windows Server 2022" }
  ami_family         = "Windows2022"
  role               = "KarpenterNodeRole-demo"
  user_data          = <<-EOT
    New-Item -Path 'C:\scratch\' -ItemType Directory
    New-Item -Path 'C:\scratch\ready.txt' -ItemType File
  EOT
  wait_for_ready     = false

  ami_selector_term { alias = "windows2022@latest" }
  subnet_selector_term { tags = { "karpenter.sh/discovery" = "demo" } }
  security_group_selector_term { tags = { "karpenter.sh/discovery" = "demo" } }
  metadata_options {
    http_protocol_ipv6 = "disabled"
    http_tokens        = "required"
  }
}

resource "ekscompute_node_pool" "windows2022" {
  cluster_name       = var.cluster_name
  name               = "windows2022"
  controller         = "karpenter"
  node_class_name    = ekscompute_node_class.windows2022.name
  object_annotations = { "kubernetes.io/description" = "Nodes for Windows pods" }
  wait_for_ready     = false

  requirement {
    key      = "kubernetes.io/os"
    operator = "In"
    values   = ["windows"]
  }
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
  requirement {
    key      = "karpenter.k8s.aws/instance-generation"
    operator = "Gt"
    values   = ["2"]
  }
}
