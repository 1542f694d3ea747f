package sandbox

import (
	"maps"
	"net/http"
	"slices"
	"strings"
)

// Stages of a new organisation; both CRMs take others as well, as theirs do where the list is not enforced.
var (
	zohoStages = []string{
		"Qualification", "Needs Analysis", "Value Proposition", "Identify Decision Makers", "Proposal/Price Quote",
		"Negotiation/Review", "Closed Won", "Closed Lost", "Closed Lost to Competition",
	}
	salesforceStages = []string{
		"Prospecting", "Qualification", "Needs Analysis", "Value Proposition", "Id. Decision Makers", "Perception Analysis",
		"Proposal/Price Quote", "Negotiation/Review", "Closed Won", "Closed Lost",
	}
)

// describe lists the fields of a module.
//
// https://www.zoho.com/crm/developer/docs/api/v8/field-meta.html
func (z zoho) describe(c *call) answer {
	o := c.connector.native(c.query["module"])
	if o == nil {
		return z.refusal(http.StatusBadRequest, "INVALID_MODULE", "the module name given seems to be invalid", map[string]any{})
	}
	fields := []any{}
	for _, name := range slices.Sorted(maps.Keys(o.Fields)) {
		values := []any{}
		if o.name == "deal" && name == "Stage" {
			for i, stage := range zohoStages {
				values = append(values, map[string]any{"display_value": stage, "actual_value": stage, "sequence_number": i + 1})
			}
		}
		fields = append(fields, map[string]any{
			"api_name": name, "field_label": strings.ReplaceAll(name, "_", " "), "data_type": zohoDataType(o.Fields[name], values),
			"system_mandatory": slices.Contains(o.Required, name), "read_only": slices.Contains(o.ReadOnly, name), "pick_list_values": values,
		})
	}
	return success(map[string]any{"fields": fields})
}

func zohoDataType(kind string, values []any) string {
	if name, ok := zohoTypes[kind]; ok && len(values) == 0 {
		return name
	}
	if len(values) > 0 {
		return "picklist"
	}
	return "lookup"
}

// describe lists the fields of an sObject.
//
// https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/resources_sobject_describe.htm
func (f salesforce) describe(c *call) answer {
	o := c.connector.native(c.id())
	if o == nil {
		return f.gone()
	}
	fields := []any{}
	for _, name := range slices.Sorted(maps.Keys(o.Fields)) {
		values := []any{}
		if o.name == "deal" && name == "StageName" {
			for _, stage := range salesforceStages {
				values = append(values, map[string]any{"active": true, "defaultValue": false, "label": stage, "value": stage})
			}
		}
		required, readOnly := slices.Contains(o.Required, name), slices.Contains(o.ReadOnly, name)
		fields = append(fields, map[string]any{
			"name": name, "nillable": !required, "createable": !readOnly, "updateable": !readOnly, "picklistValues": values,
		})
	}
	return success(map[string]any{"name": o.Native, "fields": fields})
}

// native is the object that the CRM calls so, in any case; nil: none.
func (c *connector) native(name string) *object {
	for _, o := range c.Objects {
		if strings.EqualFold(o.Native, name) {
			return o
		}
	}
	return nil
}
