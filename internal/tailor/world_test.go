package tailor_test

import (
	"context"
	"encoding/json"
	"maps"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/rs/zerolog"

	"sendtocrm/internal/crm"
	"sendtocrm/internal/mapping"
	"sendtocrm/internal/tailor"
)

// world is a connection to hubspot, which has a definition, or to oak, which nobody has described.
type world struct {
	*tailor.Mappings
	shelf      *shelf
	grove      *grove
	asked      *asked
	connection crm.Connection
}

func newWorld(t testing.TB, connector string) *world {
	t.Helper()
	catalogue, err := mapping.LoadCatalogue(strings.NewReader("deal: [{name: deal_stage, choices: [won, lost]}]"))
	if err != nil {
		t.Fatal(err)
	}
	library, err := mapping.Open("", catalogue)
	if err != nil {
		t.Fatal(err)
	}
	w := &world{shelf: &shelf{versions: map[string][]tailor.Version{}, watches: map[string]tailor.Watch{}}, grove: newGrove(), asked: &asked{}}
	w.connection = crm.Connection{ID: uuid.New(), Connector: connector, Status: crm.Active}
	w.shelf.connection = &w.connection
	w.Mappings = tailor.New(w.shelf, crm.NewCatalog(w.grove, library, time.Hour, time.Now), w.asked, library, zerolog.Nop())
	return w
}

// save puts overrides, in JSON, on top of the newest version.
func (w *world) save(t testing.TB, object, overrides string, change ...func(*tailor.Change)) (tailor.Shown, error) {
	t.Helper()
	c := tailor.Change{BaseVersion: len(w.shelf.versions[object])}
	if err := json.Unmarshal([]byte(overrides), &c.Overrides); err != nil {
		t.Fatal(err)
	}
	for _, f := range change {
		f(&c)
	}
	return w.Save(t.Context(), "user-1", w.connection.ID, object, c)
}

func actions(chosen map[string]string) func(*tailor.Change) {
	return func(c *tailor.Change) { c.Actions = chosen }
}

// faults are the fields that an error names, each with its code.
func faults(err error) (out []string) {
	refusal, _ := err.(*crm.Error)
	if refusal == nil {
		return nil
	}
	for _, f := range refusal.Fields {
		out = append(out, f.Field+" "+f.Code)
	}
	return out
}

// grove is what two CRMs offer. Tests change it.
type grove struct {
	resources map[string][]crm.Resource
	details   map[string]crm.Action
	loading   func(action string) // before an action's detail is given
}

func newGrove() *grove {
	body := func(properties, required string) json.RawMessage {
		return json.RawMessage(`{"type":"object","additionalProperties":false,"required":[` + required + `],"properties":{` + properties + `}}`)
	}
	person := body(`"given_name":{"type":"string"},"family_name":{"type":"string"},"email_address":{"type":"string","format":"email"},"age":{"type":"integer"}`, `"family_name"`)
	g := &grove{resources: map[string][]crm.Resource{}, details: map[string]crm.Action{}}
	g.offer("oak", "people", crm.Action{ID: "createPerson", Method: "POST", Path: "/people", RequestBody: person})
	g.offer("oak", "people", crm.Action{ID: "updatePerson", Method: "PATCH", Path: "/people/{id}", PathParams: []string{"id"}, RequestBody: person})
	g.offer("oak", "people", crm.Action{ID: "removePerson", Method: "DELETE", Path: "/people/{id}", PathParams: []string{"id"}})
	open := json.RawMessage(`{"type":"object"}`)
	for _, noun := range []string{"Contact", "Company", "Deal"} {
		path := "/" + noun + "s"
		g.offer("hubspot", noun, crm.Action{ID: "create" + noun, Method: "POST", Path: path, RequestBody: open})
		g.offer("hubspot", noun, crm.Action{ID: "update" + noun, Method: "PATCH", Path: path + "/{id}", PathParams: []string{"id"}, RequestBody: open})
		g.offer("hubspot", noun, crm.Action{ID: "get" + noun, Method: "GET", Path: path + "/{id}", PathParams: []string{"id"}})
	}
	g.offer("hubspot", "Deal", crm.Action{ID: "listPipelines", Method: "GET", Path: "/pipelines"})
	return g
}

func (g *grove) offer(connector, resource string, a crm.Action) {
	g.details[a.ID] = a
	g.resources[connector] = append(g.resources[connector], crm.Resource{Name: resource, Actions: []crm.ActionSummary{{ID: a.ID}}})
}

