package mapping_test

import (
	"encoding/json"
	"errors"
	"slices"
	"testing"

	"sendtocrm/internal/mapping"
)

// FuzzForward maps any record for each shipped object and a list schema: the
// body is always valid JSON that json.Marshal leaves alone, each value stands
// in it, no key of the record gets lost, and reading the body back does not
// change the record.
func FuzzForward(f *testing.F) {
	for _, seed := range []string{
		seedContact,
		`{"contact_email":"x","contact_last_name":"\u0000","contact_website":"://","contact_phone":7,"custom":{"a":[1]}}`,
		`{"deal_name":"\u2028<&>","deal_amount":1e400,"deal_close_date":"2025-02-31","deal_probability":"101","deal_stage":-0.0,"deal_contact":"c"}`,
		`{"deal_amount":"75,000","deal_close_date":"2025-12-31T23:59:59.999999999+14:00","deal_probability":1e2}`,
		`{"company_name":" ","company_domain":"a.b","company_employees":"1.0","custom":[]}`,
		`{"contact_first_name":"\ud800","contact_address_city":"` + "\xf0\x28" + `"}`,
	} {
		f.Add([]byte(seed), true)
		f.Add([]byte(seed), false)
	}
	var mappers []*mapping.Mapper
	for _, connector := range []string{"hubspot", "salesforceCRM", "copper"} {
		for _, object := range mapping.Objects() {
			mappers = append(mappers, compile(f, "", definition(f, connector, object).Rules...))
		}
	}
	mappers = append(mappers, compile(f, `{"properties":{"any":{"type":["object","array","integer"]},"n":{"type":"integer"},"t":{"type":"string"},"b":{"type":"boolean"}}}`,
		mapping.Rule{To: "any", From: from("custom")}, mapping.Rule{To: "n", From: from("deal_amount")},
		mapping.Rule{To: "t", From: from("deal_probability")}, mapping.Rule{To: "b", From: from("contact_phone")}))
	f.Fuzz(func(t *testing.T, raw []byte, create bool) {
		fields, err := mapping.DecodeFields(raw)
		if err != nil {
			return
		}
		op := mapping.Update
		if create {
			op = mapping.Create
		}
		for _, m := range mappers {
			res := m.Forward(mapping.Input{Fields: fields, Operation: op, Refs: map[string]string{"deal_contact": "7"}})
			body := res.Body(nil)
			again, err := json.Marshal(body)
			if err != nil || string(again) != string(body) {
				t.Fatalf("body %q: json.Marshal gives %q, %v", body, again, err)
			}
			for _, v := range res.Values {
				if !json.Valid(v.JSON) {
					t.Fatalf("%s is %q", v.To, v.JSON)
				}
			}
			back, _ := m.Backward(body, fields)
			if !sameFields(back, fields) {
				t.Fatalf("read back\n%v\nof\n%v\nas %s", back, fields, body)
			}
		}
	})
}

func sameFields(a, b mapping.Fields) bool {
	x, err1 := json.Marshal(a)
	y, err2 := json.Marshal(b)
	return err1 == nil && err2 == nil && string(x) == string(y)
}

// FuzzWith puts any overrides into shipped objects: either each fault names an
// override that there is, or the outcome compiles, maps a record, and asks the
// CRM for nothing that it would not be sent.
func FuzzWith(f *testing.F) {
	for _, seed := range []string{
		`[{"to":"properties.email","from":["work_email"]}]`,
		`[{"to":"emails","enabled":false},{"to":"emails[0].email","from":["contact_email"]}]`,
		`[{"to":"name","expr":"record.contact_last_name","default":"x"}]`,
		`[{"to":"x","transform":"list","from":["a"],"options":{"item":{"transform":"phone","options":{"country":"US"}}}}]`,
		`[{"to":"__proto__","from":["a"]},{"to":"a[1]","default":[1e400]},{"to":"Email","onCreate":"never"}]`,
		`[{"to":"x","from":["a","b"],"transform":"template","options":{"text":"{a} ({b})"}},{"to":"x"}]`,
		`[{"to":"properties","enabled":true,"from":["\u0000"],"valueMap":{"a":{}},"options":{"layout":7}}]`,
	} {
		f.Add([]byte(seed))
	}
	var objects []*mapping.Object
	for _, connector := range []string{"hubspot", "salesforceCRM", "copper"} {
		for _, object := range mapping.Objects() {
			objects = append(objects, definition(f, connector, object))
		}
	}
	fields := decode(f, seedContact)
	f.Fuzz(func(t *testing.T, raw []byte) {
		var list []mapping.Override
		if json.Unmarshal(raw, &list) != nil {
			return
		}
		for _, object := range objects {
			changed, err := object.With(list)
			if err != nil {
				var joined interface{ Unwrap() []error }
				if !errors.As(err, &joined) {
					t.Fatalf("%T", err)
				}
				for _, err := range joined.Unwrap() {
					var fault *mapping.RuleError
					if !errors.As(err, &fault) || fault.Index < 0 || fault.Index >= len(list) || fault.Problem == "" {
						t.Fatalf("%+v", err)
					}
				}
				continue
			}
			m, err := changed.Compile(nil)
			if err != nil {
				t.Fatalf("does not compile: %v", err)
			}
			in := mapping.Input{RecordID: "1", Fields: fields, Operation: mapping.Create}
			res := m.Forward(in)
			if body := res.Body(nil); !json.Valid(body) {
				t.Fatalf("body %s", body)
			}
			if n := len(m.Omitted(in, res)); n+len(res.Values) != len(changed.Rules) {
				t.Fatalf("%d values and %d omissions of %d rules", len(res.Values), n, len(changed.Rules))
			}
			for _, q := range changed.Queries(fields, func(string) bool { return true }) {
				if !slices.ContainsFunc(res.Values, func(v mapping.Value) bool { return slices.Contains(v.From, q.Key[0]) }) {
					t.Fatalf("asks for %v, which is not sent", q.Key)
				}
			}
		}
	})
}
