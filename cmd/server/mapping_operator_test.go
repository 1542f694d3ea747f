package main

import (
	"bytes"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// acornYAML is a definition that an operator writes: one file, for a CRM that nobody else has described.
const acornYAML = `connector: acornCRM
name: Acorn CRM
objects:
  contact:
    label: Person
    actions:
      create: [createPersonRecord]
      update: [updatePersonRecord]
      get: [getPersonRecord]
      search: [findPersonRecords]
    answer:
      id: [record.record_id, record_id]
      url: [record.web_link, web_link]
    read: {record: [record]}
    naturalKeys: [[contact_email]]
    lookup:
      lag: 1s
      ways:
        - run: search
          results: records
          next: next_page_token
          questions:
            - key: contact_email
              body: {where: {email_address: '{contact_email}'}}
              carries: {contact_email: email_address}
    rules:
      - {to: email_address, from: contact_email, required: true, source: vendor}
      - {to: given_name, from: contact_first_name, source: vendor}
      - {to: family_name, from: contact_last_name, required: true, source: vendor}
      - {to: notes, expr: '"Customer " + id', onUpdate: never, source: vendor}
`

// folder writes files into a folder of their own.
func folder(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// With a definition of the operator's own, a CRM that nobody has described needs nothing else, look-ups included.
func TestOperatorsDefinition(t *testing.T) {
	t.Parallel()
	w := newWorld(t, env{"MAPPING_DEFINITIONS": folder(t, map[string]string{"acorn.yaml": acornYAML})})
	caller := w.service("user-1")
	connection := caller.keyed("acornCRM", acornKey)
	body := contact(connection)
	preview := caller.post("/v1/preview", body).want(t, 200)
	if preview.body["sendable"] != true || having(preview.body["issues"], "code", "no_lookup") != nil {
		t.Fatalf("preview: %v", preview)
	}
	created := caller.post("/v1/sends", body).want(t, 201)
	if held := w.fieldsOf(t, "acornCRM", "contact"); held["notes"] != "Customer r1" || held["family_name"] != "Doe" {
		t.Errorf("the CRM holds %v", held)
	}
	// Another record with the same key is found, not made twice.
	other := caller.post("/v1/preview", sendBody(connection, "contact", "r2", john())).want(t, 200)
	if having(other.body["issues"], "code", "ambiguous_match") == nil {
		t.Errorf("a second record of the host with the same key: %v", other)
	}
	_ = created
	if listed := caller.get("/v1/connectors/acornCRM").want(t, 200); at(listed.body, "objects", 0) != "contact" {
		t.Errorf("the connector: %v", listed)
	}
}

// Faults in the operator's files stop the start, all of them named.
func TestBrokenOperatorFiles(t *testing.T) {
	t.Parallel()
	dir := folder(t, map[string]string{
		"acorn.yaml":   strings.Replace(acornYAML, "from: contact_first_name,", "from: contact_first_name, transfrm: copy,", 1),
		"fields.yaml2": "contact:\n  - {name: contact_email, type: decimal}\n",
	})
	settings := env{
		"DATABASE_URL": "postgres://u:p@127.0.0.1:1/none", "ALLOY_API_KEY": testAlloyKey, "PUBLIC_URL": "http://127.0.0.1:1",
		"SERVICE_KEYS": "back-end:" + testServiceKey, "SESSION_SECRETS": "a-session-secret-of-32-bytes-0000",
	}
	for name, c := range map[string]struct {
		setting, value string
		says           []string
	}{
		"a definition":          {"MAPPING_DEFINITIONS", dir, []string{"acorn.yaml:", "transfrm"}},
		"no such folder":        {"MAPPING_DEFINITIONS", filepath.Join(dir, "none"), []string{"none"}},
		"the platform's fields": {"HOST_FIELDS", filepath.Join(dir, "fields.yaml2"), []string{"contact_email", "email"}},
		"no such file":          {"HOST_FIELDS", filepath.Join(dir, "none.yaml"), []string{"none.yaml"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := env{c.setting: c.value}
			for key, value := range settings {
				e[key] = value
			}
			var out, problems bytes.Buffer
			code := run(t.Context(), []string{"serve"}, e, &out, &problems)
			if code != 2 || !strings.Contains(problems.String(), c.setting) {
				t.Errorf("exit %d: %s", code, problems.String())
			}
			for _, want := range c.says {
				if !strings.Contains(problems.String(), want) {
					t.Errorf("the message does not say %q: %s", want, problems.String())
				}
			}
		})
	}
}

// lint and try serve people who write definitions.
func TestMappingCommands(t *testing.T) {
	t.Parallel()
	dir := folder(t, map[string]string{
		"acorn.yaml":  acornYAML,
		"broken.yaml": strings.Replace(acornYAML, "objects:", "objcts:", 1),
		"john.json":   `{"id": "cust_42", "fields": {"contact_email": "john.doe@acme.com", "contact_last_name": "Doe", "contact_shoe_size": 43}}`,
		"nobody.json": `{"contact_first_name": "John"}`,
		"crm.json":    `{"email_address": "john.doe@acme.com", "given_name": "John", "family_name": "Doe"}`,
		"no.json":     `{"contact_email": `,
	})
	in := func(name string) string { return filepath.Join(dir, name) }
	try := []string{"mapping", "try", "--connector", "acornCRM", "--object", "contact", "--definition", in("acorn.yaml")}
	for name, c := range map[string]struct {
		args []string
		code int
		says []string
	}{
		"a good definition":      {[]string{"mapping", "lint", in("acorn.yaml")}, 0, []string{"ok", "contact (4 rules)"}},
		"a broken one":           {[]string{"mapping", "lint", in("acorn.yaml"), in("broken.yaml")}, 1, []string{"broken.yaml:", "objcts", "1 of 2"}},
		"one that is not there":  {[]string{"mapping", "lint", in("none.yaml")}, 1, []string{"none.yaml"}},
		"the shipped ones":       {[]string{"mapping", "lint", "../../internal/mapping/definitions/hubspot.yaml"}, 0, []string{"HubSpot"}},
		"a record":               {append(try, in("john.json")), 0, []string{`"email_address": "john.doe@acme.com"`, "Customer cust_42", "contact_shoe_size", "given_name"}},
		"the request alone":      {append(try, "--json", in("john.json")), 0, []string{`"family_name": "Doe"`}},
		"a record that lacks":    {append(try, in("nobody.json")), 1, []string{"required_missing", "cannot be sent"}},
		"the way back":           {append(try, "--back", in("crm.json")), 0, []string{`"contact_first_name": "John"`}},
		"no JSON":                {append(try, in("no.json")), 1, []string{"no.json", "not valid JSON"}},
		"no such record":         {append(try, in("none.json")), 1, []string{"none.json"}},
		"an unknown connector":   {[]string{"mapping", "try", "--connector", "acorn", "--object", "contact", in("john.json")}, 2, []string{"acorn", "hubspot"}},
		"an unknown object":      {[]string{"mapping", "try", "--connector", "hubspot", "--object", "lead", in("john.json")}, 2, []string{"lead", "contact"}},
		"the shipped definition": {[]string{"mapping", "try", "--connector", "hubspot", "--object", "contact", in("john.json")}, 0, []string{`"lastname": "Doe"`}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var out, problems bytes.Buffer
			code := run(t.Context(), c.args, env{}, &out, &problems)
			text := out.String() + problems.String()
			if code != c.code {
				t.Errorf("exit %d, want %d: %s", code, c.code, text)
			}
			for _, want := range c.says {
				if !strings.Contains(text, want) {
					t.Errorf("it does not say %q:\n%s", want, text)
				}
			}
		})
	}
}

// A CRM whose definition is replaced uses the operator's.
func TestOperatorReplacesAShippedDefinition(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile("../../internal/mapping/definitions/hubspot.yaml")
	if err != nil {
		t.Fatal(err)
	}
	mine := strings.Replace(string(raw), "{to: properties.jobtitle, from: contact_title,", "{to: properties.salutation, from: contact_title,", 1)
	w := newWorld(t, env{"MAPPING_DEFINITIONS": folder(t, map[string]string{"mine.yaml": mine})})
	caller := w.service("user-1")
	caller.post("/v1/sends", contact(caller.connected("hubspot"))).want(t, http.StatusCreated)
	if held := w.fieldsOf(t, "hubspot", "contact"); held["salutation"] != "Sales Manager" || held["jobtitle"] != nil {
		t.Errorf("the CRM holds %v", held)
	}
}
