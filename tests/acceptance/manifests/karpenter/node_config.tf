resource "ekscompute_node_class" "al2023_node_config" {
  cluster_name       = var.cluster_name
  name               = "al2023-node-config"
  controller         = "karpenter"
  object_annotations = { "kubernetes.io/description" = "Amazon Linux 2023 with user data" }
  role               = "KarpenterNodeRole-demo"
  user_data          = <<-EOT
    MIME-Version: 1.0
    Content-Type: multipart/mixed; boundary="//"

    --//
    Content-Type: application/node.eks.aws

    apiVersion: node.eks.aws/v1alpha1
    kind: NodeConfig
    spec:
      instance:
        localStorage:
          strategy: Mount

    --//
    Content-Type: text/x-shellscript; charset="us-ascii"

    #!/bin/bash
    echo "nodes of $${HOSTNAME%%.*}"
    --//
  EOT
  wait_for_ready     = false

  ami_selector_term { alias = "al2023@latest" }
  subnet_selector_term { tags = { "karpenter.sh/discovery" = "demo" } }
  security_group_selector_term { tags = { "karpenter.sh/discovery" = "demo" } }
}
