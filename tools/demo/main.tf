# The configuration that make demo applies, changes and destroys.

terraform {
  required_providers {
    ekscompute = {
      source = "ekscompute/ekscompute"
    }
  }
}

provider "ekscompute" {
  default_tags {
    tags = { managed-by = "terraform" }
  }
}

variable "cluster_name" { type = string }
variable "node_role_arn" { type = string }
variable "subnet_ids" { type = list(string) }

variable "max_size" {
  type    = number
  default = 3
}

variable "team" {
  type    = string
  default = "platform"
}

resource "ekscompute_node_group" "workers" {
  cluster_name    = var.cluster_name
  node_group_name = "workers"
  node_role_arn   = var.node_role_arn
  subnet_ids      = var.subnet_ids
  instance_types  = ["m7i.large"]
  labels          = { team = var.team }

  # Without desired_size the autoscaler's number is kept.
  scaling_config {
    min_size = 1
    max_size = var.max_size
  }

  update_config {
    max_unavailable_percentage = 33
  }

  taint {
    key    = "dedicated"
    value  = "batch"
    effect = "NO_SCHEDULE"
  }
}

output "node_group" {
  value = "${ekscompute_node_group.workers.id} runs ${ekscompute_node_group.workers.release_version}"
}
