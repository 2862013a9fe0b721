package main

import (
	"bytes"
	"encoding/json"

	"github.com/awslabs/amazon-eks-ami/nodeadm/internal/api"
	"github.com/awslabs/amazon-eks-ami/nodeadm/internal/configprovider"
)

// readUserdata reads with the released nodeadm and with the current fields, and compares.
func readUserdata(userdata []byte) answer {
	released, err := configprovider.ParseMaybeMultipart(userdata)
	if err != nil {
		return answer{Error: err.Error()}
	}
	documents, err := nodeConfigs(userdata)
	if err != nil {
		return answer{Error: err.Error()}
	}
	merged, err := mergeAll(documents)
	if err != nil {
		return answer{Error: err.Error()}
	}
	given := answer{Config: merged, Check: message(api.ValidateNodeConfig(released))}
	given.Released, err = difference(released, merged)
	if err != nil {
		return answer{Error: err.Error()}
	}
	return given
}

// difference is what the released nodeadm reads, if that differs from the current fields in a field that both have.
func difference(released *api.NodeConfig, merged *nodeConfig) (string, error) {
	text, err := json.Marshal(merged)
	if err != nil {
		return "", err
	}
	var known api.NodeConfig
	if err := json.Unmarshal(text, &known); err != nil {
		return "", err
	}
	known.TypeMeta = released.TypeMeta
	expected, err := json.Marshal(known)
	if err != nil {
		return "", err
	}
	found, err := json.Marshal(released)
	if err != nil || bytes.Equal(found, expected) {
		return "", err
	}
	return string(found), nil
}
