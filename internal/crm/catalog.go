package crm

import (
	"context"
	"slices"
	"time"

	"sendtocrm/internal/mapping"
)

// Catalog answers what can be connected and what it can do, from Alloy's lists and our definitions. What Alloy says is
// kept for a while; an id that Alloy has not listed is refused without a call.
type Catalog struct {
	directory  Directory
	library    *mapping.Library
	connectors *cache[[]Connector]
	resources  *cache[[]Resource]
	actions    *cache[*Action]
	methods    *cache[[]AuthMethod]
	ttl        time.Duration
}

// NewCatalog keeps each of Alloy's answers for ttl.
func NewCatalog(directory Directory, library *mapping.Library, ttl time.Duration, now func() time.Time) *Catalog {
	return &Catalog{
		directory:  directory,
		library:    library,
		ttl:        ttl,
		connectors: newCache[[]Connector](ttl, now),
		resources:  newCache[[]Resource](ttl, now),
		actions:    newCache[*Action](ttl, now),
		methods:    newCache[[]AuthMethod](ttl, now),
	}
}

// TTL is how long an answer of Alloy's is kept.
func (c *Catalog) TTL() time.Duration { return c.ttl }

// Connectors returns the CRMs among Alloy's connectors, in Alloy's order.
func (c *Catalog) Connectors(ctx context.Context) ([]Connector, error) {
	all, err := c.connectors.get(ctx, "", c.directory.Connectors)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(slices.Clone(all), func(c Connector) bool { return !c.IsCRM() }), nil
}

// Connector returns NotFound for anything that is no CRM of Alloy's.
func (c *Catalog) Connector(ctx context.Context, id string) (Connector, error) {
	crms, err := c.Connectors(ctx)
	if err != nil {
		return Connector{}, err
	}
	for _, crm := range crms {
		if crm.ID == id {
			return crm, nil
		}
	}
	return Connector{}, &Error{
		Code:   NotFound,
		Detail: "There is no CRM connector with this id.",
		Remedy: "Take an id from GET /v1/connectors; case matters.",
	}
}

// guideMethod is what Alloy's guide uses without asking for metadata.
var guideMethod = AuthMethod{Type: "oauth2", Redirect: true}

// AuthMethods returns the ways to authenticate at a CRM. For one that Alloy lists and has no metadata for, it is the way
// of Alloy's guide; if that is wrong, Alloy says so when a credential is made.
func (c *Catalog) AuthMethods(ctx context.Context, connector string) ([]AuthMethod, error) {
	if _, err := c.Connector(ctx, connector); err != nil {
		return nil, err
	}
	return c.methods.get(ctx, connector, func(ctx context.Context) ([]AuthMethod, error) {
		methods, err := c.directory.AuthMethods(ctx, connector)
		if CodeOf(err) == NotFound {
			return []AuthMethod{guideMethod}, nil
		}
		return methods, err
	})
}

// Resources returns a CRM's resources with their actions.
func (c *Catalog) Resources(ctx context.Context, connector string) ([]Resource, error) {
	if _, err := c.Connector(ctx, connector); err != nil {
		return nil, err
	}
	return c.resources.get(ctx, connector, func(ctx context.Context) ([]Resource, error) {
		return c.directory.Resources(ctx, connector)
	})
}

// Action returns one action of a CRM; NotFound where its resources do not list it. The pointer stays the same while the
// answer is kept, so that what is derived from it can be kept with it.
func (c *Catalog) Action(ctx context.Context, connector, action string) (*Action, error) {
	resources, err := c.Resources(ctx, connector)
	if err != nil {
		return nil, err
	}
	if !lists(resources, action) {
		return nil, &Error{
			Code:   NotFound,
			Detail: "This CRM has no action with this id.",
			Remedy: "Take an id from GET /v1/connectors/{connector}/actions; case matters.",
		}
	}
	return c.actions.get(ctx, connector+"\x00"+action, func(ctx context.Context) (*Action, error) {
		a, err := c.directory.Action(ctx, connector, action)
		return &a, err
	})
}

// Resolve finds the action that does a logical operation ("create", "update", "search", …) on an object: the first of
// the definition's candidates that the CRM's resources list. MappingIncomplete where there is none.
func (c *Catalog) Resolve(ctx context.Context, connector string, object *mapping.Object, operation string) (*Action, error) {
	resources, err := c.Resources(ctx, connector)
	if err != nil {
		return nil, err
	}
	for _, candidate := range object.Actions[operation] {
		if lists(resources, candidate) {
			return c.Action(ctx, connector, candidate)
		}
	}
	return nil, Errorf(MappingIncomplete, "%s offers no action to %s a %s.", connector, operation, object.Name)
}

// onRecord resolves an action on one CRM record and fills its path parameter.
func (c *Catalog) onRecord(ctx context.Context, connector string, object *mapping.Object, operation, crmRecordID string, r *Request) (string, error) {
	action, err := c.Resolve(ctx, connector, object, operation)
	if err != nil {
		return "", err
	}
	if len(action.PathParams) != 1 {
		return "", Errorf(MappingIncomplete, "The action %s has the path parameters %q; exactly one, for the record's id, is needed.", action.ID, action.PathParams)
	}
	r.PathParams[action.PathParams[0]] = crmRecordID
	return action.ID, nil
}

// Offers says which logical operations on an object the CRM has an action for.
func (c *Catalog) Offers(ctx context.Context, connector string, object *mapping.Object) (func(operation string) bool, error) {
	resources, err := c.Resources(ctx, connector)
	if err != nil {
		return nil, err
	}
	return func(operation string) bool {
		return slices.ContainsFunc(object.Actions[operation], func(id string) bool { return lists(resources, id) })
	}, nil
}

// Capabilities says for each object of the CRM's definition what can be done with it; empty without a definition.
func (c *Catalog) Capabilities(ctx context.Context, connector string) (map[string][]string, error) {
	capabilities := map[string][]string{}
	definition, ok := c.library.Definition(connector)
	if !ok {
		return capabilities, nil
	}
	for name, object := range definition.Objects {
		offers, err := c.Offers(ctx, connector, object)
		if err != nil {
			return nil, err
		}
		for _, capability := range []struct{ name, operation string }{
			{"create", "create"}, {"update", "update"}, {"lookup", "search"}, {"list", "list"}, {"delete", "delete"},
		} {
			if offers(capability.operation) {
				capabilities[name] = append(capabilities[name], capability.name)
			}
		}
	}
	return capabilities, nil
}

// Objects returns the objects that the CRM's definition covers, in the universal order.
func (c *Catalog) Objects(connector string) []string {
	objects := []string{}
	if definition, ok := c.library.Definition(connector); ok {
		for _, name := range mapping.Objects() {
			if _, ok := definition.Objects[name]; ok {
				objects = append(objects, name)
			}
		}
	}
	return objects
}

func lists(resources []Resource, action string) bool {
	return slices.ContainsFunc(resources, func(r Resource) bool {
		return slices.ContainsFunc(r.Actions, func(a ActionSummary) bool { return a.ID == action })
	})
}
