//go:build !cadvisor_lib

package main

import cadvisor "github.com/google/cadvisor/info/v1"

type (
	machineInfo = cadvisor.MachineInfo
	node        = cadvisor.Node
	cpuCore     = cadvisor.Core
)
