package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"

	"github.com/awslabs/amazon-eks-ami/nodeadm/internal/api"
	"github.com/awslabs/amazon-eks-ami/nodeadm/internal/configprovider"
)

// metadata stands in for the instance's metadata service, from which nodeadm takes the userdata.
type metadata struct{ userdata []byte }

func serveMetadata() (*metadata, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	served := &metadata{}
	go func() { _ = http.Serve(listener, served) }()
	return served, os.Setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", "http://"+listener.Addr().String())
}

func (m *metadata) ServeHTTP(response http.ResponseWriter, request *http.Request) {
	switch request.URL.Path {
	case "/latest/api/token":
		response.Header().Set("X-Aws-Ec2-Metadata-Token-Ttl-Seconds", "300")
		fmt.Fprint(response, "token")
	case "/latest/user-data":
		_, _ = response.Write(m.userdata)
	default:
		http.NotFound(response, request)
	}
}

// readUserdata reads with the released nodeadm and with the fields of today, and compares.
func readUserdata(userdata []byte, metadata *metadata) answer {
	metadata.userdata = userdata
	released, err := configprovider.NewUserDataConfigProvider().Provide()
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
	given.Released, err = difference(released, merged, len(documents))
	if err != nil {
		return answer{Error: err.Error()}
	}
	return given
}

// difference says what the released nodeadm holds that the fields of today do not. It did not merge containerd's TOML yet.
func difference(released *api.NodeConfig, merged *nodeConfig, documents int) (string, error) {
	text, err := json.Marshal(merged)
	if err != nil {
		return "", err
	}
	var known api.NodeConfig
	if err := json.Unmarshal(text, &known); err != nil {
		return "", err
	}
	known.TypeMeta = released.TypeMeta
	if documents > 1 {
		known.Spec.Containerd, released.Spec.Containerd = api.ContainerdOptions{}, api.ContainerdOptions{}
	}
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
