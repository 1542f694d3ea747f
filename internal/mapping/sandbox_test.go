package mapping_test

import (
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rs/zerolog"

	"sendtocrm/internal/mapping"
	"sendtocrm/internal/sandbox"
)

// crm is one CRM of the sandbox, spoken to as a definition says.
type crm struct {
	t                *testing.T
	connector, base  string
	user, credential string
}

// simulated gives a user of the sandbox an account at the CRM.
func simulated(t *testing.T, connector string) *crm {
	t.Helper()
	server, err := sandbox.New(sandbox.Options{APIKey: "test-key-0123456789", Logger: zerolog.Nop()})
	if err != nil {
		t.Fatal(err)
	}
	listener := httptest.NewServer(server.Handler())
	t.Cleanup(listener.Close)
	server.SetPublicURL(listener.URL)
	c := &crm{t: t, connector: connector, base: listener.URL}
	var user struct{ UserID string }
	c.call(http.MethodPost, "/users", map[string]any{"username": "user", "fullName": "Lisa Rodriguez"}, &user)
	c.user = user.UserID
	ask := map[string]any{"userId": c.user, "authenticationType": "oauth2", "redirectUri": "http://host.example/back", "data": map[string]any{"region": "com"}}
	if connector == "pipedrive" {
		ask["authenticationType"], ask["data"] = "pipedrive-api-key", map[string]any{"apiToken": "canary"}
	}
	var made struct{ OAuthURL string }
	c.call(http.MethodPost, "/connectors/"+connector+"/credentials", ask, &made)
	if made.OAuthURL != "" {
		client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
		consent, err := client.PostForm(made.OAuthURL, map[string][]string{"decision": {"allow"}})
		if err != nil {
			t.Fatal(err)
		}
		consent.Body.Close()
	}
	var list struct {
		Credentials []struct{ CredentialID string }
	}
	c.call(http.MethodGet, "/connectors/"+connector+"/credentials", nil, &list)
	if len(list.Credentials) != 1 {
		t.Fatalf("%s: %d credentials", connector, len(list.Credentials))
	}
	c.credential = list.Credentials[0].CredentialID
	return c
}

func (c *crm) call(method, path string, body, into any) {
	c.t.Helper()
	raw, err := json.Marshal(body)
	if err != nil {
		c.t.Fatal(err)
	}
	request, err := http.NewRequestWithContext(c.t.Context(), method, c.base+path, bytes.NewReader(raw))
	if err != nil {
		c.t.Fatal(err)
	}
	request.Header = http.Header{"Authorization": {"Bearer test-key-0123456789"}, "X-Api-Version": {"2025-09"}, "Content-Type": {"application/json"}}
	if c.user != "" {
		request.Header.Set("x-alloy-userid", c.user)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		c.t.Fatal(err)
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		c.t.Fatalf("%s %s: %d %s, %v", method, path, response.StatusCode, answer, err)
	}
	if err := json.Unmarshal(answer, into); err != nil {
		c.t.Fatalf("%s: %v", answer, err)
	}
}

// action is the first of the candidates that the CRM offers, with its path parameters and schema.
func (c *crm) action(candidates []string) (id string, params []string, schema *mapping.Schema) {
	c.t.Helper()
	var offered struct {
		Resources []struct{ Actions []struct{ ID string } }
	}
	c.call(http.MethodGet, "/connectors/"+c.connector+"/resources", nil, &offered)
	for _, id := range candidates {
		for _, resource := range offered.Resources {
			for _, a := range resource.Actions {
				if a.ID != id {
					continue
				}
				var details struct {
					Action struct {
						Parameters  []struct{ Name, In string }
						RequestBody json.RawMessage
					}
				}
				c.call(http.MethodGet, "/connectors/"+c.connector+"/actions/"+id, nil, &details)
				for _, p := range details.Action.Parameters {
					if p.In == "path" {
						params = append(params, p.Name)
					}
				}
				schema, err := mapping.ParseSchema(details.Action.RequestBody)
				if err != nil {
					c.t.Fatal(err)
				}
				return id, params, schema
			}
		}
	}
	c.t.Fatalf("%s offers none of %v", c.connector, candidates)
	return "", nil, nil
}

// run executes the first of the actions that there is.
func (c *crm) run(candidates []string, body json.RawMessage, query, path map[string]string) json.RawMessage {
	c.t.Helper()
	id, _, _ := c.action(candidates)
	in := map[string]any{"credentialId": c.credential, "queryParameters": query, "pathParams": path}
	if body != nil {
		in["requestBody"] = body
	}
	var out struct{ ResponseData json.RawMessage }
	c.call(http.MethodPost, "/connectors/"+c.connector+"/actions/"+id+"/execute", in, &out)
	return out.ResponseData
}

// on names the record in the path of an action.
func (c *crm) on(candidates []string, id string) map[string]string {
	_, params, _ := c.action(candidates)
	return map[string]string{params[0]: id}
}

// hosts are records that every CRM takes. deal_stage is the first that the CRM lists.
var hosts = map[string]string{
	"company": `{"company_name":"Acme Corp","company_domain":"acme.com","company_website":"https://www.acme.com","company_employees":250,
		"company_address_street":"1 Market Street","company_address_city":"San Francisco"}`,
	"contact": `{"contact_email":"john.doe@acme.com","contact_first_name":"John","contact_last_name":"Doe","contact_phone":"+1 (555) 123-4567",
		"contact_title":"Sales Manager","contact_address_city":"San Francisco","contact_company_id":"org_7"}`,
	"deal": `{"deal_name":"Enterprise Plan","deal_amount":75000,"deal_close_date":"2025-12-31","deal_contact":"cust_42","deal_company":"org_7"}`,
}

