//go:build cadvisor_lib

package main

// Kubernetes 1.37 and later have the types of cAdvisor in a module that contains no other part of it.
import cadvisor "github.com/google/cadvisor/lib/model"

type (
	machineInfo = cadvisor.MachineInfo
	node        = cadvisor.Node
	cpuCore     = cadvisor.Core
)
