### Nodes of a Karpenter node pool

action "ekscompute_drain_nodes" "gpu" {
  config {
    cluster_name    = "my-cluster"
    label_selector  = "karpenter.sh/nodepool=gpu"
    max_unavailable = 2
    drain_timeout   = "30m"
    timeout         = "3h"
  }
}
