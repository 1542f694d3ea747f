package crm

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"github.com/rs/zerolog"

	"sendtocrm/internal/guard"
	"sendtocrm/internal/mapping"
)

// updating is an update of a CRM record with three fields, of which the CRM requires the name. Each is for empty fields
// alone; what was sent last is certain.
func updating(t *testing.T, fields string, view View, kept ...string) *Plan {
	t.Helper()
	schema, err := mapping.ParseSchema(json.RawMessage(`{"required":["name"],"properties":{"name":{},"city":{},"phone":{}}}`))
	if err != nil {
		t.Fatal(err)
	}
	object := mapping.NewObject(mapping.Object{Name: "contact", Actions: map[string][]string{"get": {"getContact"}}}, nil)
	for _, to := range []string{"name", "city", "phone"} {
		object.Rules = append(object.Rules, mapping.Rule{To: to, From: []string{to}, OnUpdate: mapping.IfEmpty, Enabled: true})
	}
	mapper, err := object.Compile(schema)
	if err != nil {
		t.Fatal(err)
	}
	plan := &Plan{
		Connection: Connection{ID: uuid.New(), Connector: "oak", Status: Active}, Object: "contact", Operation: Update, object: object, mapper: mapper,
		Link: Link{CRMRecordID: "7", View: view, ViewCertain: true}, kept: kept,
	}
	if plan.input.Fields, err = mapping.DecodeFields(json.RawMessage(fields)); err != nil {
		t.Fatal(err)
	}
	plan.input.Operation = mapping.Update
	plan.result = mapper.Forward(plan.input)
	return plan
}

// An update leaves alone what the CRM has in a field that is for empty ones, and does not take our value for known; what
// the CRM requires is sent all the same.
func TestUpdateKeepsTheCRMsValues(t *testing.T) {
	t.Parallel()
	const fields = `{"name":"N","city":"C","phone":"P"}`
	for name, c := range map[string]struct {
		view      View
		kept      string
		operation Operation
		body      string
		after     View
	}{
		"nothing is kept":           {View{}, "", Update, `{"name":"N","city":"C","phone":"P"}`, View{"name": []byte(`"N"`), "city": []byte(`"C"`), "phone": []byte(`"P"`)}},
		"a value is kept":           {View{}, "city", Update, `{"name":"N","phone":"P"}`, View{"name": []byte(`"N"`), "phone": []byte(`"P"`)}},
		"one that was sent before":  {View{"city": []byte(`"B"`)}, "city", Update, `{"name":"N","phone":"P"}`, View{"name": []byte(`"N"`), "phone": []byte(`"P"`), "city": []byte(`"B"`)}},
		"the CRM requires it":       {View{}, "name city", Update, `{"name":"N","phone":"P"}`, View{"name": []byte(`"N"`), "phone": []byte(`"P"`)}},
		"required, and not changed": {View{"name": []byte(`"N"`), "city": []byte(`"C"`)}, "name", Update, `{"name":"N","phone":"P"}`, View{"name": []byte(`"N"`), "city": []byte(`"C"`), "phone": []byte(`"P"`)}},
		"all else is kept":          {View{"name": []byte(`"N"`)}, "city phone", Unchanged, `{}`, View{"name": []byte(`"N"`)}},
		"a field of another rule":   {View{"old": []byte(`1`)}, "city phone", Update, `{"name":"N"}`, View{"name": []byte(`"N"`), "old": []byte(`1`)}},
	} {
		plan := updating(t, fields, c.view, strings.Fields(c.kept)...)
		if err := plan.compose(&Action{ID: "updateContact", PathParams: []string{"id"}}); err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if plan.Operation != c.operation || string(plan.Request.Body) != c.body {
			t.Errorf("%s: %s %s, want %s %s", name, plan.Operation, plan.Request.Body, c.operation, c.body)
		}
		if diff := cmp.Diff(c.after, plan.View); diff != "" {
			t.Errorf("%s: the view (-want +got):\n%s", name, diff)
		}
	}
	seen := updating(t, fields, View{"city": []byte(`"B"`)}, "city")
	seen.read = View{"city": []byte(`"theirs"`)}
	if err := seen.compose(&Action{ID: "updateContact", PathParams: []string{"id"}}); err != nil || string(seen.View["city"]) != `"theirs"` {
		t.Errorf("what was seen in the CRM is not known afterwards: %s, %v", seen.View["city"], err)
	}
}

// oak offers a way to read contacts, and answers such a read as told.
type oak struct {
	calls
	get   bool
	shown string
	err   error
	reads int
}

func (o *oak) Connectors(context.Context) ([]Connector, error) {
	return []Connector{{ID: "oak", Categories: []string{"crm"}}}, nil
}

func (o *oak) Resources(context.Context, string) ([]Resource, error) {
	if !o.get {
		return nil, nil
	}
	return []Resource{{Name: "contacts", Actions: []ActionSummary{{ID: "getContact"}}}}, nil
}

