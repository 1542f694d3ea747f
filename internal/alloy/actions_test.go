package alloy

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestPathParams(t *testing.T) {
	t.Parallel()
	in := func(where string, names ...string) []parameter {
		var all []parameter
		for _, name := range names {
			all = append(all, parameter{Name: name, In: where})
		}
		return all
	}
	for name, test := range map[string]struct {
		path       string
		parameters []parameter
		want       []string
	}{
		"none":                {path: "/contacts"},
		"from the path":       {path: "/{module}/{recordId}", want: []string{"module", "recordId"}},
		"with colons":         {path: "/:module/:record_id/notes", want: []string{"module", "record_id"}},
		"a port is none":      {path: "https://host:8080/contacts"},
		"twice in the path":   {path: "/{id}/copy/{id}", want: []string{"id"}},
		"declared":            {path: "/contacts/{contactId}", parameters: in("path", "contactId"), want: []string{"contactId"}},
		"in the path's order": {path: "/{a}/{b}/{c}", parameters: in("path", "c", "a", "b"), want: []string{"a", "b", "c"}},
		"not shown in path":   {path: "/x/{b}", parameters: in("path", "z", "b"), want: []string{"b", "z"}},
		"other places":        {path: "/contacts", parameters: append(in("header", "token"), in("query", "limit")...)},
		"declaration counts":  {path: "/contacts/{id}", parameters: in("path", "contactId"), want: []string{"contactId"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(test.want, pathParams(test.path, test.parameters)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
