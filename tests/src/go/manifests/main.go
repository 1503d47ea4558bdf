// Reads the compose file and the manifests as those would who run them, and prints what they run: a JSON object a relay, a line
// each. Anything unknown, misspelt or without its counterpart is an error.
//
//	manifests FILE...   compose files are called compose.yaml, all others are manifests of Kubernetes
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
)

// relay is a container of the relay, and what it is given.
type relay struct {
	Name         string            `json:"name"`
	Args         []string          `json:"args"`
	Env          map[string]string `json:"env"`
	Files        map[string]string `json:"files,omitempty"`
	Prepare      []string          `json:"prepare,omitempty"`
	Health       []string          `json:"health,omitempty"`
	GraceSeconds int64             `json:"graceSeconds"`
}

func read(file string) ([]relay, error) {
	if filepath.Base(file) == "compose.yaml" {
		return compose(file)
	}
	return kubernetes(file)
}

func main() {
	out := json.NewEncoder(os.Stdout)
	for _, file := range os.Args[1:] {
		relays, err := read(file)
		if err == nil && len(relays) == 0 {
			err = fmt.Errorf("%s: there is no relay", file)
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, "manifests:", err)
			os.Exit(1)
		}
		for _, each := range relays {
			if err := out.Encode(each); err != nil {
				panic(err)
			}
		}
	}
}