func (o *oak) Action(context.Context, string, string) (Action, error) {
	return Action{ID: "getContact", Method: "GET", PathParams: []string{"id"}}, nil
}

func (o *oak) AuthMethods(context.Context, string) ([]AuthMethod, error) { return nil, nil }

func (o *oak) Execute(context.Context, Call) (Answer, error) {
	o.reads++
	return Answer{Data: json.RawMessage(o.shown)}, o.err
}

func (o *oak) planner() *Planner {
	catalog := NewCatalog(o, nil, time.Hour, time.Now)
	d := NewDispatcher(DispatcherParts{
		Executor: o, Pacer: o, Gate: guard.NewGate(4), Breakers: guard.NewBreakers(time.Now, nil), Logger: zerolog.Nop(),
	})
	return &Planner{catalog: catalog, finder: NewFinder(catalog, d, nil, time.Minute)}
}

// Fields that are for empty ones are looked for in the CRM: one that shows a value is left alone. A CRM that cannot be
// read has what was sent last; and where nobody knows, it may have a value.
func TestCRMsValuesAreLookedFor(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		crm   *oak
		view  View
		want  []string
		fails Code
	}{
		"a value":             {&oak{get: true, shown: `{"city":"B"}`}, nil, []string{"city"}, ""},
		"empty values":        {&oak{get: true, shown: `{"city":"","phone":null}`}, View{"city": []byte(`"B"`)}, nil, ""},
		"a record gone":       {&oak{get: true, err: &CallError{Code: CRMRecordGone}}, View{"city": []byte(`"B"`)}, nil, ""},
		"no way to read":      {&oak{}, View{"city": []byte(`"B"`), "phone": []byte(`""`)}, []string{"name", "city"}, ""},
		"it may not be read":  {&oak{get: true, err: &CallError{Code: CRMRejected}}, View{"city": []byte(`""`)}, []string{"name", "phone"}, ""},
		"the CRM cannot tell": {&oak{get: true, err: &CallError{Code: UpstreamUnavailable}}, nil, nil, UpstreamUnavailable},
	} {
		plan := updating(t, `{"name":"N","city":"C","phone":"P"}`, c.view)
		err := c.crm.planner().keep(t.Context(), plan)
		if c.fails == "" && err != nil || c.fails != "" && CodeOf(err) != c.fails {
			t.Errorf("%s: %v", name, err)
		}
		if diff := cmp.Diff(c.want, plan.kept); diff != "" {
			t.Errorf("%s: kept (-want +got):\n%s", name, diff)
		}
		if gone := name == "a record gone"; plan.Link.ViewCertain == gone { // so that an update finds out
			t.Errorf("%s: the view is certain: %v", name, plan.Link.ViewCertain)
		}
	}
	create := updating(t, `{"name":"N"}`, nil)
	create.Operation = Create
	untouched := &oak{get: true, shown: `{"name":"B"}`}
	if err := untouched.planner().keep(t.Context(), create); err != nil || untouched.reads != 0 || create.kept != nil {
		t.Errorf("before a create: %v, %d reads, kept %q", err, untouched.reads, create.kept)
	}
}

// What an update changes is compared with the CRM's record as it is. One that cannot be read is no failure: then it is
// compared with what was last sent.
func TestPreviewComparesWithTheCRM(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		crm    *oak
		before string
		live   bool
	}{
		"shown":          {&oak{get: true, shown: `{"city":"theirs"}`}, `"theirs"`, true},
		"not shown":      {&oak{get: true, shown: `{"phone":"P"}`}, `null`, true},
		"cannot be read": {&oak{get: true, err: &CallError{Code: UpstreamUnavailable}}, `"ours"`, false},
		"no way to read": {&oak{}, `"ours"`, false},
	} {
		plan := updating(t, `{"city":"new"}`, nil)
		plan.Changes = []Change{{To: "city", Before: json.RawMessage(`"ours"`), After: json.RawMessage(`"new"`)}}
		plan.Request.Body = json.RawMessage(`{"city":"new"}`)
		c.crm.planner().compare(t.Context(), plan)
		if got := string(plan.Changes[0].Before); got != c.before || plan.Live != c.live || string(plan.Request.Body) != `{"city":"new"}` {
			t.Errorf("%s: before %s, live %v, request %s", name, got, plan.Live, plan.Request.Body)
		}
	}
}

// A value that is as it was last sent is unchanged only where it is certain what was last sent.
func TestUnchangedIsSaidOfWhatIsCertain(t *testing.T) {
	t.Parallel()
	for certain, want := range map[bool][]string{true: {"name no_value", "city unchanged"}, false: {"name no_value"}} {
		plan := updating(t, `{"city":"C","phone":"P"}`, View{"city": []byte(`"C"`)})
		plan.Link.ViewCertain = certain
		if err := plan.compose(&Action{ID: "updateContact", PathParams: []string{"id"}}); err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, o := range plan.omitted() {
			got = append(got, o.To+" "+o.Code)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("certain: %v (-want +got):\n%s", certain, diff)
		}
	}
}
