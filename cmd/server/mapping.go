package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"sendtocrm/internal/mapping"
)

// mappingCommand is for people who write connector definitions.
type mappingCommand struct {
	Lint lintCommand `cmd:"" help:"Check connector definitions: every fault with file and line."`
	Try  tryCommand  `cmd:"" help:"Map one record, without a CRM, and show the request and everything about it."`
}

type lintCommand struct {
	Files      []string `arg:"" help:"Definition files."`
	HostFields string   `help:"The YAML file with the platform's own fields." env:"HOST_FIELDS" placeholder:"FILE"`
}

// Run checks each file by itself.
func (l lintCommand) Run(out console) error {
	catalogue, err := readCatalogue(l.HostFields)
	if err != nil {
		return err
	}
	broken := 0
	for _, file := range l.Files {
		library, err := loadDefinition(file, catalogue)
		if err != nil {
			broken++
			fmt.Fprintln(out.err, err)
			continue
		}
		for _, connector := range library.Connectors() {
			fmt.Fprintf(out.out, "%s: ok: %s\n", file, summary(library, connector))
		}
	}
	if broken > 0 {
		return fmt.Errorf("%d of %d definitions have faults", broken, len(l.Files))
	}
	return nil
}

func summary(library *mapping.Library, connector string) string {
	definition, _ := library.Definition(connector)
	var objects []string
	for _, name := range mapping.Objects() {
		if object, ok := definition.Objects[name]; ok {
			objects = append(objects, fmt.Sprintf("%s (%d rules)", name, len(object.Rules)))
		}
	}
	return fmt.Sprintf("%s: %s", definition.Name, strings.Join(objects, ", "))
}

// loadDefinition reads one file by itself.
func loadDefinition(file string, catalogue *mapping.Catalogue) (*mapping.Library, error) {
	folder, name := filepath.Split(file)
	if folder == "" {
		folder = "."
	}
	library, err := mapping.LoadFile(os.DirFS(folder), catalogue, name, file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s: there is no such file", file)
	}
	return library, err
}

// readCatalogue reads the platform's own fields; without a file, the universal ones are all.
func readCatalogue(file string) (*mapping.Catalogue, error) {
	if file == "" {
		return mapping.Universal(), nil
	}
	opened, err := os.Open(file)
	if err != nil {
		return nil, fmt.Errorf("the platform's fields: %s", reason(err))
	}
	defer opened.Close() //nolint:errcheck // opened for reading
	catalogue, err := mapping.LoadCatalogue(opened)
	if err != nil {
		return nil, fmt.Errorf("the platform's fields: %s: %w", file, err)
	}
	return catalogue, nil
}

// definitionFor is the definition of a connector, from a file or from the shipped ones.
func definitionFor(connector, file string, catalogue *mapping.Catalogue) (*mapping.Definition, error) {
	library, err := mapping.Open("", catalogue)
	if file != "" {
		library, err = loadDefinition(file, catalogue)
	}
	if err != nil {
		return nil, err
	}
	definition, ok := library.Definition(connector)
	if !ok {
		return nil, usage{fmt.Errorf("there is no definition of the connector %q; there are %s", connector, strings.Join(slices.Sorted(slices.Values(library.Connectors())), ", "))}
	}
	return definition, nil
}
