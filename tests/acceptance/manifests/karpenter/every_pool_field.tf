resource "ekscompute_node_pool" "every_pool_field" {
  cluster_name             = var.cluster_name
  name                     = "every-pool-field"
  controller               = "karpenter"
  node_class_name          = "default"
  node_labels              = { billing-team = "a" }
  node_annotations         = { "example.com/owner" = "a" }
  expire_after             = "Never"
  termination_grace_period = "48h"
  limits                   = { cpu = "1000", memory = "1000Gi", nodes = "10" }
  weight                   = 10
  wait_for_ready           = false

  taint {
    key    = "example.com/dedicated"
    effect = "NoSchedule"
  }
  startup_taint {
    key    = "node.cilium.io/agent-not-ready"
    value  = "true"
    effect = "NoExecute"
  }
  requirement {
    key        = "karpenter.k8s.aws/instance-category"
    operator   = "In"
    values     = ["c", "m", "r"]
    min_values = 2
  }
  requirement {
    key        = "karpenter.k8s.aws/instance-family"
    operator   = "In"
    values     = ["m5", "m5d", "c5", "c5d", "c4", "r4"]
    min_values = 5
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
    operator = "Gte"
    values   = ["3"]
  }
  requirement {
    key      = "topology.kubernetes.io/zone"
    operator = "In"
    values   = ["us-east-1a", "us-east-1b"]
  }
  requirement {
    key      = "kubernetes.io/arch"
    operator = "In"
    values   = ["arm64", "amd64"]
  }
  requirement {
    key      = "karpenter.sh/capacity-type"
    operator = "In"
    values   = ["spot", "on-demand", "reserved"]
  }
  disruption {
    consolidation_policy = "Balanced"
    consolidate_after    = "1m"
    budget { nodes = "10%" }
    budget {
      nodes    = "0"
      schedule = "0 9 * * mon-fri"
      duration = "8h"
    }
    budget {
      nodes   = "20%"
      reasons = ["Empty", "Drifted"]
    }
    budget {
      nodes    = "0"
      schedule = "@daily"
      duration = "10m"
      reasons  = ["Underutilized"]
    }
  }
}
