// Reads YAML documents as the programs of a cluster do. Standard input is a JSON list of documents;
// standard output a JSON list that says for each how sigs.k8s.io/yaml (kubectl, Argo CD, Flux) and
// go.yaml.in/yaml/v3 (kustomize) read it: {"value": …} or {"error": "…"}.
package main

import (
	"encoding/json"
	"fmt"
	"os"

	yaml3 "go.yaml.in/yaml/v3"
	"sigs.k8s.io/yaml"
)

type reading struct {
	Value json.RawMessage `json:"value,omitempty"`
	Error string          `json:"error,omitempty"`
}

func kubectl(document string) reading {
	value, err := yaml.YAMLToJSON([]byte(document))
	if err != nil {
		return reading{Error: err.Error()}
	}
	return reading{Value: value}
}

func kustomize(document string) reading {
	var value any
	if err := yaml3.Unmarshal([]byte(document), &value); err != nil {
		return reading{Error: err.Error()}
	}
	text, err := json.Marshal(value)
	if err != nil {
		return reading{Error: err.Error()}
	}
	return reading{Value: text}
}

func main() {
	var documents []string
	if err := json.NewDecoder(os.Stdin).Decode(&documents); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	readings := make([]map[string]reading, len(documents))
	for index, document := range documents {
		readings[index] = map[string]reading{"kubectl": kubectl(document), "kustomize": kustomize(document)}
	}
	if err := json.NewEncoder(os.Stdout).Encode(readings); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
