// Command nodeadm reads what the provider renders with the code that reads it on a node: the released module of nodeadm, the
// libraries that nodeadm is made of, and the kubelet's own types.
//
// Each line of standard input is a request in JSON, and each line of standard output its answer, in the same order.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"log"
	"os"
)

// request asks for one thing.
type request struct {
	// Userdata to read as nodeadm reads it.
	Userdata []byte `json:"userdata"`
	// Documents to merge, each as a part of a userdata.
	Documents []string `json:"documents"`
	// Kubelet holds a KubeletConfiguration.
	Kubelet json.RawMessage `json:"kubelet"`
	// Expression is a CEL expression for the number of pods.
	Expression string `json:"expression"`
	// Fields asks for the fields of a KubeletConfiguration.
	Fields bool `json:"fields"`
}

// answer says what was read.
type answer struct {
	// Error says why nothing was read.
	Error string `json:"error,omitempty"`
	// Config is the merged NodeConfig.
	Config *nodeConfig `json:"config,omitempty"`
	// Released says what the released nodeadm read otherwise, of the fields that it knows.
	Released string `json:"released,omitempty"`
	// Check is what nodeadm's validation says.
	Check string `json:"check,omitempty"`
	// Pods is the value of an expression.
	Pods int64 `json:"pods,omitempty"`
	// Fields are the kubelet's fields with their types.
	Fields map[string]string `json:"fields,omitempty"`
}

func main() {
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
		return answer{Error: err.Error()}
	}
	switch {
	case asked.Fields:
		given.Fields = kubeletFields()
	case asked.Kubelet != nil:
		given.Error = message(decodeKubelet(asked.Kubelet))
	case asked.Expression != "":
		pods, err := evaluate(asked.Expression)
		given.Pods, given.Error = pods, message(err)
	case asked.Documents != nil:
		given = readUserdata(multipartOf(asked.Documents))
	default:
		given = readUserdata(asked.Userdata)
	}
	return given
}

func message(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
