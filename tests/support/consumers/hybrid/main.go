// Command hybrid reads NodeConfigs of hybrid nodes with the code of their nodeadm: its strict decoder and its validation.
//
// Each line of standard input is a request in JSON, and each line of standard output its answer, in the same order.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"log"
	"os"

	"github.com/aws/eks-hybrid/internal/api"
	"github.com/aws/eks-hybrid/internal/api/bridge"
	"github.com/aws/eks-hybrid/internal/node/hybrid"
	"go.uber.org/zap"
)

// request holds a NodeConfig as YAML.
type request struct {
	Document string `json:"document"`
}

// answer is the NodeConfig that was read, or why it was rejected.
type answer struct {
	Config *api.NodeConfig `json:"config,omitempty"`
	Error  string          `json:"error,omitempty"`
}

func main() {
	folder, err := os.MkdirTemp("", "hybrid")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(folder)
	if err := serveBus(folder); err != nil {
		log.Fatal(err)
	}
	certificate, err := createCertificate(folder)
	if err != nil {
		log.Fatal(err)
	}
	input := bufio.NewScanner(os.Stdin)
	input.Buffer(nil, 64<<20)
	output := bufio.NewWriter(os.Stdout)
	for input.Scan() {
		line, err := json.Marshal(reply(input.Bytes(), certificate))
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

func reply(line []byte, certificate string) answer {
	var asked request
	if err := json.Unmarshal(line, &asked); err != nil {
		return answer{Error: err.Error()}
	}
	config, err := bridge.DecodeStrictNodeConfig([]byte(asked.Document))
	if err != nil {
		return answer{Error: err.Error()}
	}
	provider, err := hybrid.NewHybridNodeProvider(onThisMachine(*config, certificate), nil, zap.NewNop())
	if err == nil {
		err = provider.ValidateConfig()
	}
	if err != nil {
		return answer{Error: err.Error()}
	}
	return answer{Config: config}
}
