package sandbox_test

import (
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The stages of a new organisation are listed where each CRM lists them.
func TestStagesAreDescribed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	find := func(a answer, key, name, list, value string) (values []any) {
		t.Helper()
		for _, field := range a.want(http.StatusOK).at("responseData", "fields").([]any) {
			if field := field.(object); field[key] == name {
				for _, one := range field[list].([]any) {
					values = append(values, one.(object)[value])
				}
			}
		}
		return values
	}
	zoho := w.link("zohoCRM")
	got := find(zoho.execute("getFields", nil, params{query: object{"module": "Deals"}}), "api_name", "Stage", "pick_list_values", "actual_value")
	if diff := cmp.Diff([]any{"Qualification", "Needs Analysis", "Value Proposition"}, got[:3]); diff != "" {
		t.Errorf("Zoho (-want +got):\n%s", diff)
	}
	salesforce := w.link("salesforceCRM")
	described := salesforce.execute("describeSObject", nil, params{path: object{"sObject": "Opportunity"}})
	got = find(described, "name", "StageName", "picklistValues", "value")
	if diff := cmp.Diff([]any{"Prospecting", "Qualification", "Needs Analysis"}, got[:3]); diff != "" {
		t.Errorf("Salesforce (-want +got):\n%s", diff)
	}
	if a := zoho.execute("getFields", nil, params{query: object{"module": "Wishes"}}); a.status != http.StatusBadRequest {
		t.Errorf("%d %s", a.status, a.raw)
	}
	if a := salesforce.execute("describeSObject", nil, params{path: object{"sObject": "Wish"}}); a.status != http.StatusNotFound {
		t.Errorf("%d %s", a.status, a.raw)
	}
}
