package mapping_test

import (
	"fmt"
	"strings"
	"testing"

	"sendtocrm/internal/mapping"
)

// TestWithFindsTheRule: an override names its rule by any of the rule's
// targets, however that is written, and makes none beside it.
func TestWithFindsTheRule(t *testing.T) {
	t.Parallel()
	object := mapping.NewObject(mapping.Object{Name: "contact", Rules: []mapping.Rule{
		{To: `a\]b`, Alternatives: []string{"mail", "mails[0]"}, From: from("contact_email"), Enabled: true},
	}}, nil)
	for _, to := range []string{`a\]b`, "a]b", "mail", "mails[0]"} {
		changed, err := object.With([]mapping.Override{{To: to, Enabled: new(bool)}})
		if err != nil || len(changed.Rules) != 1 || changed.Rules[0].Enabled {
			t.Errorf("%s: %+v, %v", to, changed, err)
		}
	}
	_, err := object.With(overrides(t, `[{"to":"a]b","enabled":false},{"to":"mail","enabled":false}]`))
	if got := faults(t, err); len(got) != 1 || !strings.HasPrefix(got[0], "1 to has the same target as the override 1") {
		t.Errorf("one rule by two names: %q", got)
	}
}

// TestWithValueMapLimit: a value map has at most 1,000 values.
func TestWithValueMapLimit(t *testing.T) {
	t.Parallel()
	values := options{}
	for i := range 1000 {
		values[fmt.Sprint(i)] = "x"
	}
	one := []mapping.Override{{To: "properties.x", From: &[]string{"a"}, ValueMap: values}}
	object := definition(t, "hubspot", "contact")
	if _, err := object.With(one); err != nil {
		t.Errorf("1,000 values: %v", err)
	}
	values["one more"] = "x"
	if _, err := object.With(one); err == nil || !strings.HasPrefix(faults(t, err)[0], "0 valueMap the value map has more than 1000 values") {
		t.Errorf("1,001 values: %v", err)
	}
}

// TestFollowOneField: where two questions read one field of the key, and what
// is sent differs between their places, only the first is asked: a value
// stands for the field in all questions.
func TestFollowOneField(t *testing.T) {
	t.Parallel()
	question := func(shown string) mapping.Way {
		return mapping.Way{Operations: []string{"search"}, Questions: []mapping.Question{
			{Key: from("contact_email"), Body: options{shown: "{contact_email}"}, Carries: map[string]string{"contact_email": shown}},
		}}
	}
	base := mapping.NewObject(mapping.Object{
		Name: "contact", NaturalKeys: [][]string{{"contact_email"}}, Lookup: &mapping.Lookup{Unique: true, Ways: []mapping.Way{question("email"), question("login")}},
		Rules: []mapping.Rule{{To: "email", From: from("contact_email"), Enabled: true}, {To: "login", From: from("contact_email"), Enabled: true}},
	}, nil)
	for text, want := range map[string]int{
		`[]`:                                     2,
		`[{"to":"login","from":["work_email"]}]`: 1,
		`[{"to":"email","from":["work_email"]},{"to":"login","from":["work_email"]}]`: 2,
	} {
		changed := with(t, base, text)
		if changed.Lookup == nil || len(changed.Lookup.Ways) != want || changed.Lookup.Unique != (want == 2) {
			t.Errorf("%s: look-up %+v, want %d ways", text, changed.Lookup, want)
		}
	}
}
