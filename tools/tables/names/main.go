// Command names writes the tables of the kubelet's flags and of Kubernetes' feature gates from the source of k8s.io/kubernetes
// and k8s.io/component-base, as the Go module registry serves it: one release for each minor version.
//
//	names flags VERSIONS
//	names gates VERSIONS
//	names library_gates VERSIONS
//
// VERSIONS is a file with one version of k8s.io/kubernetes per line, oldest first.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"log"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"sort"
	"strconv"
	"strings"
)

// name is a flag or gate with the first and the last minor version that has it.
type name struct {
	first, last int
	// lockedAt is the minor version from which the gate cannot be changed, or 0, and lockedTo its value.
	lockedAt int
	lockedTo bool
}

type names map[string]*name

func main() {
	log.SetFlags(0)
	if len(os.Args) != 3 {
		log.Fatal("usage: names flags|gates|library_gates VERSIONS")
	}
	list, err := os.ReadFile(os.Args[2])
	if err != nil {
		log.Fatal(err)
	}
	versions := strings.Fields(string(list))
	all := names{}
	for _, version := range versions {
		minor, err := strconv.Atoi(strings.Split(version, ".")[1])
		if err != nil {
			log.Fatal(err)
		}
		read := all.flags
		switch os.Args[1] {
		case "gates":
			read = all.gates
		case "library_gates":
			read = all.libraryGates
		}
		if err := read(version, minor); err != nil {
			log.Fatalf("%s: %v", version, err)
		}
	}
	fmt.Print(all.print(os.Args[1], versions))
}

func (all names) add(key string, minor int) *name {
	known := all[key]
	if known == nil {
		known = &name{first: minor}
		all[key] = known
	}
	known.last = minor
	return known
}

func download(module, version string) (string, error) {
	answer, err := exec.Command("go", "mod", "download", "-json", module+"@"+version).Output()
	if err != nil {
		return "", fmt.Errorf("%s@%s: %w", module, version, err)
	}
	var found struct{ Dir string }
	err = json.NewDecoder(bytes.NewReader(answer)).Decode(&found)
	return found.Dir, err
}

// files parses the Go files below a folder that are neither tests nor for another system than Linux.
func files(folder string) (parsed []*ast.File, err error) {
	err = filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && entry.IsDir() && (entry.Name() == "example" || entry.Name() == "testing" || entry.Name() == "kube-log-runner") {
			return fs.SkipDir
		}
		if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".go") {
			return err
		}
		for _, other := range []string{"_test.go", "_windows.go", "_other.go", "_others.go", "_providers.go"} {
			if strings.HasSuffix(path, other) {
				return nil
			}
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		parsed = append(parsed, file)
		return err
	})
	return parsed, err
}

// flags of klog that the kubelet had until Kubernetes 1.25.
var ofKlog = []string{
	"add-dir-header", "alsologtostderr", "log-backtrace-at", "log-dir", "log-file", "log-file-max-size", "logtostderr",
	"one-output", "skip-headers", "skip-log-headers", "stderrthreshold",
}

// flags reads the names that are registered, by calls such as fs.StringVar(&value, "name", …) or register(…, "name").
func (all names) flags(version string, minor int) error {
	kubernetes, err := download("k8s.io/kubernetes", version)
	if err != nil {
		return err
	}
	componentBase, err := download("k8s.io/component-base", "v0."+strings.SplitN(version, ".", 2)[1])
	if err != nil {
		return err
	}
	for _, folder := range []string{
		filepath.Join(kubernetes, "cmd/kubelet/app/options"), filepath.Join(kubernetes, "pkg/kubelet/config"),
		filepath.Join(componentBase, "logs"),
	} {
		parsed, err := files(folder)
		if err != nil {
			return err
		}
		for _, file := range parsed {
			ast.Inspect(file, func(node ast.Node) bool {
				if call, is := node.(*ast.CallExpr); is {
					if flag := registered(call); flag != "" {
						all.add(strings.ReplaceAll(flag, "_", "-"), minor)
					}
				}
				return true
			})
		}
	}
	// Names that are constants elsewhere.
	others := []string{"help", "housekeeping-interval", "log-flush-frequency", "v", "version", "vmodule"}
	if minor <= 25 {
		others = append(others, ofKlog...)
	}
	for _, flag := range others {
		all.add(flag, minor)
	}
	return nil
}

