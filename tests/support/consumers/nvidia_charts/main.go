// Renders the charts of NVIDIA as Helm does and asks the scheduler's own rules on which nodes their pods run: a line of JSON
// in for each question, one out.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"

	plugin "github.com/NVIDIA/k8s-device-plugin/api/config/v1"
	"helm.sh/helm/v3/pkg/chart/loader"
	"helm.sh/helm/v3/pkg/chartutil"
	"helm.sh/helm/v3/pkg/engine"
	apps "k8s.io/api/apps/v1"
	core "k8s.io/api/core/v1"
	scheduling "k8s.io/component-helpers/scheduling/corev1"
	"k8s.io/component-helpers/scheduling/corev1/nodeaffinity"
	"k8s.io/klog/v2"
	"sigs.k8s.io/yaml"
)

type request struct {
	// The folder of the chart.
	Chart string `json:"chart"`
	// The values as text in YAML.
	Values string `json:"values"`
	// Nodes by name.
	Nodes map[string]node `json:"nodes"`
}

type node struct {
	Labels map[string]string `json:"labels"`
	Taints []core.Taint      `json:"taints"`
}

type answer struct {
	Error string `json:"error,omitempty"`
	// Names of nodes by DaemonSet: where its pods run.
	Runs map[string][]string `json:"runs"`
	// Other objects by kind.
	Objects map[string]any `json:"objects"`
	// What the plugin reads in its configuration.
	Configuration *plugin.Config `json:"configuration,omitempty"`
}

func main() {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 64<<20)
	answers := json.NewEncoder(os.Stdout)
	for lines.Scan() {
		var asked request
		if err := json.Unmarshal(lines.Bytes(), &asked); err != nil {
			fail(err)
		}
		given, err := give(asked)
		if err != nil {
			given.Error = err.Error()
		}
		if err := answers.Encode(given); err != nil {
			fail(err)
		}
	}
	if err := lines.Err(); err != nil {
		fail(err)
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

func give(asked request) (answer, error) {
	given := answer{Runs: map[string][]string{}, Objects: map[string]any{}}
	documents, err := render(asked)
	if err != nil {
		return given, err
	}
	for _, document := range documents {
		var kind struct {
			Kind string `json:"kind"`
		}
		if err := yaml.Unmarshal([]byte(document), &kind); err != nil {
			return given, err
		}
		switch kind.Kind {
		case "":
		case "DaemonSet":
			var set apps.DaemonSet
			if err := yaml.UnmarshalStrict([]byte(document), &set); err != nil {
				return given, err
			}
			if given.Runs[set.Name], err = runs(&set, asked.Nodes); err != nil {
				return given, err
			}
		case "ConfigMap":
			var config core.ConfigMap
			if err := yaml.UnmarshalStrict([]byte(document), &config); err != nil {
				return given, err
			}
			if text, found := config.Data["default"]; found {
				// The plugin takes what it does not know for an error.
				var read plugin.Config
				if err := yaml.UnmarshalStrict([]byte(text), &read); err != nil {
					return given, err
				}
				plugin.DisableResourceNamingInConfig(&read)
				given.Configuration = &read
			}
		default:
			var object any
			if err := yaml.Unmarshal([]byte(document), &object); err != nil {
				return given, err
			}
			given.Objects[kind.Kind] = object
		}
	}
	return given, nil
}

// The documents of a chart.
func render(asked request) ([]string, error) {
	chart, err := loader.Load(asked.Chart)
	if err != nil {
		return nil, err
	}
	values, err := chartutil.ReadValues([]byte(asked.Values))
	if err != nil {
		return nil, err
	}
	if err := chartutil.ProcessDependenciesWithMerge(chart, values); err != nil {
		return nil, err
	}
	options := chartutil.ReleaseOptions{Name: "gpu", Namespace: "nvidia", Revision: 1, IsInstall: true}
	all, err := chartutil.ToRenderValues(chart, values, options, chartutil.DefaultCapabilities)
	if err != nil {
		return nil, err
	}
	files, err := engine.Render(chart, all)
	if err != nil {
		return nil, err
	}
	names := []string{}
	for name := range files {
		if extension := filepath.Ext(name); extension == ".yaml" || extension == ".yml" {
			names = append(names, name)
		}
	}
	sort.Strings(names)
	documents := []string{}
	for _, name := range names {
		documents = append(documents, strings.Split("\n"+files[name], "\n---")...)
	}
	return documents, nil
}

// The nodes on which the pods of a DaemonSet run: its controller adds tolerations, none of which is of our taints.
func runs(set *apps.DaemonSet, nodes map[string]node) ([]string, error) {
	pod := &core.Pod{Spec: set.Spec.Template.Spec}
	affinity := nodeaffinity.GetRequiredNodeAffinity(pod)
	found := []string{}
	for name, each := range nodes {
		known := &core.Node{}
		known.Name, known.Labels, known.Spec.Taints = name, each.Labels, each.Taints
		matches, err := affinity.Match(known)
		if err != nil {
			return nil, err
		}
		repels := func(taint *core.Taint) bool {
			return taint.Effect == core.TaintEffectNoSchedule || taint.Effect == core.TaintEffectNoExecute
		}
		_, isShutOut := scheduling.FindMatchingUntoleratedTaint(klog.Background(), known.Spec.Taints, pod.Spec.Tolerations, repels, false)
		if matches && !isShutOut {
			found = append(found, name)
		}
	}
	sort.Strings(found)
	return found, nil
}
