// Command members writes tables of the members of a configuration from the Go types that its reader decodes it into, as the
// Go module registry serves them: one release for each minor version of Kubernetes, or a single release.
//
//	members kubelet VERSIONS
//	members runtime_spec VERSIONS
//	members containerd VERSIONS
//	members containerd_cri VERSIONS
//	members containerd_images VERSIONS
//	members containerd_runtime VERSIONS
//	members nodeadm VERSIONS
//	members hybrid_nodeadm VERSIONS
//	members bottlerocket VERSIONS
//
// VERSIONS is a file with one version of the module per line, oldest first.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"sort"
	"strconv"
	"strings"
)

// source is where the types are, and how the tables are written.
type source struct {
	module, folder, root string
	// tag is the key of the struct tags with the names of members.
	tag string
	// isVersioned tells whether the module has a minor version for each one of Kubernetes.
	isVersioned bool
	// head are the lines of Rust before the tables, and visibility that of the table of the root.
	head, visibility string
}

const nodeadmHead = "use crate::members::Kind::{Any, Bool, List, Map, Object, Text};\n" +
	"use crate::members::Member;\n"

const criHead = "use crate::members::Kind::{Any, Bool, Int64, List, Map, Object, Text};\n" +
	"use crate::members::Member;\n"

var sources = map[string]source{
	"kubelet": {
		module: "k8s.io/kubelet", folder: "config/v1beta1", root: "KubeletConfiguration", tag: "json", isVersioned: true, visibility: "pub ",
		head: "use super::Kind::{Bool, Duration, Fraction, Int32, Int64, List, Map, Object, Quantity, Text};\n" +
			"use super::{LOGGING, Member, TAINT, TRACING};\n",
	},
	"containerd": {
		module: "github.com/containerd/containerd/v2", folder: "cmd/containerd/server/config", root: "Config", tag: "toml",
		visibility: "pub(super) ",
		head: "use crate::members::Kind::{Any, Bool, Int64, List, Map, Object, Text};\n" +
			"use crate::members::Member;\n",
	},
	// The CRI plugins: of containerd 1, and the two of containerd 2 that it was split into.
	"containerd_cri": {
		module: "github.com/containerd/containerd", folder: "pkg/cri/config", root: "PluginConfig", tag: "toml",
		visibility: "pub(super) ", head: criHead,
	},
	"containerd_images": {
		module: "github.com/containerd/containerd/v2", folder: "internal/cri/config", root: "ImageConfig", tag: "toml",
		visibility: "pub(super) ",
		head: "use crate::members::Kind::{Bool, Int64, List, Map, Object, Text};\n" +
			"use crate::members::Member;\n",
	},
	"containerd_runtime": {
		module: "github.com/containerd/containerd/v2", folder: "internal/cri/config", root: "RuntimeConfig", tag: "toml",
		visibility: "pub(super) ", head: criHead,
	},
	"nodeadm": {
		module: "github.com/awslabs/amazon-eks-ami/nodeadm", folder: "api/v1alpha1", root: "NodeConfigSpec", tag: "json",
		visibility: "pub(super) ", head: nodeadmHead,
	},
	"hybrid_nodeadm": {
		module: "github.com/aws/eks-hybrid", folder: "api/v1alpha1", root: "NodeConfigSpec", tag: "json",
		visibility: "pub(super) ", head: nodeadmHead,
	},
	// No registry has Bottlerocket's own models. Karpenter has the settings of Kubernetes.
	"bottlerocket": {
		module: "github.com/aws/karpenter-provider-aws", folder: "pkg/providers/amifamily/bootstrap", root: "BottlerocketKubernetes",
		tag: "toml", visibility: "pub(super) ",
		head: "use crate::members::Kind::{Bool, Int64, List, Map, Object, Text, Uint32};\n" +
			"use crate::members::Member;\n",
	},
	"runtime_spec": {
		module: "github.com/opencontainers/runtime-spec", folder: "specs-go", root: "Spec", tag: "json", visibility: "pub(super) ",
		head: "use crate::members::Kind::{Any, Bool, Int32, Int64, List, Map, Object, Text, Uint32, Uint64};\n" +
			"use crate::members::Member;\n",
	},
}

// elsewhere are the types of other platforms than Linux, which no node reads.
var elsewhere = map[string]bool{"FreeBSD": true, "Solaris": true, "VM": true, "Windows": true, "ZOS": true}

