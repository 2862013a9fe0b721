//! Services that the node does not reach.

use super::Text;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Network {
    /// A host name has no address.
    Dns,
    /// The proxy in the user data does not respond, or rejects the node.
    Proxy,
    /// The certificate of a service is not trusted.
    Tls,
    /// Requests to the EC2 API time out.
    Ec2,
    /// Requests to the EKS API time out.
    Eks,
    /// The instance metadata service does not respond.
    Metadata,
    /// The operating system does not configure the network interface.
    Interface,
}

impl Network {
    pub(super) fn text(self) -> Text {
        match self {
            Self::Dns => (
                "The node cannot resolve the host name of an AWS service.",
                "Enable DNS resolution (enableDnsSupport) in the VPC, specify AmazonProvidedDNS or a DNS server that \
                 resolves AWS names in its DHCP options, and allow port 53 (UDP and TCP) to that server.",
            ),
            Self::Proxy => (
                "The node cannot use the proxy in its user data.",
                "Correct the address and the credentials in the proxy block of the data source ekscompute_userdata, \
                 and allow the port of the proxy in the outbound rules of the node security group.",
            ),
            Self::Tls => (
                "The node does not trust the certificate of an AWS service.",
                "A proxy or a firewall replaces the certificate. Exclude AWS endpoints from TLS inspection, or add its \
                 certificate authority to the AMI.",
            ),
            Self::Ec2 => (
                "The node cannot connect to the EC2 API, which returns its private DNS name.",
                "Add a default route to a NAT gateway to the subnet, or create a VPC endpoint for the ec2 service (and \
                 for ecr.api, ecr.dkr, sts, and s3). Nodes in a public subnet require a public IP address. Allow \
                 outbound HTTPS (port 443) in the node security group, and inbound HTTPS in the group of the VPC \
                 endpoint.",
            ),
            Self::Eks => (
                "The node cannot connect to the EKS API, which returns the endpoint of the cluster.",
                "Pass the endpoint and the certificate authority, so that the request is not necessary: \
                 cluster_endpoint and cluster_ca_certificate of the data source ekscompute_userdata. Otherwise, add a \
                 default route to a NAT gateway, or create a VPC endpoint for the eks service, and allow outbound \
                 HTTPS (port 443).",
            ),
            Self::Metadata => (
                "The node cannot read from the instance metadata service.",
                "Set http_endpoint to enabled in metadata_options of the launch template (http_tokens = required is \
                 supported), and add 169.254.169.254 to no_proxy of the data source ekscompute_userdata.",
            ),
            Self::Interface => (
                "The operating system did not configure the primary network interface.",
                "Remove scripts and packages from the AMI that change systemd-networkd, such as NetworkManager, and \
                 attach the primary network interface with device index 0.",
            ),
        }
    }
}