// registered is the name of the flag that a call registers, or empty.
func registered(call *ast.CallExpr) string {
	function, position := "", 1
	switch of := call.Fun.(type) {
	case *ast.SelectorExpr:
		function = of.Sel.Name
	case *ast.Ident:
		function, position = of.Name, 2
	}
	isRegister := function == "register" || function == "registerDeprecated"
	if !isRegister && !strings.HasSuffix(function, "Var") && !strings.HasSuffix(function, "VarP") || len(call.Args) <= position {
		return ""
	}
	literal, is := call.Args[position].(*ast.BasicLit)
	if !is || literal.Kind != token.STRING {
		return ""
	}
	flag, _ := strconv.Unquote(literal.Value)
	return flag
}

// gates reads the maps of feature gates in pkg/features.
// gates reads those that Kubernetes' own packages define.
func (all names) gates(version string, minor int) error {
	parsed, err := kubernetesGates(version)
	if err != nil {
		return err
	}
	values := constants(parsed)
	all.addSpecifications(parsed, minor, func(key ast.Expr) string {
		// Gates of the libraries are registered by them, too, and only some are listed here.
		if own, isOwn := key.(*ast.Ident); isOwn {
			return values[own.Name]
		}
		return ""
	})
	return nil
}

// oldestKubelet is the first minor version whose kubelet the tests build, and compare the gates of libraries with.
const oldestKubelet = 31

// libraries are the packages of other modules with feature gates.
var libraries = []struct {
	module, folder string
	// isRegistered tells whether the package registers all of its gates in the kubelet. Of the others, the kubelet has the gates
	// that Kubernetes' own packages list.
	isRegistered bool
}{
	{"k8s.io/apiserver", "pkg/features", true},
	{"k8s.io/client-go", "features", true},
	{"k8s.io/component-base", "logs/api/v1", true},
	{"k8s.io/component-base", "metrics/features", true},
	{"k8s.io/component-base", "zpages/features", true},
	{"k8s.io/apiextensions-apiserver", "pkg/features", false},
	{"k8s.io/controller-manager", "pkg/features", true},
}

// libraryGates reads those that the kubelet has from libraries.
func (all names) libraryGates(version string, minor int) error {
	if minor < oldestKubelet {
		return nil
	}
	inherited := map[string]string{}
	for _, library := range libraries {
		folder, err := download(library.module, "v0."+strings.SplitN(version, ".", 2)[1])
		if err != nil {
			return err
		}
		folder = filepath.Join(folder, library.folder)
		if _, err := os.Stat(folder); os.IsNotExist(err) {
			continue
		}
		parsed, err := files(folder)
		if err != nil {
			return err
		}
		values := constants(parsed)
		maps.Copy(inherited, values)
		if library.isRegistered {
			all.addSpecifications(parsed, minor, func(key ast.Expr) string { return values[text(key)] })
		}
	}
	parsed, err := kubernetesGates(version)
	if err != nil {
		return err
	}
	all.addSpecifications(parsed, minor, func(key ast.Expr) string {
		if selector, is := key.(*ast.SelectorExpr); is {
			return inherited[selector.Sel.Name]
		}
		return ""
	})
	return nil
}

func kubernetesGates(version string) ([]*ast.File, error) {
	kubernetes, err := download("k8s.io/kubernetes", version)
	if err != nil {
		return nil, err
	}
	return files(filepath.Join(kubernetes, "pkg/features"))
}

// constants are the strings that files define, by name.
func constants(parsed []*ast.File) map[string]string {
	values := map[string]string{}
	for _, file := range parsed {
		ast.Inspect(file, func(node ast.Node) bool {
			spec, is := node.(*ast.ValueSpec)
			if !is || len(spec.Values) != 1 {
				return true
			}
			value := spec.Values[0]
			// A conversion, such as featuregate.Feature("NodeSwap").
			if call, is := value.(*ast.CallExpr); is && len(call.Args) == 1 {
				value = call.Args[0]
			}
			if literal, is := value.(*ast.BasicLit); is {
				values[spec.Names[0].Name], _ = strconv.Unquote(literal.Value)
			}
			return true
		})
	}
	return values
}

