resource "ekscompute_node_pool" "spark_graviton" {
  cluster_name    = var.cluster_name
  name            = "spark-graviton"
  controller      = "karpenter"
  node_class_name = "default"
  node_labels     = { type = "karpenter", NodeGroupType = "SparkGravitonMemoryOptimized", multiArch = "Spark" }
  expire_after    = "720h"
  limits          = { cpu = "1000" }
  weight          = 50
  wait_for_ready  = false

  requirement {
    key      = "karpenter.sh/capacity-type"
    operator = "In"
    values   = ["spot", "on-demand"]
  }
  requirement {
    key      = "kubernetes.io/arch"
    operator = "In"
    values   = ["arm64"]
  }
  requirement {
    key      = "karpenter.k8s.aws/instance-category"
    operator = "In"
    values   = ["r"]
  }
  requirement {
    key      = "karpenter.k8s.aws/instance-family"
    operator = "In"
    values   = ["r6gd"]
  }
  requirement {
    key      = "karpenter.k8s.aws/instance-cpu"
    operator = "In"
    values   = ["4", "8", "16", "32"]
  }
  requirement {
    key      = "karpenter.k8s.aws/instance-hypervisor"
    operator = "In"
    values   = ["nitro"]
  }
  requirement {
    key      = "karpenter.k8s.aws/instance-generation"
    operator = "Gt"
    values   = ["2"]
  }
  disruption {
    consolidation_policy = "WhenEmpty"
    consolidate_after    = "30s"
  }
}
