resource "ekscompute_node_pool" "default" {
  cluster_name    = var.cluster_name
  name            = "default"
  controller      = "karpenter"
  node_class_name = "default"

  requirement {
    key      = "karpenter.k8s.aws/instance-category"
    operator = "In"
    values   = ["c", "m", "r"]
  }

  requirement {
    key      = "karpenter.k8s.aws/instance-generation"
    operator = "Gt"
    values   = ["5"]
  }

  requirement {
    key      = "karpenter.sh/capacity-type"
    operator = "In"
    values   = ["spot", "on-demand"]
  }

  expire_after = "720h"

  limits = {
    cpu = "1000"
  }

  disruption {
    consolidation_policy = "WhenEmptyOrUnderutilized"
    consolidate_after    = "1m"

    # Nodes are not disrupted during business hours.
    budget {
      nodes    = "0"
      schedule = "0 9 * * mon-fri"
      duration = "8h"
    }

    budget {
      nodes = "10%"
    }
  }
}
