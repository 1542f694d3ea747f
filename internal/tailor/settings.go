package tailor

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/google/uuid"

	"sendtocrm/internal/crm"
	"sendtocrm/internal/mapping"
)

// Settings say what the background may do with one object of a connection. The zero Settings leave everything to people.
type Settings struct {
	Direction     string            `json:"direction,omitempty"`     // off, push, pull, both
	Filter        string            `json:"filter,omitempty"`        // CEL over `record` and `id`; empty: every record
	Conflict      string            `json:"conflict,omitempty"`      // host_wins, crm_wins, newest, ask
	Owners        map[string]string `json:"owners,omitempty"`        // host field to "host" or "crm"
	OnDelete      string            `json:"onDelete,omitempty"`      // ignore, unlink, delete
	OnFilterLeave string            `json:"onFilterLeave,omitempty"` // keep, unlink, delete
}

// withDefaults fills what was left out.
func (s Settings) withDefaults() Settings {
	set := func(field *string, value string) {
		if *field == "" {
			*field = value
		}
	}
	set(&s.Direction, "off")
	set(&s.Conflict, "host_wins")
	set(&s.OnDelete, "ignore")
	set(&s.OnFilterLeave, "keep")
	return s
}

// maxOwners bounds the owners of an object's fields.
const maxOwners = 500

// Settings returns the settings of every object, defaults included. Errors: NotFound, ConnectionNotReady,
// StorageUnavailable.
func (m *Mappings) Settings(ctx context.Context, user string, connection uuid.UUID) (map[string]Settings, error) {
	c, err := m.store.Connection(ctx, user, connection)
	if err != nil {
		return nil, err
	}
	found, err := m.store.Tailoring(ctx, c.ID)
	if err != nil {
		return nil, err
	}
	out := map[string]Settings{}
	for _, object := range mapping.Objects() {
		out[object] = found.Settings[object].withDefaults()
	}
	return out, nil
}

// SaveSettings replaces the settings of the objects given; the others stay. Errors: those of Settings, and InvalidRequest.
func (m *Mappings) SaveSettings(ctx context.Context, user string, connection uuid.UUID, s map[string]Settings) (map[string]Settings, error) {
	c, err := m.store.Connection(ctx, user, connection)
	if err != nil {
		return nil, err
	}
	if c.Status == crm.Disconnected {
		return nil, crm.Ready(c)
	}
	refusal := &crm.Error{Code: crm.InvalidRequest, Detail: "The settings have faults; nothing was saved."}
	for _, object := range slices.Sorted(maps.Keys(s)) {
		at := "/objects/" + object
		if source := s[object].Filter; source != "" {
			if _, err := m.library.Catalogue().Filter(object, source); err != nil {
				refusal.Fields = append(refusal.Fields, crm.FieldError{Field: at + "/filter", Code: "invalid_expression", Message: err.Error()})
			}
		}
		if len(s[object].Owners) > maxOwners {
			refusal.Fields = append(refusal.Fields, crm.FieldError{Field: at + "/owners", Code: "too_many", Message: fmt.Sprintf("At most %d fields have an owner.", maxOwners)})
			continue
		}
		for _, field := range slices.Sorted(maps.Keys(s[object].Owners)) {
			if problem := mapping.NameProblem(field); problem != "" {
				refusal.Fields = append(refusal.Fields, crm.FieldError{Field: at + "/owners", Code: "invalid", Message: "The name of a field " + problem + "."})
				continue
			}
			if owner := s[object].Owners[field]; owner != "host" && owner != "crm" {
				refusal.Fields = append(refusal.Fields, crm.FieldError{
					Field: at + "/owners/" + field, Code: "invalid", Message: fmt.Sprintf("%q is neither host nor crm.", owner),
				})
			}
		}
	}
	if len(refusal.Fields) > 0 {
		refusal.Fields = refusal.Fields[:min(len(refusal.Fields), maxFaults)]
		return nil, refusal
	}
	if err := m.store.SaveSettings(ctx, c.ID, s); err != nil {
		return nil, err
	}
	return m.Settings(ctx, user, connection)
}
