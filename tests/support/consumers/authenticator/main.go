// Reads aws-auth as the authenticator of EKS does: a line of JSON in for each ConfigMap, one out with the entries it keeps,
// and with the mapping of each caller.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"github.com/sirupsen/logrus"
	"sigs.k8s.io/aws-iam-authenticator/pkg/arn"
	"sigs.k8s.io/aws-iam-authenticator/pkg/config"
	"sigs.k8s.io/aws-iam-authenticator/pkg/mapper/configmap"
)

type request struct {
	Data    map[string]string `json:"data"`
	Callers []string          `json:"callers"`
}

type mapping struct {
	ARN      string   `json:"arn"`
	Username string   `json:"username"`
	Groups   []string `json:"groups"`
}

type answer struct {
	Error  string     `json:"error,omitempty"`
	Roles  []mapping  `json:"roles"`
	Users  []mapping  `json:"users"`
	Mapped []*mapping `json:"mapped"`
}

func main() {
	// What it warns of is in the answers.
	logrus.SetLevel(logrus.ErrorLevel)
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 64<<20)
	answers := json.NewEncoder(os.Stdout)
	for lines.Scan() {
		var asked request
		if err := json.Unmarshal(lines.Bytes(), &asked); err != nil {
			fail(err)
		}
		if err := answers.Encode(read(asked)); err != nil {
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

func read(asked request) answer {
	users, roles, _, err := configmap.ParseMap(asked.Data)
	given := answer{Roles: []mapping{}, Users: []mapping{}, Mapped: []*mapping{}}
	if err != nil {
		given.Error = err.Error()
	}
	// As the authenticator keeps them: a later one of the same key replaces an earlier one.
	kept := map[string]config.RoleMapping{}
	for _, role := range roles {
		given.Roles = append(given.Roles, of(role.RoleARN, role.Username, role.Groups))
		kept[role.Key()] = role
	}
	for _, user := range users {
		given.Users = append(given.Users, of(user.UserARN, user.Username, user.Groups))
	}
	for _, caller := range asked.Callers {
		given.Mapped = append(given.Mapped, find(caller, kept, users))
	}
	return given
}

func of(arn, username string, groups []string) mapping {
	if groups == nil {
		groups = []string{}
	}
	return mapping{arn, username, groups}
}

func find(caller string, roles map[string]config.RoleMapping, users []config.UserMapping) *mapping {
	_, canonical, err := arn.Canonicalize(caller)
	if err != nil {
		return nil
	}
	for _, role := range roles {
		if role.Matches(strings.ToLower(canonical)) {
			found := of(role.RoleARN, role.Username, role.Groups)
			return &found
		}
	}
	for _, user := range users {
		if user.Matches(canonical) {
			found := of(user.UserARN, user.Username, user.Groups)
			return &found
		}
	}
	return nil
}
