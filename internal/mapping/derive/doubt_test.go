package derive_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sendtocrm/internal/mapping"
	"sendtocrm/internal/mapping/derive"
)

// What is in doubt is not suggested: a name that is alike by half, a second
// meaning for a field that is not clear, a choice among several constants.
func TestDoubtIsNotSuggested(t *testing.T) {
	t.Parallel()
	c, err := mapping.LoadCatalogue(strings.NewReader("contact: [{name: favourite_shoe_size}]"))
	if err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		schema        string
		want, missing []string
	}{
		"the same name":           {`{"properties":{"favourite_shoe_size":{}}}`, []string{"favourite_shoe_size"}, nil},
		"one word more":           {`{"properties":{"favourite_shoe_size_left":{}}}`, []string{"favourite_shoe_size_left"}, nil},
		"two words more":          {`{"properties":{"favourite_shoe_size_left_foot":{}}}`, nil, nil},
		"taken, and in doubt":     {`{"required":["favourite_shoe_size_left"],"properties":{"favourite_shoe_size":{},"favourite_shoe_size_left":{}}}`, []string{"favourite_shoe_size"}, []string{"favourite_shoe_size_left"}},
		"the only constant":       {`{"required":["kind"],"properties":{"kind":{"enum":["a"]}}}`, []string{"kind"}, nil},
		"one of two constants":    {`{"required":["kind"],"properties":{"kind":{"enum":["a","b"]}}}`, nil, []string{"kind"}},
		"a constant nobody wants": {`{"properties":{"kind":{"enum":["a"]}}}`, nil, nil},
	} {
		schema := parse(t, tt.schema)
		found := derive.Rules("contact", c, schema, nil)
		var got []string
		for _, s := range found {
			got = append(got, s.Rule.To)
			if s.Confidence < .5 || s.Confidence > 1 {
				t.Errorf("%s: %+v", name, s)
			}
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		if diff := cmp.Diff(tt.missing, derive.Missing("contact", schema, nil, found)); diff != "" {
			t.Errorf("%s: missing (-want +got):\n%s", name, diff)
		}
	}
}

// Each of the CRM's values stands for one of the host's at most.
func TestValuesArePairedOnce(t *testing.T) {
	t.Parallel()
	c, err := mapping.LoadCatalogue(strings.NewReader("deal: [{name: deal_stage, choices: [Closed won, Won again, lost]}]"))
	if err != nil {
		t.Fatal(err)
	}
	found := derive.Rules("deal", c, parse(t, `{"properties":{"stage":{"type":"string","enum":["won","lost","open"]}}}`), nil)
	if len(found) != 1 {
		t.Fatalf("%+v", found)
	}
	if diff := cmp.Diff(map[string]any{"Closed won": "won"}, found[0].Rule.ValueMap); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
