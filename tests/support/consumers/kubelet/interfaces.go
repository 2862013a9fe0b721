package main

import (
	"context"
	"fmt"
	"time"

	core "k8s.io/api/core/v1"
	"k8s.io/klog/v2"
	"k8s.io/kubernetes/pkg/kubelet/apis/config"
	"k8s.io/kubernetes/pkg/kubelet/cm/cpumanager"
	"k8s.io/kubernetes/pkg/kubelet/cm/memorymanager"
	"k8s.io/kubernetes/pkg/kubelet/cm/topologymanager"
	"k8s.io/kubernetes/pkg/kubelet/sysctl"
	"k8s.io/utils/cpuset"
)

// The functions below have other parameters in each of several releases of Kubernetes. A type switch compiles with every
// release and needs no build tag for each.

func newTopologyManager(kubelet *config.KubeletConfiguration) (topologymanager.Manager, error) {
	nodes, policy, scope := machine().Topology, kubelet.TopologyManagerPolicy, kubelet.TopologyManagerScope
	options := kubelet.TopologyManagerPolicyOptions
	switch create := any(topologymanager.NewManager).(type) {
	case func([]node, string, string, map[string]string) (topologymanager.Manager, error):
		return create(nodes, policy, scope, options)
	case func(klog.Logger, []node, string, string, map[string]string) (topologymanager.Manager, error):
		return create(klog.Background(), nodes, policy, scope, options)
	default:
		panic(fmt.Sprintf("unknown parameters: %T", create))
	}
}

func newCPUManager(kubelet *config.KubeletConfiguration, cpus cpuset.CPUSet, reserved core.ResourceList, topology topologymanager.Manager) error {
	policy, options, period := kubelet.CPUManagerPolicy, kubelet.CPUManagerPolicyOptions, kubelet.CPUManagerReconcilePeriod.Duration
	var err error
	switch create := any(cpumanager.NewManager).(type) {
	case func(string, map[string]string, time.Duration, *machineInfo, cpuset.CPUSet, core.ResourceList, string, topologymanager.Store) (cpumanager.Manager, error):
		_, err = create(policy, options, period, machine(), cpus, reserved, "", topology)
	case func(klog.Logger, string, map[string]string, time.Duration, *machineInfo, cpuset.CPUSet, core.ResourceList, string, topologymanager.Store) (cpumanager.Manager, error):
		_, err = create(klog.Background(), policy, options, period, machine(), cpus, reserved, "", topology)
	default:
		panic(fmt.Sprintf("unknown parameters: %T", create))
	}
	return err
}

func newMemoryManager(kubelet *config.KubeletConfiguration, reserved core.ResourceList, topology topologymanager.Manager) error {
	policy, memory := kubelet.MemoryManagerPolicy, kubelet.ReservedMemory
	var err error
	switch create := any(memorymanager.NewManager).(type) {
	case func(string, *machineInfo, core.ResourceList, []config.MemoryReservation, string, topologymanager.Store) (memorymanager.Manager, error):
		_, err = create(policy, machine(), reserved, memory, "", topology)
	case func(context.Context, string, *machineInfo, core.ResourceList, []config.MemoryReservation, string, topologymanager.Store) (memorymanager.Manager, error):
		_, err = create(context.Background(), policy, machine(), reserved, memory, "", topology)
	case func(klog.Logger, string, *machineInfo, core.ResourceList, []config.MemoryReservation, string, topologymanager.Store) (memorymanager.Manager, error):
		_, err = create(klog.Background(), policy, machine(), reserved, memory, "", topology)
	default:
		panic(fmt.Sprintf("unknown parameters: %T", create))
	}
	return err
}

func safeSysctls() []string {
	switch list := any(sysctl.SafeSysctlAllowlist).(type) {
	case func() []string:
		return list()
	case func(context.Context) []string:
		return list(context.Background())
	default:
		panic(fmt.Sprintf("unknown parameters: %T", list))
	}
}
