package main

import (
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/compose-spec/compose-go/loader"
	"github.com/compose-spec/compose-go/types"
)

// compose reads a compose file as docker compose does, by the schema of its format, and gives its relays.
func compose(file string) ([]relay, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	project, err := loader.Load(types.ConfigDetails{
		WorkingDir:  filepath.Dir(file),
		ConfigFiles: []types.ConfigFile{{Filename: file, Content: text}},
		Environment: types.NewMapping([]string{"ETCD_IMAGE=etcd"}),
	})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	var relays []relay
	for _, service := range project.Services {
		if len(service.Command) == 0 || service.Command[0] != "relay" {
			continue
		}
		if service.HealthCheck == nil || len(service.HealthCheck.Test) == 0 {
			return nil, fmt.Errorf("%s: %s has no health check", file, service.Name)
		}
		if service.StopGracePeriod == nil {
			return nil, fmt.Errorf("%s: %s has no stop_grace_period", file, service.Name)
		}
		environment := map[string]string{}
		for name, value := range service.Environment {
			if value != nil {
				environment[name] = *value
			}
		}
		relays = append(relays, relay{
			Name: service.Name, Args: service.Command, Env: environment, Health: service.HealthCheck.Test,
			GraceSeconds: int64(time.Duration(*service.StopGracePeriod).Seconds()),
		})
	}
	return relays, nil
}
