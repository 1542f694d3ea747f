package api

import (
	"testing"

	"go.yaml.in/yaml/v3"

	"sendtocrm"
	"sendtocrm/internal/crm"
)

// visitorIgnores are the JSON Schema keywords that kin-openapi's own visitor passes over (see validator).
var visitorIgnores = map[string]bool{
	"const": true, "if": true, "then": true, "else": true, "prefixItems": true, "contains": true, "minContains": true,
	"maxContains": true, "patternProperties": true, "dependentRequired": true, "dependentSchemas": true, "propertyNames": true,
	"unevaluatedProperties": true, "unevaluatedItems": true, "$defs": true, "$dynamicRef": true,
}

// A keyword that the request validator ignores would be a promise that nobody keeps.
func TestRequestSchemasUseOnlyWhatIsChecked(t *testing.T) {
	t.Parallel()
	var document map[string]any
	if err := yaml.Unmarshal(sendtocrm.OpenAPI, &document); err != nil {
		t.Fatal(err)
	}
	schemas := document["components"].(map[string]any)["schemas"].(map[string]any)
	seen := 0
	for name, schema := range schemas {
		for _, request := range []string{"SessionRequest", "ConnectionRequest", "ReconnectRequest", "SendRequest", "Record", "RecordId", "ObjectName", "SendStatus", "ResolveRequest", "ConflictChoice"} {
			if name == request {
				seen++
				lookFor(t, name, schema)
			}
		}
	}
	if seen != 10 {
		t.Errorf("%d of the 10 request schemas were found", seen)
	}
}

func lookFor(t *testing.T, place string, node any) {
	t.Helper()
	switch n := node.(type) {
	case map[string]any:
		for key, value := range n {
			if visitorIgnores[key] {
				t.Errorf("%s uses %q, which the validator ignores", place, key)
			}
			lookFor(t, place+"."+key, value)
		}
	case []any:
		for _, value := range n {
			lookFor(t, place, value)
		}
	}
}

// Every code of the vocabulary has a status and a remedy, and the contract lists exactly these codes.
func TestVocabularyIsOne(t *testing.T) {
	t.Parallel()
	var document struct {
		Components struct {
			Schemas map[string]struct {
				Enum []string `yaml:"enum"`
			} `yaml:"schemas"`
		} `yaml:"components"`
	}
	if err := yaml.Unmarshal(sendtocrm.OpenAPI, &document); err != nil {
		t.Fatal(err)
	}
	listed := document.Components.Schemas["ErrorCode"].Enum
	for _, name := range listed {
		code := crm.Code(name)
		if kinds[code].status == 0 || kinds[code].title == "" {
			t.Errorf("%s has no status or title", name)
		}
		if code != crm.Internal && code.Remedy() == crm.Internal.Remedy() {
			t.Errorf("%s has no remedy of its own", name)
		}
	}
	if len(kinds) != len(listed) {
		t.Errorf("%d codes have a status, the contract lists %d", len(kinds), len(listed))
	}
}
