### Hybrid node outside of AWS

# A machine outside of AWS. Save the output to a file for nodeadm init.
data "ekscompute_userdata" "hybrid" {
  os_family    = "hybrid"
  cluster_name = var.cluster_name

  hybrid {
    region = "eu-west-1"

    iam_roles_anywhere {
      node_name        = "rack-7"
      trust_anchor_arn = "arn:aws:rolesanywhere:eu-west-1:111122223333:trust-anchor/6f0b4a4e-8a4c-4c8a-9f0e-2f8b1f6a0d11"
      profile_arn      = "arn:aws:rolesanywhere:eu-west-1:111122223333:profile/0d9ab4b1-7e35-4b0e-bd5f-5f2f2f6c3a22"
      role_arn         = "arn:aws:iam::111122223333:role/hybrid-node"
      certificate_path = "/etc/iam/pki/server.pem"
      private_key_path = "/etc/iam/pki/server.key"
    }
  }
}

output "hybrid" {
  value = data.ekscompute_userdata.hybrid.rendered
}
