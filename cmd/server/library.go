package main

import (
	"errors"
	"io/fs"
	"strings"

	"sendtocrm/internal/mapping"
)

// readLibrary reads the operator's fields and definitions beside the shipped ones. Nil where they have faults.
func readLibrary(definitions, hostFields string, f *faults) *mapping.Library {
	catalogue, err := readCatalogue(hostFields)
	if err != nil {
		f.each("HOST_FIELDS", err)
		return nil
	}
	library, err := mapping.Open(definitions, catalogue)
	if err != nil {
		f.each("MAPPING_DEFINITIONS", err)
		return nil
	}
	return library
}

// reason is a file error without what the system calls it.
func reason(err error) string {
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Path + ": " + path.Err.Error()
	}
	return err.Error()
}

// each adds every line of an error that joins several.
func (f *faults) each(setting string, err error) {
	for line := range strings.Lines(err.Error()) {
		f.add("%s: %s", setting, strings.TrimSpace(line))
	}
}
