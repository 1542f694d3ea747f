package mapping_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sendtocrm/internal/mapping"
)

func TestRecordOf(t *testing.T) {
	t.Parallel()
	tests := []struct{ connector, answer, want, fault string }{
		{"hubspot", `{"properties":{"email":"a@b.cd"},"id":"7"}`, `{"id":"7","properties":{"email":"a@b.cd"}}`, ""},
		{"hubspot", `{"id":"7"}`, "", "the record shows no properties"},
		{"hubspot", `{"status":"error","category":"OBJECT_NOT_FOUND","message":"resource not found"}`, "", "OBJECT_NOT_FOUND resource not found"},
		{"salesforceCRM", `{"Id":"003A","Amount":9007199254740993}`, `{"Amount":9007199254740993,"Id":"003A"}`, ""},
		{"salesforceCRM", `[{"errorCode":"NOT_FOUND","message":"gone"}]`, "", "NOT_FOUND gone"},
		{"copper", `{"id":7,"name":"John"}`, `{"id":7,"name":"John"}`, ""},
		{"copper", `[{"id":7}]`, "", "want a record, found a list"},
		{"zohoCRM", `{"data":[{"id":"7","Last_Name":"Doe"}]}`, `{"data":[{"Last_Name":"Doe","id":"7"}]}`, ""},
		{"zohoCRM", `{"data":[{"code":"INVALID_DATA","message":"the id given seems to be invalid","status":"error"}]}`, "", "INVALID_DATA the id given"},
		{"zohoCRM", `{"data":[]}`, "", "the record shows no data[0]"},
		{"pipedrive", `{"success":true,"data":{"id":7,"name":"John"}}`, `{"id":7,"name":"John"}`, ""},
		{"pipedrive", `{"success":false,"error":"Person not found","data":null}`, "", "Person not found"},
		{"pipedrive", `{"success":true,"data":null}`, "", "want a record, found nothing"},
		{"copper", ``, "", "the answer is empty"},
		{"copper", `null`, "", "the answer is empty"},
		{"copper", `""`, "", "the answer is empty"},
		{"copper", `{}`, "", "the answer is empty"},
		{"copper", `7`, "", "want a record, found the number 7"},
		{"copper", `<html>`, "", "not valid JSON"},
	}
	for _, tt := range tests {
		got, err := definition(t, tt.connector, "contact").RecordOf(json.RawMessage(tt.answer))
		if string(got) != tt.want || (err != nil) != (tt.fault != "") || err != nil && !strings.Contains(err.Error(), tt.fault) {
			t.Errorf("%s %s: got %s, %v; want %s, %q", tt.connector, tt.answer, got, err, tt.want, tt.fault)
		}
	}
}

func TestGetQuery(t *testing.T) {
	t.Parallel()
	tests := []struct {
		connector string
		paths     []string
		want      map[string]string
	}{
		{"hubspot", []string{"properties.phone", "properties.email", "properties.phone"}, map[string]string{"properties": "email,phone"}},
		{"hubspot", []string{"id", "properties", "properties.a,b", `properties.a\.b`, "properties..x", "properties.email"}, map[string]string{"properties": "email"}},
		{"hubspot", nil, map[string]string{}},
		{"salesforceCRM", []string{"Email"}, map[string]string{}},
		{"copper", []string{"emails"}, map[string]string{}},
	}
	for _, tt := range tests {
		if diff := cmp.Diff(tt.want, definition(t, tt.connector, "deal").GetQuery(tt.paths)); diff != "" {
			t.Errorf("%s %v (-want +got):\n%s", tt.connector, tt.paths, diff)
		}
	}
}

func TestCompose(t *testing.T) {
	t.Parallel()
	tests := []struct {
		values map[string]string
		want   string
		fault  string
	}{
		{nil, `{}`, ""},
		{map[string]string{"properties.phone": ` "1" `, "properties.email": `null`}, `{"properties":{"email":null,"phone":"1"}}`, ""},
		{map[string]string{"emails": `[ {"email": "a@b.cd"} ]`, "address.city": `"Rome"`, "address-2": `1`}, `{"address":{"city":"Rome"},"address-2":1,"emails":[{"email":"a@b.cd"}]}`, ""},
		{map[string]string{"data[0].Last_Name": `"Doe"`, "data[0].Email": `"a@b.cd"`}, `{"data":[{"Email":"a@b.cd","Last_Name":"Doe"}]}`, ""},
		{map[string]string{"data[2]": `7`}, `{"data":[null,null,7]}`, ""},
		{map[string]string{`a\.b.c`: `12345678901234567890`}, `{"a.b":{"c":12345678901234567890}}`, ""},
		{map[string]string{"a": `1`, "a.b": `2`}, "", "of an object on the way"},
		{map[string]string{"a.b": `2`, "a.b.c": `{}`, "a.b.d": `3`}, "", "of an object on the way"},
		{map[string]string{"a[0]": `1`, "a.b": `2`}, "", "a plain value of a list on the way"},
		{map[string]string{"a[0].b": `1`, "a[0]": `2`}, "", `"a[0].b"`},
		{map[string]string{"a": `null`, "a.b": `2`}, "", "of an object on the way"},
		{map[string]string{"[0].a": `1`}, "", "begins with an index"},
		{map[string]string{"": `1`}, "", "the path is empty"},
		{map[string]string{"a[100]": `1`}, "", "from 0 to 99"},
		{map[string]string{"a": `{`}, "", "not valid JSON"},
		{map[string]string{"a": ``}, "", "not valid JSON"},
		{map[string]string{`a\[`: `1`, `a\]`: `1`}, `{"a[":1,"a]":1}`, ""},
	}
	for _, tt := range tests {
		values := make(map[string]json.RawMessage)
		for to, v := range tt.values {
			values[to] = json.RawMessage(v)
		}
		got, err := mapping.Compose(values)
		if string(got) != tt.want || (err != nil) != (tt.fault != "") || err != nil && !strings.Contains(err.Error(), tt.fault) {
			t.Errorf("%v: got %s, %v; want %s, %q", tt.values, got, err, tt.want, tt.fault)
		}
	}
}
