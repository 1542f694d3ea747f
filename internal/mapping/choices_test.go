package mapping_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sendtocrm/internal/mapping"
)

// TestChoices reads the lists of stages as the CRMs' actions answer them.
func TestChoices(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		connector, to, run, answer string
		want                       []mapping.CRMChoice
	}{
		{
			"hubspot", "properties.dealstage", "listDealPipelines",
			`{"results":[{"id":"default","label":"Sales Pipeline","stages":[{"id":"contractsent","label":"Contract sent"},{"id":"closedwon","label":"Closed won"}]},
			 {"id":"2","label":"Partners","stages":[{"id":"closedwon","label":"Won"},{"id":"2","label":""}]}]}`,
			[]mapping.CRMChoice{
				{Value: "contractsent", Label: "Contract sent", Group: "Sales Pipeline"}, {Value: "closedwon", Label: "Closed won", Group: "Sales Pipeline"},
				{Value: "closedwon", Label: "Won", Group: "Partners"}, {Value: "2", Label: "2", Group: "Partners"},
			},
		},
		{
			"copper", "pipeline_stage_id", "listPipelines",
			`[{"id":213,"name":"Sales","stages":[{"id":123456,"name":"Qualified","win_probability":10}]},{"id":214,"name":"Partnerships","stages":[]}]`,
			[]mapping.CRMChoice{{Value: json.Number("123456"), Label: "Qualified", Group: "Sales"}},
		},
		{
			"pipedrive", "stage_id", "listStages",
			`{"success":true,"data":[{"id":1,"name":"Qualified","pipeline_id":1},{"id":1,"name":"Qualified","pipeline_id":1},{"id":null,"name":"Gone","pipeline_id":1}]}`,
			[]mapping.CRMChoice{{Value: json.Number("1"), Label: "Qualified", Group: "1"}},
		},
		{
			"zohoCRM", "data[0].Stage", "getFields",
			`{"fields":[{"api_name":"Type","pick_list_values":[{"display_value":"New","actual_value":"New"}]},
			 {"api_name":"Stage","pick_list_values":[{"display_value":"Gewonnen","actual_value":"Closed Won"}]},{"api_name":"Amount"}]}`,
			[]mapping.CRMChoice{{Value: "Closed Won", Label: "Gewonnen"}},
		},
		{
			"salesforceCRM", "StageName", "describeSObject",
			`{"name":"Opportunity","fields":[{"name":"Id","picklistValues":[]},{"name":"StageName","picklistValues":[{"active":true,"label":"Prospecting","value":"Prospecting"}]}]}`,
			[]mapping.CRMChoice{{Value: "Prospecting", Label: "Prospecting"}},
		},
	} {
		t.Run(c.connector, func(t *testing.T) {
			t.Parallel()
			choices := definition(t, c.connector, "deal").ChoicesOf(c.to)
			if choices == nil || !strings.Contains(strings.Join(choices.Run, " "), c.run) {
				t.Fatalf("%s: %+v", c.to, choices)
			}
			got, err := choices.Read(json.RawMessage(c.answer))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	if c := definition(t, "hubspot", "deal").ChoicesOf("properties.amount"); c != nil {
		t.Errorf("an amount has choices: %+v", c)
	}
	if c := definition(t, "hubspot", "deal").ChoicesOf("properties..amount"); c != nil {
		t.Errorf("a malformed path has choices: %+v", c)
	}
}

func TestChoicesFaults(t *testing.T) {
	t.Parallel()
	choices := definition(t, "hubspot", "deal").ChoicesOf("properties.dealstage")
	many := make([]string, 5001)
	for i := range many {
		many[i] = fmt.Sprintf(`{"id":"%d"}`, i)
	}
	for answer, want := range map[string]string{
		`<html>`:                   "not valid JSON",
		`{"total":0}`:              "want a list of values at results, found nothing",
		`{"results":"none"}`:       `want a list of values at results, found the text "none"`,
		`{"results":[{"id":"1"}]}`: "want a list of values at stages, found nothing",
		`{"results":[7]}`:          "want a list of values at stages, found nothing",
		`{"results":[{"stages":[` + strings.Join(many, ",") + `]}]}`: "more than 5000 values",
	} {
		if got, err := choices.Read(json.RawMessage(answer)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.60s: %v, %v, want %s", answer, got, err, want)
		}
	}
	if got, err := choices.Read(json.RawMessage(`{"results":[{"stages":[{"label":"x"},7,null,{"id":{}}]}]}`)); err != nil || len(got) != 0 {
		t.Errorf("values that are none: %v, %v", got, err)
	}
}
