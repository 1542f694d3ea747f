package mapping_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sendtocrm/internal/mapping"
)

// TestRecord reads the id and address of a written record, or says what stood
// in place of an id.
func TestRecord(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 256)
	tests := []struct {
		connector, answer string
		id, url           string
		fault             string
	}{
		{"hubspot", `{"id":"166643419989","properties":{"email":"a@b.c"},"url":"https://app.hubspot.com/contacts/166643419989"}`, "166643419989", "https://app.hubspot.com/contacts/166643419989", ""},
		{"hubspot", `{"id":"1","url":"javascript:alert(1)"}`, "1", "", ""},
		{"hubspot", `{"id":"1","url":7}`, "1", "", ""},
		{"hubspot", `{"id":"1","url":"https://"}`, "1", "", ""},
		{"hubspot", `{"properties":{"hs_object_id":"77"}}`, "77", "", ""},
		{"hubspot", `{"id":null,"data":{"id":5}}`, "5", "", ""},
		{"salesforceCRM", `{"id":"0035e00000AbCdE","success":true,"errors":[]}`, "0035e00000AbCdE", "", ""},
		{"salesforceCRM", `{"Id":"0035e00000AbCdE"}`, "0035e00000AbCdE", "", ""},
		{"copper", `{"id":27140359,"name":"x"}`, "27140359", "", ""},
		{"copper", `{"id":9007199254740993}`, "9007199254740993", "", ""},
		{"copper", ``, "", "", "not valid JSON"},
		{"copper", `<html>`, "", "", "not valid JSON"},
		{"copper", `{"id":1} {"id":2}`, "", "", "more text follows"},
		{"copper", `null`, "", "", "found nothing"},
		{"copper", `{}`, "", "", "record id at id or data.id: found nothing"},
		{"copper", `[]`, "", "", "found nothing"},
		{"copper", `{"id":""}`, "", "", "the text is empty"},
		{"copper", `{"id":" 7"}`, "", "", "begins or ends with a blank"},
		{"copper", `{"id":["7"]}`, "", "", "found a list"},
		{"copper", `{"id":{"value":"7"}}`, "", "", "found an object"},
		{"copper", `{"id":true}`, "", "", "found true"},
		{"copper", `{"id":7.5}`, "", "", "7.5 is not a whole number"},
		{"copper", `{"id":7.0}`, "", "", "not a whole number"},
		{"copper", `{"id":1e5}`, "", "", "not a whole number"},
		{"copper", `{"id":-7}`, "", "", "not a whole number above zero"},
		{"copper", `{"id":0}`, "", "", "not a whole number above zero"},
		{"copper", `{"id":"7\u0000"}`, "", "", "control character"},
		{"copper", `{"id":"7\r\nX"}`, "", "", "control character"},
		{"copper", `{"id":"` + long + `"}`, "", "", "longer than 255 bytes"},
		{"copper", `{"id":` + strings.Repeat("7", 256) + `}`, "", "", "not a whole number"},
		{"copper", `{"id":"` + long[:255] + `"}`, long[:255], "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.connector+" "+tt.answer[:min(len(tt.answer), 40)], func(t *testing.T) {
			t.Parallel()
			id, url, err := definition(t, tt.connector, "contact").Answer.Record(json.RawMessage(tt.answer))
			if id != tt.id || url != tt.url {
				t.Errorf("got %q, %q, want %q, %q", id, url, tt.id, tt.url)
			}
			if (err != nil) != (tt.fault != "") || err != nil && (!strings.Contains(err.Error(), tt.fault) || len(err.Error()) > 300) {
				t.Errorf("error %v, want %q", err, tt.fault)
			}
		})
	}
}

func TestRefusal(t *testing.T) {
	t.Parallel()
	tests := []struct {
		connector, answer string
		want              mapping.Refusal
		refused           bool
	}{
		{"hubspot", `{"id":"1","status":"open"}`, mapping.Refusal{}, false},
		{"hubspot", `{"status":"error","category":"CONFLICT","message":"Contact already exists. Existing ID: 12345"}`, mapping.Refusal{Code: "CONFLICT", Message: "Contact already exists. Existing ID: 12345"}, true},
		{"salesforceCRM", `{"id":"003","success":true,"errors":[]}`, mapping.Refusal{}, false},
		{"salesforceCRM", `{"success":false,"errors":[{"statusCode":"REQUIRED_FIELD_MISSING","message":"Required","fields":["LastName"]}]}`, mapping.Refusal{Code: "REQUIRED_FIELD_MISSING", Message: "Required", Field: "LastName"}, true},
		{"salesforceCRM", `[{"message":"No such column","errorCode":"INVALID_FIELD"}]`, mapping.Refusal{Code: "INVALID_FIELD", Message: "No such column"}, true},
		{"copper", `{"success":false,"status":422,"message":"Invalid input"}`, mapping.Refusal{Code: "422", Message: "Invalid input"}, true},
		{"copper", ``, mapping.Refusal{}, false},
	}
	for _, tt := range tests {
		got, refused := definition(t, tt.connector, "contact").Answer.Refusal(json.RawMessage(tt.answer))
		if diff := cmp.Diff(tt.want, got); diff != "" || refused != tt.refused {
			t.Errorf("%s %s: refused %v (-want +got):\n%s", tt.connector, tt.answer, refused, diff)
		}
	}
}
