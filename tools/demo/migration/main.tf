# Steps 2 to 5 of make demo: a node group that the AWS provider created.

variable "cluster_name" { type = string }
variable "node_role_arn" { type = string }
variable "subnet_ids" { type = list(string) }
variable "kubernetes_host" { type = string }

variable "ami_update_policy" {
  type    = string
  default = null # pinned
}

provider "ekscompute" {
  # A real cluster does not require this block: the provider reads the endpoint from EKS.
  kubernetes {
    host = var.kubernetes_host
  }
}

# The body of the former aws_eks_node_group, without desired_size, and with ami_update_policy for step 4.
resource "ekscompute_node_group" "workers" {
  cluster_name      = var.cluster_name
  node_group_name   = "workers"
  node_role_arn     = var.node_role_arn
  subnet_ids        = var.subnet_ids
  instance_types    = ["t3.large"]
  ami_update_policy = var.ami_update_policy

  scaling_config {
    min_size = 1
    max_size = 5
  }
}

moved {
  from = aws_eks_node_group.workers
  to   = ekscompute_node_group.workers
}
