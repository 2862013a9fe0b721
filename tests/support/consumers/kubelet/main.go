// Command kubelet reads flags and a configuration with the kubelet's own code, as far as it can without being one: it parses
// the flags, merges the drop-in over the node's own configuration, validates the result, and makes of it what the managers
// of evictions, resources, CPUs and topology make of it.
//
// Each line of standard input is a request in JSON, and each line of standard output its answer, in the same order.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"os"

	"github.com/spf13/pflag"
	cliflag "k8s.io/component-base/cli/flag"
	_ "k8s.io/component-base/logs/json/register"
	"k8s.io/klog/v2"
	"k8s.io/kubernetes/cmd/kubelet/app/options"
	"k8s.io/kubernetes/pkg/kubelet/apis/config"
)

// request asks for one thing.
type request struct {
	// Base is the configuration of the node's own software, and Config the drop-in over it.
	Base   json.RawMessage `json:"base"`
	Config json.RawMessage `json:"config"`
	// Flags are the arguments of the kubelet.
	Flags []string `json:"flags"`
	// Names asks for the names of all flags and feature gates.
	Names bool `json:"names"`
}

// answer says what became of it.
type answer struct {
	// Errors say why the kubelet does not start.
	Errors []string `json:"errors,omitempty"`
	// Flags and Gates are the names.
	Flags []string `json:"flags,omitempty"`
	Gates []string `json:"gates,omitempty"`
}

func main() {
	// Managers write to the log what they were made with.
	klog.LogToStderr(false)
	klog.SetOutput(io.Discard)
	input := bufio.NewScanner(os.Stdin)
	input.Buffer(nil, 64<<20)
	output := bufio.NewWriter(os.Stdout)
	for input.Scan() {
		line, err := json.Marshal(reply(input.Bytes()))
		if err != nil {
			log.Fatal(err)
		}
		fmt.Fprintf(output, "%s\n", line)
	}
	if err := input.Err(); err != nil {
		log.Fatal(err)
	}
	if err := output.Flush(); err != nil {
		log.Fatal(err)
	}
}

func reply(line []byte) (given answer) {
	var asked request
	if err := json.Unmarshal(line, &asked); err != nil {
		return answer{Errors: []string{err.Error()}}
	}
	if asked.Names {
		flags().VisitAll(func(flag *pflag.Flag) { given.Flags = append(given.Flags, flag.Name) })
		given.Gates = gates()
		return given
	}
	if err := flags().Parse(asked.Flags); err != nil {
		given.Errors = append(given.Errors, err.Error())
	} else if asked.Config != nil {
		for _, err := range start(asked.Base, asked.Config, asked.Flags) {
			given.Errors = append(given.Errors, err.Error())
		}
	}
	return given
}

// flags are those of the kubelet's command.
func flags() *pflag.FlagSet {
	configuration, err := options.NewKubeletConfiguration()
	if err != nil {
		log.Fatal(err)
	}
	return flagsOf(configuration)
}

// flagsOf are the flags that set members of a configuration.
func flagsOf(configuration *config.KubeletConfiguration) *pflag.FlagSet {
	set := pflag.NewFlagSet("kubelet", pflag.ContinueOnError)
	set.SetNormalizeFunc(cliflag.WordSepNormalizeFunc)
	set.SetOutput(io.Discard)
	set.Usage = func() {}
	options.NewKubeletFlags().AddFlags(set)
	options.AddKubeletConfigFlags(set, configuration)
	options.AddGlobalFlags(set)
	set.BoolP("help", "h", false, "")
	return set
}
