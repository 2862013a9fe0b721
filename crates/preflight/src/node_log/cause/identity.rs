//! Credentials of the node, and what they allow.

use super::Text;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Identity {
    /// The instance has no instance profile.
    InstanceProfile,
    /// EC2 cannot assume the role of the instance profile.
    RoleTrust,
    /// `ec2:DescribeInstances` is denied.
    DescribeInstances,
    /// EC2 responds, but without a private DNS name.
    PrivateDnsName,
    /// EKS does not have a cluster with the name.
    ClusterNotFound,
    /// `eks:DescribeCluster` is denied.
    DescribeCluster,
}

impl Identity {
    pub(super) fn text(self) -> Text {
        match self {
            Self::InstanceProfile => (
                "The instance has no credentials, because it has no instance profile with a role.",
                "Add an instance profile with the node role to the launch template. For a managed node group, set \
                 node_role_arn, and remove the instance profile from the launch template.",
            ),
            Self::RoleTrust => (
                "EC2 cannot assume the role of the instance profile.",
                "Allow sts:AssumeRole for the service ec2.amazonaws.com in the trust policy of the node role. If the \
                 role was recreated, recreate the instance profile, too.",
            ),
            Self::DescribeInstances => (
                "The node role does not allow ec2:DescribeInstances, so that the node cannot read its own name.",
                "Attach the policy AmazonEKSWorkerNodePolicy to the node role, and remove a denial from its \
                 permissions boundary, from service control policies, and from the policy of the VPC endpoint for ec2.",
            ),
            Self::PrivateDnsName => (
                "EC2 did not return the private DNS name of the instance.",
                "Attach the policy AmazonEKSWorkerNodePolicy to the node role: a denied ec2:DescribeInstances has this \
                 effect. Otherwise, use the instance ID as the node name, which requires an access entry of type EC2: \
                 set InstanceIdNodeName in feature_gates of the data source ekscompute_userdata to true, or \
                 hostname-override-source of Bottlerocket to instance-id.",
            ),
            Self::ClusterNotFound => (
                "EKS has no cluster with the name in the user data in this Region.",
                "Correct the cluster name: cluster_name of the data source ekscompute_userdata. The instance must run \
                 in the account and the Region of the cluster.",
            ),
            Self::DescribeCluster => (
                "The node role does not allow eks:DescribeCluster.",
                "Attach the policy AmazonEKSWorkerNodePolicy to the node role, or pass the endpoint and the \
                 certificate authority, so that the request is not necessary: cluster_endpoint and \
                 cluster_ca_certificate of the data source ekscompute_userdata.",
            ),
        }
    }
}
