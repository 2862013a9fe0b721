package main

import (
	"fmt"
	"sort"

	jsonpatch "gopkg.in/evanphx/json-patch.v4"
	core "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	utilfeature "k8s.io/apiserver/pkg/util/feature"
	cliflag "k8s.io/component-base/cli/flag"
	logsapi "k8s.io/component-base/logs/api/v1"
	"k8s.io/kubernetes/pkg/kubelet/apis/config"
	"k8s.io/kubernetes/pkg/kubelet/apis/config/scheme"
	"k8s.io/kubernetes/pkg/kubelet/apis/config/validation"
	"k8s.io/kubernetes/pkg/kubelet/cm"
	"k8s.io/kubernetes/pkg/kubelet/eviction"
	"k8s.io/kubernetes/pkg/kubelet/stats/pidlimit"
	"k8s.io/kubernetes/pkg/kubelet/sysctl"
	"k8s.io/utils/cpuset"
)

func init() {
	if err := logsapi.AddFeatureGates(utilfeature.DefaultMutableFeatureGate); err != nil {
		panic(err)
	}
}

const head = `{"apiVersion":"kubelet.config.k8s.io/v1beta1","kind":"KubeletConfiguration"}`

// gates are the names of all feature gates that the kubelet knows.
func gates() []string {
	var names []string
	for gate := range utilfeature.DefaultMutableFeatureGate.GetAll() {
		names = append(names, string(gate))
	}
	sort.Strings(names)
	return names
}

// start merges the drop-in over the base and the flags over both, and says why a kubelet with the result would not start.
func start(base, dropIn []byte, flags []string) (errs []error) {
	// The kubelet itself panics at a gate that it does not know.
	defer func() {
		if reason := recover(); reason != nil {
			errs = append(errs, fmt.Errorf("%v", reason))
		}
	}()
	kubelet, err := read(base, dropIn)
	if err != nil {
		return []error{err}
	}
	if err := override(kubelet, flags); err != nil {
		return []error{err}
	}
	gate := utilfeature.DefaultMutableFeatureGate.DeepCopy()
	if err := validation.ValidateKubeletConfiguration(kubelet, gate); err != nil {
		errs = append(errs, err)
	}
	check := func(err error) {
		if err != nil {
			errs = append(errs, err)
		}
	}
	_, err = eviction.ParseThresholdConfig(kubelet.EnforceNodeAllocatable, kubelet.EvictionHard, kubelet.EvictionSoft,
		kubelet.EvictionSoftGracePeriod, kubelet.EvictionMinimumReclaim)
	check(err)
	_, err = cm.ParseQOSReserved(kubelet.QOSReserved)
	check(err)
	size, err := resource.ParseQuantity(kubelet.ContainerLogMaxSize)
	check(err)
	if _, isWhole := size.AsInt64(); !isWhole {
		check(fmt.Errorf("invalid max log size"))
	}
	if kubelet.ContainerLogMaxFiles <= 1 {
		check(fmt.Errorf("invalid MaxFiles %d, must be > 1", kubelet.ContainerLogMaxFiles))
	}
	_, err = cliflag.TLSCipherSuites(kubelet.TLSCipherSuites)
	check(err)
	_, err = cliflag.TLSVersion(kubelet.TLSMinVersion)
	check(err)
	_, err = sysctl.NewAllowlist(append(safeSysctls(), kubelet.AllowedUnsafeSysctls...))
	check(err)
	switch kubelet.ConfigMapAndSecretChangeDetectionStrategy {
	case config.WatchChangeDetectionStrategy, config.TTLCacheChangeDetectionStrategy, config.GetChangeDetectionStrategy:
	default:
		check(fmt.Errorf("unknown configmap and secret manager mode: %v", kubelet.ConfigMapAndSecretChangeDetectionStrategy))
	}
	if len(errs) > 0 {
		return errs
	}
	// The managers read the gates from this variable, which the kubelet changes at its start.
	if err := gate.SetFromMap(kubelet.FeatureGates); err != nil {
		return []error{err}
	}
	original := utilfeature.DefaultFeatureGate
	defer func() { utilfeature.DefaultFeatureGate = original }()
	utilfeature.DefaultFeatureGate = gate
	return managers(kubelet)
}

