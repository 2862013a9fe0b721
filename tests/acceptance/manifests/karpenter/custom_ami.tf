resource "ekscompute_node_class" "al2_custom_ami" {
  cluster_name       = var.cluster_name
  name               = "al2-custom-ami"
  controller         = "karpenter"
  object_annotations = { "kubernetes.io/description" = "Amazon Linux 2 with AMIs of the account" }
  ami_family         = "AL2"
  role               = "KarpenterNodeRole-demo"
  user_data          = <<-EOT
    MIME-Version: 1.0
    Content-Type: multipart/mixed; boundary="PART"

    --PART
    Content-Type: text/x-shellscript; charset="us-ascii"

    #!/bin/bash
    echo "set up by user data"

    --PART--
  EOT
  wait_for_ready     = false

  ami_selector_term { id = "ami-0123456789abcdef0" }
  ami_selector_term { id = "ami-0fedcba9876543210" }
  subnet_selector_term { tags = { "karpenter.sh/discovery" = "demo" } }
  security_group_selector_term { tags = { "karpenter.sh/discovery" = "demo" } }
}
