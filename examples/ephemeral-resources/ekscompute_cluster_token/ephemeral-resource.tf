### Token for the Kubernetes provider

ephemeral "ekscompute_cluster_token" "this" {
  cluster_name = "prod"
}

provider "kubernetes" {
  host                   = ephemeral.ekscompute_cluster_token.this.endpoint
  cluster_ca_certificate = ephemeral.ekscompute_cluster_token.this.cluster_ca_certificate
  token                  = ephemeral.ekscompute_cluster_token.this.token
}
