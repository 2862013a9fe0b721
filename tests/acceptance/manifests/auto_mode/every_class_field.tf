resource "ekscompute_node_class" "every_class_field" {
  cluster_name              = var.cluster_name
  name                      = "every-class-field"
  controller                = "auto_mode"
  role                      = "AutoNodeRole-demo"
  snat_policy               = "Random"
  network_policy            = "DefaultAllow"
  network_policy_event_logs = "Disabled"
  tags                      = { Environment = "production", Team = "platform" }
  wait_for_ready            = false

  subnet_selector_term { tags = { Name = "private", "kubernetes.io/role/internal-elb" = "1" } }
  security_group_selector_term { tags = { Name = "eks-cluster-sg" } }
  ephemeral_storage {
    size       = "80Gi"
    iops       = 3000
    throughput = 125
    kms_key_id = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
  }
  advanced_networking {
    https_proxy = "http://192.0.2.4:3128"
    no_proxy    = ["localhost", "127.0.0.1", "169.254.169.254", ".internal", ".eks.amazonaws.com"]
  }
  certificate_bundle {
    name = "custom"
    data = "Y2VydGlmaWNhdGU="
  }
}