// override sets what flags set, as the kubelet does after it has read its file: feature gates are added, and everything else
// is replaced.
func override(kubelet *config.KubeletConfiguration, flags []string) error {
	original := kubelet.FeatureGates
	if err := flagsOf(kubelet).Parse(flags); err != nil {
		return err
	}
	for gate, value := range original {
		if _, isSet := kubelet.FeatureGates[gate]; !isSet {
			kubelet.FeatureGates[gate] = value
		}
	}
	return nil
}

// read does what the kubelet does with its file and the drop-in beside it.
func read(base, dropIn []byte) (*config.KubeletConfiguration, error) {
	codecs, err := codecs()
	if err != nil {
		return nil, err
	}
	merged := []byte(head)
	for _, patch := range [][]byte{base, dropIn} {
		if len(patch) == 0 {
			continue
		}
		if merged, err = jsonpatch.MergePatch(merged, patch); err != nil {
			return nil, err
		}
	}
	object, err := runtime.Decode(codecs.UniversalDecoder(config.SchemeGroupVersion), merged)
	if err != nil {
		return nil, err
	}
	return object.(*config.KubeletConfiguration), nil
}

func codecs() (*serializer.CodecFactory, error) {
	_, codecs, err := scheme.NewSchemeAndCodecs(serializer.EnableStrict)
	return codecs, err
}

// managers makes those of CPUs, memory and topology for a machine with eight CPUs and 32 GiB.
func managers(kubelet *config.KubeletConfiguration) (errs []error) {
	check := func(err error) {
		if err != nil {
			errs = append(errs, err)
		}
	}
	reserved := core.ResourceList{}
	for _, list := range []map[string]string{kubelet.KubeReserved, kubelet.SystemReserved} {
		parsed, err := resources(list)
		check(err)
		for name, quantity := range parsed {
			sum := reserved[name]
			sum.Add(quantity)
			reserved[name] = sum
		}
	}
	cpus, err := cpuset.Parse(kubelet.ReservedSystemCPUs)
	check(err)
	if cpus.Size() > 0 {
		reserved[core.ResourceCPU] = *resource.NewQuantity(int64(cpus.Size()), resource.DecimalSI)
	}
	topology, err := newTopologyManager(kubelet)
	check(err)
	if err != nil {
		return errs
	}
	check(newCPUManager(kubelet, cpus, reserved, topology))
	// What is reserved of memory is of the instance's size, so that only the policy's name can be judged.
	if len(kubelet.ReservedMemory) == 0 || kubelet.MemoryManagerPolicy != "Static" {
		check(newMemoryManager(kubelet, reserved, topology))
	}
	return errs
}

// resources are what the kubelet's command makes of reserved ones.
func resources(given map[string]string) (core.ResourceList, error) {
	list := core.ResourceList{}
	for name, text := range given {
		switch core.ResourceName(name) {
		case core.ResourceCPU, core.ResourceMemory, core.ResourceEphemeralStorage, pidlimit.PIDs:
			quantity, err := resource.ParseQuantity(text)
			if err != nil {
				return nil, fmt.Errorf("failed to parse quantity %q for %q resource: %w", text, name, err)
			}
			if quantity.Sign() == -1 {
				return nil, fmt.Errorf("resource quantity for %q cannot be negative: %v", name, text)
			}
			list[core.ResourceName(name)] = quantity
		default:
			return nil, fmt.Errorf("cannot reserve %q resource", name)
		}
	}
	return list, nil
}

func machine() *machineInfo {
	numa := node{Memory: 32 << 30, Distances: []uint64{10}}
	for id := range 4 {
		numa.Cores = append(numa.Cores, cpuCore{Id: id, Threads: []int{id, id + 4}})
	}
	return &machineInfo{NumCores: 8, NumPhysicalCores: 4, NumSockets: 1, MemoryCapacity: 32 << 30, Topology: []node{numa}}
}
