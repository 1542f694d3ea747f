package sandbox

import (
	"embed"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
)

//go:embed catalog/*.json
var catalogFiles embed.FS

// catalog is everything that the simulated Alloy can connect, in the order in which it is listed.
type catalog struct {
	connectors []*connector
	byID       map[string]*connector
}

// connector is one file of the catalogue. Its list entry, resources, action details and credential metadata are all
// rendered from here.
type connector struct {
	ID             string             `json:"id"`
	Name           string             `json:"name"`
	Color          string             `json:"color"`
	Group          []string           `json:"group"`
	Category       []string           `json:"category"` // nil: the entry has no such key at all
	IDType         string             `json:"idType"`   // JSON type of the path parameters
	Authentication []authMethod       `json:"authentication"`
	Objects        map[string]*object `json:"objects"`
	Resources      []resource         `json:"resources"`
	Schemas        map[string]schema  `json:"schemas"`

	actions map[string]*action
}

// authMethod is one way to authenticate. Type is the literal that a client has to give back.
type authMethod struct {
	Type     string          `json:"type"`
	Optional bool            `json:"optional"` // offered only if the setting "authentication" names it
	Data     json.RawMessage `json:"data"`     // JSON Schema of the connector's own inputs
	Sample   json.RawMessage `json:"sample"`
}

// oauth2 is the only type that leads through a consent page.
const oauth2 = "oauth2"

// object is one kind of record at a CRM.
type object struct {
	Native   string            `json:"native"` // the CRM's own word in paths and answers
	Label    string            `json:"label"`
	Title    []string          `json:"title"`   // fields that make a record's headline
	Columns  []string          `json:"columns"` // fields shown in tables
	Email    string            `json:"email"`   // path of the e-mail addresses, such as "emails.value"
	Fields   map[string]string `json:"fields"`  // name: type
	Required []string          `json:"required"`
	ReadOnly []string          `json:"readOnly"`
	Defaults []string          `json:"defaults"` // fields that a read gives without being asked

	name string // contact, company or deal
}

type resource struct {
	Name        string    `json:"name"`
	Description string    `json:"description"`
	Actions     []*action `json:"actions"`
}

// action is one thing that a connector can do. Does and Object say what it comes to, whatever the CRM calls it.
type action struct {
	ID          string            `json:"id"`
	Name        string            `json:"name"`
	Description string            `json:"description"`
	Method      string            `json:"method"`
	Path        string            `json:"path"`
	Does        string            `json:"does"`
	Object      string            `json:"object"`
	Query       map[string]string `json:"query"`    // name: JSON type
	Headers     []string          `json:"headers"`  // listed as required although Alloy fills them in
	Body        string            `json:"body"`     // name of a schema
	Variants    map[string]string `json:"variants"` // schema by the setting "copperOpportunities"

	params []string // names in the path
}

// schema is a JSON Schema as clients see it.
type schema = json.RawMessage

// order is the order of GET /connectors: the two of Alloy's documents first.
var order = [...]string{"hubspot", "salesforceCRM", "copper", "zohoCRM", "pipedrive", "acornCRM", "slack", "httpRequest"}

var pathParam = regexp.MustCompile(`\{([^}]+)\}`)

func readCatalog() (*catalog, error) {
	c := &catalog{byID: map[string]*connector{}}
	for _, id := range order {
		raw, err := catalogFiles.ReadFile("catalog/" + id + ".json")
		if err != nil {
			return nil, err
		}
		one := &connector{actions: map[string]*action{}}
		if err := json.Unmarshal(raw, one); err != nil {
			return nil, fmt.Errorf("catalog/%s.json: %w", id, err)
		}
		if err := one.prepare(); err != nil {
			return nil, fmt.Errorf("catalog/%s.json: %w", id, err)
		}
		c.connectors = append(c.connectors, one)
		c.byID[id] = one
	}
	return c, nil
}

// prepare indexes the connector and checks that it refers to nothing that is not there.
func (c *connector) prepare() error {
	for name, o := range c.Objects {
		o.name = name
	}
	for _, r := range c.Resources {
		for _, a := range r.Actions {
			for _, match := range pathParam.FindAllStringSubmatch(a.Path, -1) {
				a.params = append(a.params, match[1])
			}
			names := []string{a.Body}
			for _, name := range a.Variants {
				names = append(names, name)
			}
			for _, name := range names {
				if _, ok := c.Schemas[name]; name != "" && !ok {
					return fmt.Errorf("action %s: no schema %q", a.ID, name)
				}
			}
			if _, ok := c.Objects[a.Object]; a.Object != "" && !ok {
				return fmt.Errorf("action %s: no object %q", a.ID, a.Object)
			}
			if c.actions[a.ID] != nil {
				return fmt.Errorf("action %s is there twice", a.ID)
			}
			c.actions[a.ID] = a
		}
	}
	return nil
}

// offers are the ways to authenticate that the connector lists under the settings.
func (c *connector) offers(s *settings) []authMethod {
	wanted, set := s.Authentication[c.ID]
	var offered []authMethod
	for _, m := range c.Authentication {
		if set && slices.Contains(wanted, m.Type) || !set && !m.Optional {
			offered = append(offered, m)
		}
	}
	return offered
}

// bodySchema is the action's request body under the settings; nil: it takes none.
func (c *connector) bodySchema(a *action, s *settings) schema {
	if name, ok := a.Variants[s.CopperOpportunities]; ok {
		return c.Schemas[name]
	}
	return c.Schemas[a.Body]
}

// isCRM reports whether the connector keeps records.
func (c *connector) isCRM() bool { return len(c.Objects) > 0 }
