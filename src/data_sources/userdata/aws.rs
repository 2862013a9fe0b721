//! Reads clusters from AWS. The only file in this module that uses the SDK.

use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_eks::types::{Cluster, IpFamily};

use clients::aws::clusters::Clusters;
use clients::context::Clients;
use clients::errors::ApiError;

use super::client::{ClusterFacts, UserdataClient};

/// Clusters of one Region.
pub struct AwsUserdata(Clusters);

/// Returns a client for `region`, or for the provider Region if it is `None`.
#[must_use]
pub fn connect(clients: &Clients, region: Option<&str>) -> Arc<dyn UserdataClient> {
    Arc::new(AwsUserdata(clients.aws().clusters(region)))
}

#[async_trait]
impl UserdataClient for AwsUserdata {
    async fn cluster(&self, name: &str) -> Result<ClusterFacts, ApiError> {
        self.0.describe(name).await.map(|cluster| facts((*cluster).clone()))
    }
}

fn facts(cluster: Cluster) -> ClusterFacts {
    let is_on_outpost = cluster.outpost_config.is_some();
    let network = cluster.kubernetes_network_config;
    let service_cidr = network.and_then(|network| match network.ip_family {
        Some(IpFamily::Ipv6) => network.service_ipv6_cidr,
        _ => network.service_ipv4_cidr,
    });
    ClusterFacts {
        endpoint: cluster.endpoint,
        certificate_authority: cluster.certificate_authority.and_then(|authority| authority.data),
        service_cidr,
        version: cluster.version.unwrap_or_default(),
        status: cluster.status.map(|status| status.as_str().to_owned()).unwrap_or_default(),
        outpost_id: cluster.id.filter(|_| is_on_outpost),
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_eks::types::{Certificate, ClusterStatus, KubernetesNetworkConfigResponse, OutpostConfigResponse};

    use super::*;

    fn cluster(family: IpFamily) -> Cluster {
        let network = KubernetesNetworkConfigResponse::builder()
            .ip_family(family)
            .service_ipv4_cidr("172.20.0.0/16")
            .service_ipv6_cidr("fd30::/108");
        Cluster::builder()
            .endpoint("https://a")
            .certificate_authority(Certificate::builder().data("QQ==").build())
            .kubernetes_network_config(network.build())
            .version("1.33")
            .status(ClusterStatus::Active)
            .id("id-1")
            .build()
    }

    #[test]
    fn addresses_are_of_the_family_that_the_cluster_uses() {
        assert_eq!(facts(cluster(IpFamily::Ipv4)).service_cidr.as_deref(), Some("172.20.0.0/16"));
        assert_eq!(facts(cluster(IpFamily::Ipv6)).service_cidr.as_deref(), Some("fd30::/108"));
    }

    #[test]
    fn id_counts_only_on_outposts() {
        assert_eq!(facts(cluster(IpFamily::Ipv4)).outpost_id, None);
        let outpost = OutpostConfigResponse::builder()
            .outpost_arns("arn:aws:outposts:eu-west-1:111122223333:outpost/op-0")
            .control_plane_instance_type("m5.large")
            .build()
            .unwrap();
        let mut local = cluster(IpFamily::Ipv4);
        local.outpost_config = Some(outpost);
        assert_eq!(facts(local).outpost_id.as_deref(), Some("id-1"));
    }
}