// outside are the types of other modules, and the constants of kubelet_config.rs that describe them.
var outside = map[string]string{
	"logsapi.LoggingConfiguration":                     "Object(LOGGING)",
	"componentbaseconfigv1alpha1.LoggingConfiguration": "Object(LOGGING)",
	"tracingapi.TracingConfiguration":                  "Object(TRACING)",
	"metav1.Duration":                                  "Duration",
	"os.FileMode":                                      "Uint32",
	"runtime.RawExtension":                             "Any",
	"v1.Taint":                                         "Object(TAINT)",
	"resource.Quantity":                                "Quantity",
	"v1.ResourceName":                                  "Text",
}

var plain = map[string]string{
	"bool": "Bool", "string": "Text", "any": "Any", "int": "Int64", "int32": "Int32", "uint32": "Uint32", "uint": "Uint64", "uint16": "Uint32",
	"int64": "Int64", "uint64": "Uint64", "float64": "Fraction",
}

// member is a field with the first and the last minor version that has it.
type member struct {
	kind        string
	first, last int
}

// tables holds the members of each type of the configuration.
type tables map[string]map[string]*member

func main() {
	log.SetFlags(0)
	if len(os.Args) != 3 || sources[os.Args[1]].module == "" {
		log.Fatal("usage: members kubelet|runtime_spec|containerd|containerd_cri|containerd_images|containerd_runtime|nodeadm|hybrid_nodeadm|bottlerocket VERSIONS")
	}
	of := sources[os.Args[1]]
	list, err := os.ReadFile(os.Args[2])
	if err != nil {
		log.Fatal(err)
	}
	all := tables{}
	versions := strings.Fields(string(list))
	for _, version := range versions {
		if err := all.read(of, version); err != nil {
			log.Fatalf("%s@%s: %v", of.module, version, err)
		}
	}
	fmt.Print(all.print(of, versions[0], versions[len(versions)-1]))
}

// minor is the minor version in v0.MINOR.PATCH.
func minor(version string) int {
	number, err := strconv.Atoi(strings.Split(version, ".")[1])
	if err != nil {
		log.Fatal(err)
	}
	return number
}

// read adds the types of a release.
func (all tables) read(of source, version string) error {
	folder, err := download(of.module, version)
	if err != nil {
		return err
	}
	files, err := filepath.Glob(filepath.Join(folder, of.folder, "*.go"))
	if err != nil {
		return err
	}
	types := map[string]ast.Expr{}
	for _, name := range files {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(node ast.Node) bool {
			if spec, is := node.(*ast.TypeSpec); is {
				types[spec.Name.Name] = spec.Type
			}
			return true
		})
	}
	release := 0
	if of.isVersioned {
		release = minor(version)
	}
	return all.add(of.root, of.tag, types, release)
}

func download(module, version string) (string, error) {
	answer, err := exec.Command("go", "mod", "download", "-json", module+"@"+version).Output()
	if err != nil {
		return "", err
	}
	var found struct{ Dir string }
	err = json.NewDecoder(bytes.NewReader(answer)).Decode(&found)
	return found.Dir, err
}

// add records the fields of a struct, and of the structs in it.
func (all tables) add(name, tag string, types map[string]ast.Expr, minor int) error {
	return all.addFields(name, name, tag, types, minor)
}

// addFields records the fields of the struct of as members of name.
func (all tables) addFields(name, of, tag string, types map[string]ast.Expr, minor int) error {
	members := all[name]
	if members == nil {
		members = map[string]*member{}
		all[name] = members
	}
	for _, field := range types[of].(*ast.StructType).Fields.List {
		if field.Tag == nil {
			// An embedded struct.
			if err := all.addFields(name, field.Type.(*ast.Ident).Name, tag, types, minor); err != nil {
				return err
			}
			continue
		}
		tags, err := strconv.Unquote(field.Tag.Value)
		if err != nil {
			return err
		}
		key := strings.Split(reflect.StructTag(tags).Get(tag), ",")[0]
		if key == "" || key == "-" {
			continue // The object's apiVersion and kind.
		}
		kind, err := all.kind(field.Type, tag, types, minor)
		if err != nil {
			return fmt.Errorf("%s.%s: %w", name, key, err)
		}
		known := members[key]
		if known == nil {
			known = &member{first: minor}
			members[key] = known
		}
		if minor == 0 && known.kind != "" && known.kind != kind {
			kind = "Any" // The release on the node is unknown.
		}
		known.kind, known.last = kind, minor
	}
	return nil
}

