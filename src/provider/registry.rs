//! Registers all resources, data sources, ephemeral resources, and functions. A new one requires one line here.

use async_trait::async_trait;

use super::configure::{configure, move_consent};
use super::model::ProviderModel;
use super::validate::validate;
use crate::actions::drain_nodes::DrainNodesAction;
use crate::actions::roll_node_group::{self, RollNodeGroupAction};
use crate::data_sources::instance_types::{self, GpuInstanceTypes, InstanceTypesDataSource, NeuronInstanceTypes};
use crate::data_sources::nvidia_device_plugin_values::NvidiaDevicePluginValuesDataSource;
use crate::data_sources::preflight::PreflightDataSource;
use crate::data_sources::{node_ami, userdata};
use crate::ephemeral::cluster_token::{self, ClusterTokenEphemeral};
use crate::functions::{AwsAuthRoleArn, MaxPods, NodeconfigMerge, UserdataParts};
use crate::resources::aws_auth::{AwsAuthListResource, AwsAuthMapRole, AwsAuthMapUser, AwsAuthResource};
use crate::resources::{access_entry, aws_auth, fargate_profile, node_class, node_group, node_pool, windows_support};
use clients::context::Clients;
use clients::drain::connect_nodes;
use clients::environment::Environment;
use clients::search::ClusterObjects;
use framework::diagnostics::Diagnostics;
use framework::moved::MoveConsent;
use framework::provider::{Provider, Registry};
use render::karpenter::form::Form;

/// The provider for the compute side of Amazon EKS.
#[derive(Debug, Clone, Copy)]
pub struct EksCompute;

#[async_trait]
impl Provider for EksCompute {
    type Model = ProviderModel;
    type Clients = Clients;

    fn validate(&self, config: &ProviderModel, diagnostics: &mut Diagnostics) {
        validate(config, diagnostics);
    }

    async fn configure(
        &self,
        config: ProviderModel,
        terraform_version: &str,
        diagnostics: &mut Diagnostics,
    ) -> Result<Option<Clients>, Diagnostics> {
        configure(&config, terraform_version, &Environment::Process, diagnostics).await
    }

    fn move_consent(&self) -> MoveConsent {
        move_consent(&Environment::Process)
    }

    fn registry(&self) -> Registry<Clients> {
        let connect = node_group::aws::connect;
        let windows = windows_support::aws::connect;
        let profiles = fargate_profile::aws::connect;
        let auth = aws_auth::Access::new;
        let entries = access_entry::aws::connect;
        let classes = node_class::aws::connect;
        let pools = node_pool::kube::connect;
        let types = instance_types::aws::connect;
        Registry::new()
            .resource("ekscompute_access_entry", access_entry::AccessEntryResource::new(entries))
            .list_resource("ekscompute_access_entry", ClusterObjects(access_entry::AccessEntrySearch(entries)))
            .resource("ekscompute_fargate_profile", fargate_profile::FargateProfileResource::new(profiles))
            .data_source("ekscompute_fargate_profile", fargate_profile::FargateProfileDataSource::new(profiles))
            .list_resource(
                "ekscompute_fargate_profile",
                ClusterObjects(fargate_profile::FargateProfileSearch(profiles)),
            )
            .resource("ekscompute_gpu_node_class", node_class::NodeClassResource::new(Form::Gpu, classes))
            .list_resource("ekscompute_gpu_node_class", node_class::NodeClassListResource::new(Form::Gpu, classes))
            .resource("ekscompute_node_class", node_class::NodeClassResource::new(Form::General, classes))
            .list_resource("ekscompute_node_class", node_class::NodeClassListResource::new(Form::General, classes))
            .resource("ekscompute_gpu_node_pool", node_pool::NodePoolResource::new(Form::Gpu, pools))
            .list_resource("ekscompute_gpu_node_pool", node_pool::NodePoolListResource::new(Form::Gpu, pools))
            .resource("ekscompute_node_pool", node_pool::NodePoolResource::new(Form::General, pools))
            .list_resource("ekscompute_node_pool", node_pool::NodePoolListResource::new(Form::General, pools))
            .resource("ekscompute_node_group", node_group::NodeGroupResource::new(connect, connect_nodes))
            .resource("ekscompute_windows_support", windows_support::WindowsSupportResource::new(windows))
            .resource("ekscompute_aws_auth_map_role", AwsAuthResource::<AwsAuthMapRole>::new(auth))
            .resource("ekscompute_aws_auth_map_user", AwsAuthResource::<AwsAuthMapUser>::new(auth))
            .data_source("ekscompute_node_group", node_group::NodeGroupDataSource::new(connect))
            .data_source("ekscompute_node_groups", node_group::NodeGroupsDataSource::new(connect))
            .data_source("ekscompute_node_ami", node_ami::NodeAmiDataSource::new(node_ami::aws::connect))
            .data_source("ekscompute_gpu_instance_types", InstanceTypesDataSource::<GpuInstanceTypes>::new(types))
            .data_source("ekscompute_neuron_instance_types", InstanceTypesDataSource::<NeuronInstanceTypes>::new(types))
            .data_source("ekscompute_nvidia_device_plugin_values", NvidiaDevicePluginValuesDataSource)
            .data_source("ekscompute_userdata", userdata::UserdataDataSource::new(userdata::aws::connect))
            .data_source("ekscompute_preflight", PreflightDataSource)
            .list_resource("ekscompute_node_group", ClusterObjects(node_group::NodeGroupSearch(connect)))
            .list_resource("ekscompute_windows_support", windows_support::WindowsSupportListResource::new(windows))
            .list_resource("ekscompute_aws_auth_map_role", AwsAuthListResource::<AwsAuthMapRole>::new(auth))
            .list_resource("ekscompute_aws_auth_map_user", AwsAuthListResource::<AwsAuthMapUser>::new(auth))
            .ephemeral_resource("ekscompute_cluster_token", ClusterTokenEphemeral::new(cluster_token::aws::connect))
            .action("ekscompute_drain_nodes", DrainNodesAction::new(connect_nodes))
            .action(
                "ekscompute_roll_node_group",
                RollNodeGroupAction::new(roll_node_group::aws::connect, connect_nodes),
            )
            .function("aws_auth_role_arn", AwsAuthRoleArn)
            .function("max_pods", MaxPods)
            .function("nodeconfig_merge", NodeconfigMerge)
            .function("userdata_parts", UserdataParts)
    }
}