// TestDefinitionsAgainstTheSandbox makes, reads, finds, changes and deletes a
// record of each object at each CRM, by nothing but its definition.
func TestDefinitionsAgainstTheSandbox(t *testing.T) {
	t.Parallel()
	library, err := mapping.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	for _, connector := range library.Connectors() {
		t.Run(connector, func(t *testing.T) {
			t.Parallel()
			c := simulated(t, connector)
			made := map[string]string{}
			for _, object := range []string{"company", "contact", "deal"} {
				made[object] = c.lifecycle(definition(t, connector, object), made)
			}
			for object, id := range made {
				o := definition(t, connector, object)
				c.run(o.Actions[mapping.ActionDelete], nil, nil, c.on(o.Actions[mapping.ActionDelete], id))
			}
		})
	}
}

func (c *crm) lifecycle(o *mapping.Object, made map[string]string) (id string) {
	c.t.Helper()
	fields := decode(c.t, hosts[o.Name])
	for i := range o.Rules {
		if choices := o.Rules[i].Choices; choices != nil && o.Name == "deal" {
			fields["deal_stage"] = c.choices(choices)
		}
	}
	_, _, schema := c.action(o.Actions[mapping.ActionCreate])
	m, err := o.Compile(schema)
	if err != nil {
		c.t.Fatal(err)
	}
	refs := map[string]string{"contact_company_id": made["company"], "deal_company": made["company"], "deal_contact": made["contact"]}
	result := m.Forward(mapping.Input{Fields: fields, Operation: mapping.Create, Refs: refs})
	for _, issue := range result.Issues {
		if issue.Severity == mapping.Error {
			c.t.Fatalf("%s: %+v", o.Name, issue)
		}
	}
	answer := c.run(o.Actions[mapping.ActionCreate], result.Body(nil), nil, nil)
	if refusal, refused := o.Answer.Refusal(answer); refused {
		c.t.Fatalf("%s: refused: %+v", o.Name, refusal)
	}
	if id, _, err = o.Answer.Record(answer); err != nil {
		c.t.Fatal(err)
	}
	sent := map[string]json.RawMessage{}
	for _, v := range result.Values {
		sent[v.To] = v.JSON
	}
	c.shows(o, id, sent)

	record := c.read(o, id, slices.Sorted(maps.Keys(sent)))
	back, issues := m.Backward(record, fields)
	maps.DeleteFunc(back, func(name string, _ any) bool { _, ours := fields[name]; return !ours }) // the CRM may fill in others
	if diff := cmp.Diff(fields, back); diff != "" || len(issues) > 0 {
		c.t.Errorf("%s: read back (-want +got):\n%s\n%v", o.Name, diff, issues)
	}
	c.found(o, fields, id)

	change := mapping.Fields{"contact_title": "VP of Sales", "company_name": "Acme Inc", "deal_amount": json.Number("80000")}
	_, _, schema = c.action(o.Actions[mapping.ActionUpdate])
	if m, err = o.Compile(schema); err != nil {
		c.t.Fatal(err)
	}
	if result = m.Forward(mapping.Input{Fields: change, Operation: mapping.Update}); len(result.Values) != 1 {
		c.t.Fatalf("%s: the update sends %+v", o.Name, result.Values)
	}
	c.run(o.Actions[mapping.ActionUpdate], result.Body(nil), nil, c.on(o.Actions[mapping.ActionUpdate], id))
	sent[result.Values[0].To] = result.Values[0].JSON
	c.shows(o, id, sent)
	return id
}

func (c *crm) read(o *mapping.Object, id string, paths []string) json.RawMessage {
	c.t.Helper()
	get := o.Actions[mapping.ActionGet]
	record, err := o.RecordOf(c.run(get, nil, o.GetQuery(paths), c.on(get, id)))
	if err != nil {
		c.t.Fatal(err)
	}
	return record
}

// shows wants every value that was sent in the record.
func (c *crm) shows(o *mapping.Object, id string, sent map[string]json.RawMessage) {
	c.t.Helper()
	record := c.read(o, id, slices.Sorted(maps.Keys(sent)))
	if differs := o.Differs(record, sent); len(differs) > 0 {
		c.t.Errorf("%s: %v differ in %s", o.Name, differs, record)
	}
}

// found wants each natural key to lead to the record.
func (c *crm) found(o *mapping.Object, fields mapping.Fields, id string) {
	c.t.Helper()
	queries := o.Queries(fields, func(string) bool { return true })
	if len(queries) == 0 && o.Name != "deal" {
		c.t.Errorf("%s: nothing to look up by", o.Name)
	}
	for _, q := range queries {
		candidates, err := q.Candidates(c.run(o.Actions[q.Operation], q.Body, q.Query, nil))
		if err != nil || len(candidates) != 1 || candidates[0].ID != id {
			c.t.Errorf("%s by %s: %+v, %v; want %s", o.Name, strings.Join(q.Key, ", "), candidates, err, id)
		}
	}
}

// choices is the first value that the CRM lists.
func (c *crm) choices(choices *mapping.Choices) any {
	c.t.Helper()
	_, params, _ := c.action(choices.Run)
	path := map[string]string{}
	for _, name := range params {
		path[name] = choices.Path[name]
	}
	listed, err := choices.Read(c.run(choices.Run, nil, choices.Query, path))
	if err != nil || len(listed) < 2 {
		c.t.Fatalf("choices: %+v, %v", listed, err)
	}
	return listed[0].Value
}