// kind is the Kind of kubelet_config.rs for a Go type.
func (all tables) kind(given ast.Expr, tag string, types map[string]ast.Expr, minor int) (string, error) {
	switch given := given.(type) {
	case *ast.StarExpr:
		return all.kind(given.X, tag, types, minor)
	case *ast.ArrayType:
		// JSON has bytes as a string in base64.
		if element, is := given.Elt.(*ast.Ident); is && element.Name == "byte" {
			return "Text", nil
		}
		inner, err := all.kind(given.Elt, tag, types, minor)
		return "List(&" + inner + ")", err
	case *ast.MapType:
		inner, err := all.kind(given.Value, tag, types, minor)
		return "Map(&" + inner + ")", err
	case *ast.SelectorExpr:
		name := given.X.(*ast.Ident).Name + "." + given.Sel.Name
		if kind, known := outside[name]; known {
			return kind, nil
		}
		if given.Sel.Name == "ResourceList" {
			return "Map(&Quantity)", nil
		}
		if strings.HasSuffix(given.Sel.Name, "LoggingConfiguration") {
			return "Object(LOGGING)", nil
		}
		return "", fmt.Errorf("the type %s is of another module; add it to outside", name)
	case *ast.Ident:
		if kind, known := plain[given.Name]; known {
			return kind, nil
		}
		own, known := types[given.Name]
		if !known {
			return "", fmt.Errorf("the type %s is unknown", given.Name)
		}
		if elsewhere[given.Name] {
			return "Any", nil
		}
		if _, isStruct := own.(*ast.StructType); isStruct {
			return "Object(" + constant(given.Name) + ")", all.add(given.Name, tag, types, minor)
		}
		return all.kind(own, tag, types, minor)
	}
	if _, isAny := given.(*ast.InterfaceType); isAny {
		return "Any", nil
	}
	return "", fmt.Errorf("a type of the form %T", given)
}

// constant is KubeletX509Authentication as KUBELET_X509_AUTHENTICATION.
func constant(name string) string {
	var words strings.Builder
	for index, letter := range name {
		isUpper := letter >= 'A' && letter <= 'Z'
		afterLower := index > 0 && !(name[index-1] >= 'A' && name[index-1] <= 'Z')
		if isUpper && afterLower {
			words.WriteByte('_')
		}
		words.WriteRune(letter)
	}
	return strings.ToUpper(words.String())
}

func (all tables) print(of source, oldest, newest string) string {
	first, last := 0, 255
	release := newest
	if oldest != newest {
		release = oldest + " to " + newest
	}
	if of.isVersioned {
		first, last = minor(oldest), minor(newest)
		release = fmt.Sprintf("Kubernetes 1.%d to 1.%d", first, last)
	}
	var text strings.Builder
	fmt.Fprintf(&text, "//! Generated by `make tables` from the Go types of %s, %s, %s. Do not edit.\n\n", of.module, of.folder, release)
	text.WriteString(of.head)
	if of.isVersioned {
		fmt.Fprintf(&text, "\n/// The minor versions of Kubernetes 1 that the tables cover.\npub const VERSIONS: std::ops::RangeInclusive<u32> = %d..=%d;\n", first, last)
	}
	names := []string{}
	for name := range all {
		if name != of.root {
			names = append(names, name)
		}
	}
	sort.Strings(names)
	for _, name := range append(names, of.root) {
		label, visible := constant(name), ""
		if name == of.root {
			label, visible = "MEMBERS", of.visibility
			text.WriteString("\n/// The members, each with the first and the last minor version that has it.")
		}
		fmt.Fprintf(&text, "\n#[rustfmt::skip]\n%sconst %s: &[Member] = &[\n", visible, label)
		keys := []string{}
		for key := range all[name] {
			keys = append(keys, key)
		}
		if name == of.root && of.isVersioned {
			keys = append(keys, "apiVersion", "kind")
		}
		sort.Strings(keys)
		for _, key := range keys {
			member := all[name][key]
			if member == nil {
				fmt.Fprintf(&text, "    (%q, Text, %d, %d),\n", key, first, last)
			} else if of.isVersioned {
				fmt.Fprintf(&text, "    (%q, %s, %d, %d),\n", key, member.kind, member.first, member.last)
			} else {
				fmt.Fprintf(&text, "    (%q, %s, %d, %d),\n", key, member.kind, first, last)
			}
		}
		text.WriteString("];\n")
	}
	return text.String()
}
