package main

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"

	"github.com/google/cel-go/cel"
	kubelet "k8s.io/kubelet/config/v1beta1"
	sigsjson "sigs.k8s.io/json"
)

// kubeletFields says for each field of a KubeletConfiguration what it takes, by its path: "authentication.x509.clientCAFile".
// The elements of a list stand at "path[]", and the members of a map at "path.*".
func kubeletFields() map[string]string {
	fields := map[string]string{}
	addFields(fields, "", reflect.TypeFor[kubelet.KubeletConfiguration]())
	return fields
}

func addFields(fields map[string]string, path string, kind reflect.Type) {
	for kind.Kind() == reflect.Pointer {
		kind = kind.Elem()
	}
	if kind.Implements(marshaler) || reflect.PointerTo(kind).Implements(unmarshaler) {
		fields[path] = kind.Name()
		return
	}
	switch kind.Kind() {
	case reflect.Struct:
		fields[path] = "object"
		for i := range kind.NumField() {
			field := kind.Field(i)
			name, options, _ := strings.Cut(field.Tag.Get("json"), ",")
			if strings.Contains(options, "inline") || field.Anonymous && name == "" {
				addFields(fields, path, field.Type)
				continue
			}
			addFields(fields, strings.TrimPrefix(path+"."+name, "."), field.Type)
		}
	case reflect.Slice:
		fields[path] = "list"
		addFields(fields, path+"[]", kind.Elem())
	case reflect.Map:
		fields[path] = "map"
		addFields(fields, path+".*", kind.Elem())
	default:
		fields[path] = kind.Kind().String()
	}
}

var (
	marshaler   = reflect.TypeFor[json.Marshaler]()
	unmarshaler = reflect.TypeFor[json.Unmarshaler]()
)

// decodeKubelet reads a KubeletConfiguration and refuses names that the kubelet does not know.
func decodeKubelet(document []byte) error {
	var read kubelet.KubeletConfiguration
	strict, err := sigsjson.UnmarshalStrict(document, &read)
	if err == nil && len(strict) > 0 {
		err = strict[0]
	}
	return err
}

// evaluate computes an expression as nodeadm does on an m5.large.
func evaluate(expression string) (int64, error) {
	names := []string{"default_enis", "ips_per_eni", "max_pods"}
	var variables []cel.EnvOption
	for _, name := range names {
		variables = append(variables, cel.Variable(name, cel.IntType))
	}
	environment, err := cel.NewEnv(variables...)
	if err != nil {
		return 0, err
	}
	compiled, issues := environment.Compile(expression)
	if issues.Err() != nil {
		return 0, issues.Err()
	}
	program, err := environment.Program(compiled)
	if err != nil {
		return 0, err
	}
	value, _, err := program.Eval(map[string]any{"default_enis": 3, "ips_per_eni": 10, "max_pods": 29})
	if err != nil {
		return 0, err
	}
	number := value.ConvertToType(cel.IntType)
	if pods, isNumber := number.Value().(int64); isNumber && pods > 0 {
		return pods, nil
	}
	return 0, fmt.Errorf("%v is no number of pods", number.Value())
}
