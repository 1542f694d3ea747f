package tailor

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"sendtocrm/internal/crm"
	"sendtocrm/internal/mapping"
	"sendtocrm/internal/mapping/derive"
)

// operations that a person may choose an action for.
func operations() []string {
	return []string{mapping.ActionCreate, mapping.ActionUpdate, mapping.ActionGet, mapping.ActionDelete}
}

// sureEnough is the confidence from which a guessed action goes with accepted rules.
const sureEnough = 0.5

// chosen are the actions that a version is for. Those that somebody asks for have to fit; of an earlier choice (asked is
// nil) what the CRM no longer offers is left out. A CRM that nobody has described gets the best guess for the rest.
func (m *Mappings) chosen(ctx context.Context, made opened, guess guessed, asked map[string]string) (map[string]string, error) {
	chosen := maps.Clone(asked)
	if asked == nil {
		chosen = maps.Clone(made.version.Actions)
		maps.DeleteFunc(chosen, func(_, id string) bool { return !guess.offers(id) })
	} else if err := m.fit(ctx, made, asked, guess); err != nil {
		return nil, err
	}
	if made.defined != nil {
		return chosen, nil
	}
	if chosen == nil {
		chosen = map[string]string{}
	}
	for _, operation := range operations() {
		if best := guess.choices[operation]; chosen[operation] == "" && best.Confidence >= sureEnough {
			chosen[operation] = best.ID
		}
	}
	if chosen[mapping.ActionCreate] == "" {
		return nil, &crm.Error{
			Code: crm.MappingIncomplete, Detail: "None of the CRM's actions seems to create a " + made.object + ".",
			Remedy: `Name one under "actions": {"create": "…"}; GET /v1/connectors/{connector}/actions lists them.`,
		}
	}
	return chosen, nil
}

// fit holds the actions that somebody asks for against what they are for. An action of another object would change, or
// remove, records that have nothing to do with the one that is sent.
func (m *Mappings) fit(ctx context.Context, made opened, asked map[string]string, guess guessed) error {
	var faults []crm.FieldError
	fault := func(operation, code, message string) {
		faults = append(faults, crm.FieldError{Field: "/actions/" + operation, Code: code, Message: message})
	}
	home := m.home(ctx, made, asked, guess)
	for _, operation := range slices.Sorted(maps.Keys(asked)) {
		if !slices.Contains(operations(), operation) {
			fault(operation, "unknown", fmt.Sprintf("%q is none of %q.", operation, operations()))
			continue
		}
		action, err := m.catalog.Action(ctx, made.connection.Connector, asked[operation])
		if crm.CodeOf(err) == crm.NotFound {
			fault(operation, "unknown", "The CRM has no action with this id; case matters.")
			continue
		}
		if err != nil {
			return err
		}
		factor, reason := derive.Confirm(operation, detail(action))
		switch {
		case made.defined != nil && slices.Contains(made.defined.Actions[operation], action.ID), guess.isFor(made.object, operation, action.ID) && factor > 0:
		case factor == 0:
			fault(operation, "unfit", reason)
		case guess.isForAnother(made.object, operation, action.ID):
			fault(operation, "unfit", fmt.Sprintf("%s seems to be for other records than a %s.", action.ID, made.object))
		case home != "" && !beside(home, action.Path):
			fault(operation, "unfit", fmt.Sprintf("%s works at %s, and a %s is created at %s.", action.ID, action.Path, made.object, home))
		}
	}
	if len(faults) > 0 {
		return &crm.Error{Code: crm.InvalidRequest, Detail: "The chosen actions do not fit; nothing was saved.", Fields: faults}
	}
	return nil
}

// home is the path at which the object's records are created; empty: nobody knows.
func (m *Mappings) home(ctx context.Context, made opened, asked map[string]string, guess guessed) string {
	id := asked[mapping.ActionCreate]
	if id == "" && made.defined != nil {
		if action, err := m.catalog.Resolve(ctx, made.connection.Connector, made.defined, mapping.ActionCreate); err == nil {
			return action.Path
		}
		return ""
	}
	if id == "" {
		id = guess.choices[mapping.ActionCreate].ID
	}
	action, err := m.catalog.Action(ctx, made.connection.Connector, id)
	if err != nil {
		return ""
	}
	return action.Path
}

// beside reports whether two paths are of the same kind of records: one is the other's beginning, up to its parameters.
func beside(a, b string) bool {
	a, _, _ = strings.Cut(a, "{")
	b, _, _ = strings.Cut(b, "{")
	a, b = strings.TrimRight(a, "/")+"/", strings.TrimRight(b, "/")+"/"
	return strings.HasPrefix(a, b) || strings.HasPrefix(b, a)
}

// guessed is what a CRM's actions seem to be for.
type guessed struct {
	choices map[string]derive.Choice // the best for the object, by logical operation
	ranked  map[string]map[string][]derive.Choice
	all     []derive.Action
}

func (g guessed) offers(id string) bool {
	return slices.ContainsFunc(g.all, func(a derive.Action) bool { return a.ID == id })
}

func (g guessed) isFor(object, operation, id string) bool {
	return slices.ContainsFunc(g.ranked[object][operation], func(c derive.Choice) bool { return c.ID == id })
}

func (g guessed) isForAnother(object, operation, id string) bool {
	for _, other := range mapping.Objects() {
		if other != object && g.isFor(other, operation, id) {
			return true
		}
	}
	return false
}

// candidatesLookedAt is how many candidates of an operation are read in detail.
const candidatesLookedAt = 3

// guess works out which of a CRM's actions create, change, read and remove an object. Where a definition knows, no choices
// are made.
func (m *Mappings) guess(ctx context.Context, made opened) (guessed, error) {
	connector := made.connection.Connector
	resources, err := m.catalog.Resources(ctx, connector)
	if err != nil {
		return guessed{}, err
	}
	g := guessed{choices: map[string]derive.Choice{}}
	for _, resource := range resources {
		for _, action := range resource.Actions {
			g.all = append(g.all, derive.Action{ID: action.ID, Name: action.Name, Description: action.Description, Resource: resource.Name})
		}
	}
	g.ranked = derive.Rank(g.all)
	if made.defined != nil {
		return g, nil
	}
	ranked := g.ranked[made.object]
	for _, operation := range slices.Sorted(maps.Keys(ranked)) {
		for _, candidate := range ranked[operation][:min(candidatesLookedAt, len(ranked[operation]))] {
			action, err := m.catalog.Action(ctx, connector, candidate.ID)
			if crm.CodeOf(err) == crm.NotFound {
				continue
			}
			if err != nil {
				return guessed{}, err
			}
			factor, reason := derive.Confirm(operation, detail(action))
			candidate.Confidence *= factor
			if reason != "" {
				candidate.Reason += " " + reason
			}
			if candidate.Confidence > g.choices[operation].Confidence {
				g.choices[operation] = candidate
			}
		}
	}
	return g, nil
}