// addSpecifications adds the keys of maps from features to their specifications. nameOf returns "" for keys to skip.
func (all names) addSpecifications(parsed []*ast.File, minor int, nameOf func(ast.Expr) string) {
	for _, file := range parsed {
		ast.Inspect(file, func(node ast.Node) bool {
			literal, is := node.(*ast.CompositeLit)
			if !is {
				return true
			}
			kind, is := literal.Type.(*ast.MapType)
			if !is || !strings.HasSuffix(text(kind.Key), "Feature") || !strings.Contains(text(kind.Value), "Spec") {
				return true
			}
			for _, element := range literal.Elts {
				pair := element.(*ast.KeyValueExpr)
				name := nameOf(pair.Key)
				if name == "" {
					continue
				}
				gate := all.add(name, minor)
				if locked, value := lock(pair.Value.(*ast.CompositeLit), minor); locked && gate.lockedAt == 0 {
					gate.lockedAt, gate.lockedTo = minor, value
				}
			}
			return false
		})
	}
}

// lock tells whether the gate cannot be changed in a minor version, and its value.
func lock(spec *ast.CompositeLit, minor int) (locked, value bool) {
	for _, element := range spec.Elts {
		switch element := element.(type) {
		case *ast.CompositeLit:
			// The specifications by version, oldest first.
			if since(element) <= minor {
				locked, value = lock(element, minor)
			}
		case *ast.KeyValueExpr:
			switch text(element.Key) {
			case "LockToDefault":
				locked = text(element.Value) == "true"
			case "Default":
				value = text(element.Value) == "true"
			}
		}
	}
	return locked, value
}

func since(spec *ast.CompositeLit) int {
	for _, element := range spec.Elts {
		pair, is := element.(*ast.KeyValueExpr)
		if !is || text(pair.Key) != "Version" {
			continue
		}
		literal, is := pair.Value.(*ast.CallExpr).Args[0].(*ast.BasicLit)
		if is {
			version, _ := strconv.Unquote(literal.Value)
			minor, _ := strconv.Atoi(strings.TrimPrefix(version, "1."))
			return minor
		}
	}
	return 0
}

func text(node ast.Expr) string {
	switch node := node.(type) {
	case *ast.Ident:
		return node.Name
	case *ast.SelectorExpr:
		return node.Sel.Name
	}
	return ""
}

func (all names) print(kind string, versions []string) string {
	var out strings.Builder
	first, last := all.bounds()
	fmt.Fprintf(&out, "//! Generated by `make tables` from k8s.io/kubernetes %s to %s. Do not edit.\n\n", versions[0], versions[len(versions)-1])
	switch kind {
	case "gates":
		out.WriteString("/// Name, first and last minor version of Kubernetes 1 that has the gate, and from which on it cannot be changed, with its\n/// value.\npub(super) type Gate = (&'static str, u8, u8, Option<(u8, bool)>);\n\n/// The feature gates.\n#[rustfmt::skip]\npub const GATES: &[Gate] = &[\n")
	case "library_gates":
		out.WriteString("use super::table::Gate;\n\n/// The feature gates that the kubelet has from libraries. Versions before the first one here are not known.\n#[rustfmt::skip]\npub const LIBRARY_GATES: &[Gate] = &[\n")
	default:
		fmt.Fprintf(&out, "/// The versions that the table covers: minor versions of Kubernetes 1.\npub const VERSIONS: std::ops::RangeInclusive<u32> = %d..=%d;\n\n", first, last)
		out.WriteString("/// The flags with the first and the last of [`VERSIONS`] that has them.\n#[rustfmt::skip]\npub const FLAGS: &[(&str, u8, u8)] = &[\n")
	}
	keys := []string{}
	for key := range all {
		keys = append(keys, key)
	}
	sort.Strings(keys)
	for _, key := range keys {
		of := all[key]
		switch {
		case kind == "flags":
			fmt.Fprintf(&out, "    (%q, %d, %d),\n", key, of.first, of.last)
		case of.lockedAt == 0:
			fmt.Fprintf(&out, "    (%q, %d, %d, None),\n", key, of.first, of.last)
		default:
			fmt.Fprintf(&out, "    (%q, %d, %d, Some((%d, %t))),\n", key, of.first, of.last, of.lockedAt, of.lockedTo)
		}
	}
	out.WriteString("];\n")
	return out.String()
}

func (all names) bounds() (first, last int) {
	first = 1 << 30
	for _, of := range all {
		first, last = min(first, of.first), max(last, of.last)
	}
	return first, last
}
