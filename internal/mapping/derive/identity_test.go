package derive_test

import (
	"encoding/json"
	"testing"

	"sendtocrm/internal/mapping"
	"sendtocrm/internal/mapping/derive"
)

// TestIdentity reads the record's own id or none: a wrong one would let the
// next send change somebody else's record.
func TestIdentity(t *testing.T) {
	t.Parallel()
	ids := func(params ...string) map[string]derive.Action {
		out := make(map[string]derive.Action)
		for i, operation := range []string{mapping.ActionUpdate, mapping.ActionGet, mapping.ActionDelete}[:len(params)] {
			out[operation] = derive.Action{PathParams: []string{params[i]}, Path: "/x/{" + params[i] + "}"}
		}
		return out
	}
	for _, c := range []struct {
		object, noun string
		byID         map[string]derive.Action
		answer, want string // "" for none
	}{
		{"contact", "Contact", nil, `{"id":"c1"}`, "c1"},
		{"contact", "Contact", nil, `{"Id":7}`, "7"},
		{"contact", "Contact", nil, `{"id":"req_77","data":{"id":"c1"}}`, "c1"},
		{"contact", "Contact", nil, `{"response":{"id":"resp-5","record":{"id":"c1"}}}`, "c1"},
		{"contact", "Contact", nil, `{"id":"req","contact":{"contactId":"c1"}}`, "c1"},
		{"company", "Account", nil, `{"account_id":"tenant1","data":{"record":{"id":"x1"}}}`, "x1"},
		{"company", "Account", nil, `{"account_id":"x1"}`, "x1"},
		{"company", "Account", nil, `{"account":{"id":"x1"}}`, "x1"},
		{"company", "Account", nil, `{"id":"x1","account":{"id":"tenant1"}}`, ""},
		{"contact", "Person", nil, `{"person":{"id":"c1"},"uuid":"req-uuid"}`, "c1"},
		{"contact", "Contact", nil, `{"person":{"id":"c1"},"uuid":"req-uuid"}`, ""},
		{"contact", "Lead", nil, `{"lead":{"id":"l1"},"key":"KEY-1"}`, "l1"},
		{"contact", "Contact", nil, `{"id":"job-1","status":"queued"}`, ""},
		{"contact", "Contact", nil, `{"id":"c1","status":"active"}`, "c1"},
		{"contact", "Contact", nil, `{"id":"c1","status":"queued","data":{"id":"c2"}}`, "c2"},
		{"contact", "Contact", map[string]derive.Action{
			mapping.ActionUpdate: {Path: "/contacts/{id}", PathParams: []string{"id"}},
			mapping.ActionDelete: {Path: "/contacts/{email}", PathParams: []string{"email"}},
		}, `{"id":"c1","email":"a@b.co"}`, "c1"},
		{"contact", "Contact", ids("email", "email", "email"), `{"email":"a@b.co"}`, ""},
		{"contact", "Contact", map[string]derive.Action{mapping.ActionGet: {Path: "/contacts/{account_id}", PathParams: []string{"account_id"}}},
			`{"id":"c1","account_id":"acc"}`, "c1"},
		{"contact", "Contact", ids("account_id", "account_id"), `{"account_id":"acc"}`, ""},
		{"contact", "Contact", ids("owner"), `{"owner":"o1"}`, ""},
		{"contact", "Contact", ids("handle", "handle", "handle"), `{"handle":"h1"}`, "h1"},
		{"contact", "Contact", ids("handle", "id"), `{"handle":"h1"}`, ""},
		{"contact", "Contact", ids("uuid", "uuid"), `{"data":{"uuid":"u1"}}`, "u1"},
		{"contact", "Contact", nil, `{"record":{"record_id":"r1"}}`, "r1"},
		{"contact", "Contact", nil, `{"id":"req","data":[{"id":"c1"}]}`, "c1"},
		{"contact", "Contact", nil, `{"data":[{"id":"c1"},{"id":"c2"}]}`, ""},
		{"contact", "Contact", nil, `{"id":"req","contacts":[{"id":"c1"}]}`, ""},
		{"contact", "Contact", nil, `{"contacts":[{"id":"c1"}]}`, "c1"},
		{"contact", "Contact", nil, `{"data":{"id":"a"},"record":{"id":"b"}}`, ""},
		{"contact", "Contact", nil, `{"data":{"id":5},"record":{"id":"5"}}`, "5"},
		{"contact", "Contact", nil, `{"id":"a","_id":"b"}`, ""},
		{"contact", "Contact", nil, `{"record_id":"a","contact_id":"b"}`, ""},
		{"contact", "Contact", nil, `{"uuid":"u1","name":"A"}`, "u1"},
		{"contact", "Contact", nil, `{"uuid":"u1","key":"k1"}`, ""},
		{"contact", "Contact", nil, `{"uuid":"u1","company":{"name":"A"}}`, ""},
		{"contact", "Contact", nil, `{"id":"req","data":{"uuid":"u1"}}`, ""},
		{"contact", "Contact", nil, `{"id":"c1","company":{"id":"o1"},"owner":{"id":"u1"}}`, "c1"},
		{"deal", "Deal", nil, `{"id":"d1","items":[{"id":"line-1"}]}`, ""},
		{"contact", "Contact", nil, `{"data":{"id":""}}`, ""},
		{"contact", "Contact", nil, `{"id":{"value":"c1"}}`, ""},
		{"contact", "Contact", nil, `{}`, ""},
		{"contact", "Contact", nil, `null`, ""},
	} {
		actions := map[string][]string{mapping.ActionCreate: {"create" + c.noun}}
		details := make(map[string]derive.Action)
		for operation, a := range c.byID {
			actions[operation] = []string{operation + c.noun}
			details[operation+c.noun] = a
		}
		o := derive.Object("pineCRM", "Pine", c.object, actions, details, nil)
		id, _, err := o.Answer.Record(json.RawMessage(c.answer))
		if id != c.want || (err != nil) != (c.want == "") {
			t.Errorf("%s %s: got %q, %v, want %q", c.noun, c.answer, id, err, c.want)
		}
	}
}