func (g *grove) Connectors(context.Context) ([]crm.Connector, error) {
	return []crm.Connector{{ID: "oak", Categories: []string{"crm"}}, {ID: "hubspot", Categories: []string{"crm"}}}, nil
}

func (g *grove) Resources(_ context.Context, connector string) ([]crm.Resource, error) {
	return g.resources[connector], nil
}

func (g *grove) Action(_ context.Context, _, action string) (crm.Action, error) {
	if g.loading != nil {
		g.loading(action)
	}
	return g.details[action], nil
}

func (g *grove) AuthMethods(context.Context, string) ([]crm.AuthMethod, error) { return nil, nil }

// asked is the CRM: it answers as told and notes what it was asked for.
type asked struct {
	answer json.RawMessage // of Ask
	record json.RawMessage // of Read
	err    error           // of Read
	paths  []string
}

func (a *asked) Ask(context.Context, crm.Connection, string, crm.Request) (crm.Answer, error) {
	return crm.Answer{Data: a.answer}, nil
}

func (a *asked) Read(_ context.Context, _ crm.Connection, _ *mapping.Object, _ string, paths []string) (json.RawMessage, error) {
	a.paths = paths
	return a.record, a.err
}

// shelf keeps one connection's tailoring.
type shelf struct {
	mu         sync.Mutex
	connection *crm.Connection
	versions   map[string][]tailor.Version
	settings   map[string]tailor.Settings
	last       string // LastLinked
	watches    map[string]tailor.Watch
	looks      int            // at watches
	saved      []tailor.Watch // in order
	due        []tailor.Watch
	refusal    error  // of the next SaveWatch
	read       func() // after a tailoring was read
}

func (s *shelf) Connection(context.Context, string, uuid.UUID) (crm.Connection, error) {
	return *s.connection, nil
}

func (s *shelf) Tailoring(context.Context, uuid.UUID) (tailor.Tailoring, error) {
	s.mu.Lock()
	t := tailor.Tailoring{Versions: map[string]tailor.Version{}, Settings: maps.Clone(s.settings)}
	for object, all := range s.versions {
		t.Versions[object] = all[len(all)-1]
	}
	s.mu.Unlock()
	if s.read != nil {
		s.read()
	}
	return t, nil
}

func (s *shelf) SaveVersion(_ context.Context, _ uuid.UUID, object string, base int, v tailor.Version, w []tailor.Watch) (tailor.Version, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	v.Number, v.Actions = base+1, maps.Clone(v.Actions)
	s.versions[object] = append(s.versions[object], v)
	s.connection.Tailored++
	for _, watch := range w {
		watch.Version = v.Number
		s.watches[watch.ConnectionID.String()+watch.Object+watch.Operation] = watch
	}
	return v, nil
}

func (s *shelf) Versions(context.Context, uuid.UUID, string, int, int) ([]tailor.Version, bool, error) {
	return nil, false, nil
}

func (s *shelf) Version(_ context.Context, _ uuid.UUID, object string, number int) (tailor.Version, error) {
	return s.versions[object][number-1], nil
}

func (s *shelf) SaveSettings(_ context.Context, _ uuid.UUID, settings map[string]tailor.Settings) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.settings = settings
	s.connection.Tailored++
	return nil
}

func (s *shelf) LastLinked(context.Context, uuid.UUID, string) (string, error) { return s.last, nil }

func (s *shelf) Watch(_ context.Context, connection uuid.UUID, object, operation string) (tailor.Watch, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.looks++
	w, ok := s.watches[connection.String()+object+operation]
	if !ok {
		return w, &crm.Error{Code: crm.NotFound}
	}
	return w, nil
}

func (s *shelf) SaveWatch(_ context.Context, w tailor.Watch) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.refusal; err != nil {
		s.refusal = nil
		return err
	}
	s.saved = append(s.saved, w)
	s.watches[w.ConnectionID.String()+w.Object+w.Operation] = w
	return nil
}

func (s *shelf) DueWatches(context.Context, time.Duration, int) ([]tailor.Watch, error) {
	return s.due, nil
}

func (s *shelf) Drifts(context.Context, []uuid.UUID) (map[uuid.UUID][]tailor.Watch, error) {
	out := map[uuid.UUID][]tailor.Watch{}
	for _, w := range s.watches {
		if len(w.Drifts) > 0 {
			out[w.ConnectionID] = append(out[w.ConnectionID], w)
		}
	}
	return out, nil
}
