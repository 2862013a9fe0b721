package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/mail"
	"reflect"
	"strings"

	"dario.cat/mergo"
	"github.com/pelletier/go-toml/v2"
	"sigs.k8s.io/yaml"
)

// mediaType marks the parts that nodeadm reads.
const mediaType = "application/node.eks.aws"

// nodeConfig has the fields of a NodeConfig as of July 2026. The released module knows only some of them.
type nodeConfig struct {
	APIVersion string   `json:"apiVersion"`
	Kind       string   `json:"kind"`
	Metadata   metaData `json:"metadata,omitzero"`
	Spec       spec     `json:"spec,omitzero"`
}

type metaData struct {
	Name        string            `json:"name,omitempty"`
	Namespace   string            `json:"namespace,omitempty"`
	Labels      map[string]string `json:"labels,omitempty"`
	Annotations map[string]string `json:"annotations,omitempty"`
}

type spec struct {
	Cluster struct {
		Name                 string `json:"name,omitempty"`
		APIServerEndpoint    string `json:"apiServerEndpoint,omitempty"`
		CertificateAuthority []byte `json:"certificateAuthority,omitempty"`
		CIDR                 string `json:"cidr,omitempty"`
		EnableOutpost        *bool  `json:"enableOutpost,omitempty"`
		ID                   string `json:"id,omitempty"`
	} `json:"cluster,omitzero"`
	Containerd struct {
		Config          inlineTOML `json:"config,omitempty"`
		BaseRuntimeSpec inlineJSON `json:"baseRuntimeSpec,omitempty"`
	} `json:"containerd,omitzero"`
	Instance struct {
		LocalStorage struct {
			Strategy       string   `json:"strategy,omitempty"`
			MountPath      string   `json:"mountPath,omitempty"`
			DisabledMounts []string `json:"disabledMounts,omitempty"`
		} `json:"localStorage,omitzero"`
		Environment map[string]map[string]string `json:"environment,omitempty"`
		Network     struct {
			Nameservers []string `json:"nameservers,omitempty"`
			Domains     []string `json:"domains,omitempty"`
		} `json:"network,omitzero"`
	} `json:"instance,omitzero"`
	Kubelet struct {
		Config            inlineJSON `json:"config,omitempty"`
		Flags             flags      `json:"flags,omitempty"`
		MaxPodsExpression string     `json:"maxPodsExpression,omitempty"`
	} `json:"kubelet,omitzero"`
	FeatureGates map[string]bool `json:"featureGates,omitempty"`
}

type (
	inlineTOML string
	inlineJSON map[string]json.RawMessage
	flags      []string
)

// nodeConfigs reads every NodeConfig of a userdata, and refuses fields that no nodeadm knows.
func nodeConfigs(userdata []byte) ([]*nodeConfig, error) {
	message, err := mail.ReadMessage(bytes.NewReader(userdata))
	if err != nil {
		return nil, err
	}
	_, parameters, err := mime.ParseMediaType(message.Header.Get("Content-Type"))
	if err != nil {
		return nil, err
	}
	var found []*nodeConfig
	for parts := multipart.NewReader(message.Body, parameters["boundary"]); ; {
		part, err := parts.NextPart()
		if err == io.EOF {
			return found, nil
		}
		if err != nil {
			return nil, err
		}
		if kind, _, err := mime.ParseMediaType(part.Header.Get("Content-Type")); err != nil || kind != mediaType {
			continue
		}
		body, err := io.ReadAll(part)
		if err != nil {
			return nil, err
		}
		read := &nodeConfig{}
		if err := yaml.UnmarshalStrict(body, read); err != nil {
			return nil, err
		}
		found = append(found, read)
	}
}

// multipartOf puts documents into one userdata.
func multipartOf(documents []string) []byte {
	var text strings.Builder
	text.WriteString("MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=\"DOCUMENTS\"\n\n")
	for _, document := range documents {
		fmt.Fprintf(&text, "--DOCUMENTS\nContent-Type: %s\n\n%s\n", mediaType, document)
	}
	text.WriteString("--DOCUMENTS--\n")
	return []byte(text.String())
}

func mergeAll(documents []*nodeConfig) (*nodeConfig, error) {
	if len(documents) == 0 {
		return nil, fmt.Errorf("no document")
	}
	merged := documents[0]
	for _, next := range documents[1:] {
		if err := mergo.Merge(merged, next, mergo.WithOverride, mergo.WithTransformers(merging{})); err != nil {
			return nil, err
		}
	}
	return merged, nil
}

// merging knows the three kinds of fields that nodeadm merges in a way of its own.
type merging struct{}

func (merging) Transformer(kind reflect.Type) func(reflect.Value, reflect.Value) error {
	switch kind {
	case reflect.TypeFor[flags]():
		return func(old, given reflect.Value) error {
			old.Set(reflect.AppendSlice(old, given))
			return nil
		}
	case reflect.TypeFor[inlineTOML]():
		return func(old, given reflect.Value) error {
			if old.Len() == 0 || given.Len() == 0 {
				if old.Len() == 0 {
					old.Set(given)
				}
				return nil
			}
			var first, second map[string]any
			if err := toml.Unmarshal([]byte(old.String()), &first); err != nil {
				return err
			}
			if err := toml.Unmarshal([]byte(given.String()), &second); err != nil {
				return err
			}
			if err := mergo.Merge(&first, &second, mergo.WithOverride); err != nil {
				return err
			}
			text, err := toml.Marshal(first)
			old.SetString(string(text))
			return err
		}
	case reflect.TypeFor[inlineJSON]():
		return func(old, given reflect.Value) error {
			if old.Len() == 0 {
				old.Set(given)
				return nil
			}
			if given.Len() == 0 {
				return nil
			}
			first, err := plain(old.Interface())
			if err != nil {
				return err
			}
			second, err := plain(given.Interface())
			if err != nil {
				return err
			}
			if err := mergo.Merge(&first, &second, mergo.WithOverride); err != nil {
				return err
			}
			text, err := json.Marshal(first)
			if err != nil {
				return err
			}
			merged := inlineJSON{}
			old.Set(reflect.ValueOf(merged))
			return json.Unmarshal(text, &merged)
		}
	}
	return nil
}

// plain is a deep copy.
func plain(document any) (map[string]any, error) {
	text, err := json.Marshal(document)
	if err != nil {
		return nil, err
	}
	var copied map[string]any
	return copied, json.Unmarshal(text, &copied)
}
