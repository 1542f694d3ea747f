package mapping

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"sync"
)

//go:embed definitions/*.yaml
var shipped embed.FS

var builtin = sync.OnceValues(func() (*Library, error) { return Open("", Universal()) })

// Builtin is the library of the shipped definitions over the universal model,
// parsed once.
func Builtin() (*Library, error) { return builtin() }

// Open loads the shipped definitions and those of an operator's folder, ""
// for none. A file of the folder replaces the shipped definition of the same
// connector. The error joins all faults of all files, each with file and line.
func Open(dir string, c *Catalogue) (*Library, error) {
	sub, err := fs.Sub(shipped, "definitions")
	if err != nil {
		return nil, fmt.Errorf("connector definitions: %w", err)
	}
	lib, err := Load(sub, c)
	if dir == "" || err != nil {
		return lib, err
	}
	own, err := loadFiles(os.DirFS(dir), c, func(file string) string { return filepath.Join(dir, file) })
	if err != nil {
		return nil, err
	}
	maps.Copy(lib.definitions, own.definitions)
	return lib, nil
}

// Load reads every *.yaml at the top of fsys; definitions/README.md describes
// the format. c knows the host fields that the rules may read; nil is
// Universal. The error joins all faults of all files, each with file, line
// and, where one is concerned, rule; keys that the format does not have are
// faults.
func Load(fsys fs.FS, c *Catalogue) (*Library, error) {
	return loadFiles(fsys, c, func(file string) string { return file })
}

// loadFiles is Load with the name by which people know a file.
func loadFiles(fsys fs.FS, c *Catalogue, named func(file string) string) (*Library, error) {
	if c == nil {
		c = Universal()
	}
	files, err := fs.Glob(fsys, "*.yaml")
	if err == nil && len(files) == 0 {
		_, err = fs.Stat(fsys, ".")
		if err == nil {
			err = errors.New("no *.yaml file found")
		}
	}
	if err != nil {
		return nil, fmt.Errorf("connector definitions %s: %w", named("."), err)
	}
	unread, err := fs.Glob(fsys, "*.yml")
	var faults []error
	for _, file := range unread {
		faults = append(faults, fmt.Errorf("%s: definitions end in .yaml; rename the file, it would not be read", named(file)))
	}
	lib, unsound := loadThese(fsys, c, files, named)
	if err = errors.Join(append(faults, err, unsound)...); err != nil {
		return nil, err
	}
	return lib, nil
}

// LoadFile is Load for one file, whatever its name ends in.
func LoadFile(fsys fs.FS, c *Catalogue, file, name string) (*Library, error) {
	if c == nil {
		c = Universal()
	}
	return loadThese(fsys, c, []string{file}, func(string) string { return name })
}

func loadThese(fsys fs.FS, c *Catalogue, files []string, named func(file string) string) (*Library, error) {
	lib := &Library{definitions: make(map[string]*Definition, len(files)), catalogue: c}
	from := make(map[string]string, len(files))
	var faults []error
	for _, file := range files {
		r := &reader{file: named(file), catalogue: c}
		if d := r.load(fsys, file); d != nil && d.Connector != "" {
			if first, twice := from[d.Connector]; twice {
				r.faults = append(r.faults, fmt.Errorf("%s: the connector %s has a definition already, in %s", r.file, excerpt(d.Connector), first))
			}
			lib.definitions[d.Connector], from[d.Connector] = d, r.file
		}
		faults = append(faults, r.faults...)
	}
	if len(faults) > 0 {
		return nil, errors.Join(faults...)
	}
	return lib, nil
}
