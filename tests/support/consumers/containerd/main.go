// Command containerd reads configurations with containerd's own loader, and OCI runtime specifications with the types into
// which containerd decodes them.
//
// Each line of standard input is a request in JSON, and each line of standard output its answer, in the same order.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"os"
	"path/filepath"

	"github.com/containerd/containerd/v2/cmd/containerd/server/config"
	"github.com/containerd/containerd/v2/version"
	"github.com/opencontainers/runtime-spec/specs-go"
	"github.com/sirupsen/logrus"
)

// request asks for one thing.
type request struct {
	// Config is a configuration in TOML.
	Config string `json:"config"`
	// Spec is an OCI runtime specification.
	Spec json.RawMessage `json:"spec"`
}

// answer says why it cannot be read.
type answer struct {
	Error string `json:"error,omitempty"`
}

func main() {
	// The loader logs unknown keys.
	logrus.SetOutput(io.Discard)
	folder, err := os.MkdirTemp("", "containerd")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(folder)
	input := bufio.NewScanner(os.Stdin)
	input.Buffer(nil, 64<<20)
	output := bufio.NewWriter(os.Stdout)
	for input.Scan() {
		var given answer
		if err := read(input.Bytes(), filepath.Join(folder, "config.toml")); err != nil {
			given.Error = err.Error()
		}
		line, err := json.Marshal(given)
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

func read(line []byte, path string) error {
	var asked request
	if err := json.Unmarshal(line, &asked); err != nil {
		return err
	}
	if asked.Spec != nil {
		return json.Unmarshal(asked.Spec, &specs.Spec{})
	}
	if err := os.WriteFile(path, []byte(asked.Config), 0o600); err != nil {
		return err
	}
	return config.LoadConfig(context.Background(), path, &config.Config{Version: version.ConfigVersion})
}
