package crm

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
)

var (
	oauth  = AuthMethod{Type: "oauth2", Redirect: true, Input: json.RawMessage(`{}`)}
	keyed  = AuthMethod{Type: "x-key", Input: json.RawMessage(`{"properties":{"apiKey":{}},"required":["apiKey"]}`)}
	region = AuthMethod{Type: "oauth2", Redirect: true, Input: json.RawMessage(`{"properties":{"region":{}},"required":["region"]}`)}
)

func TestChoose(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		methods []AuthMethod
		wanted  string
		inputs  bool
		want    string
	}{
		"the only one":                  {[]AuthMethod{keyed}, "", false, "x-key"},
		"consent asks less":             {[]AuthMethod{keyed, oauth}, "", false, "oauth2"},
		"inputs choose what takes them": {[]AuthMethod{oauth, keyed}, "", true, "x-key"},
		"inputs for a consent":          {[]AuthMethod{region}, "", true, "oauth2"},
		"the one asked for":             {[]AuthMethod{oauth, keyed}, "x-key", false, "x-key"},
		"one that is not offered":       {[]AuthMethod{oauth}, "basic", false, ""},
		"none at all":                   {nil, "", false, ""},
	} {
		got, err := choose(c.methods, c.wanted, c.inputs)
		if got.Type != c.want || (err == nil) != (c.want != "") {
			t.Errorf("%s: %q %v", name, got.Type, err)
		}
	}
}

func TestCheckInputs(t *testing.T) {
	t.Parallel()
	for inputs, fields := range map[string][]string{
		`{"apiKey":"k"}`:           nil,
		`{}`:                       {"/credential/apiKey"},
		`{"apiKey":""}`:            {"/credential/apiKey"},
		`{"apiKey":null}`:          {"/credential/apiKey"},
		`{"apiKey":"k","other":1}`: {"/credential/other"},
		`{"secret":"canary"}`:      {"/credential/apiKey", "/credential/secret"},
		`[]`:                       {},
		`null`:                     {},
	} {
		err := checkInputs(keyed.Input, json.RawMessage(inputs))
		if (err == nil) != (fields == nil) {
			t.Errorf("%s: %v", inputs, err)
			continue
		}
		var e *Error
		if err != nil && (!errors.As(err, &e) || len(e.Fields) != len(fields) || strings.Contains(err.Error(), "canary")) {
			t.Errorf("%s: %+v", inputs, err)
		}
		for i, f := range fields {
			if e.Fields[i].Field != f {
				t.Errorf("%s: %+v", inputs, e.Fields)
			}
		}
	}
}
