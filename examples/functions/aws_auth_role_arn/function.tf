### Role ARN for aws-auth

output "map_roles" {
  value = yamlencode([{
    rolearn  = provider::ekscompute::aws_auth_role_arn("arn:aws:iam::111122223333:role/eks/nodes/worker")
    username = "system:node:{{EC2PrivateDNSName}}"
    groups   = ["system:bootstrappers", "system:nodes"]
  }])
}
