package sandbox

import (
	"fmt"
	"net/http"
	"slices"
)

// association is a link that a HubSpot record was made with.
type association struct {
	Object string `json:"object"` // contact, company or deal
	ID     string `json:"id"`
	Types  []int  `json:"types"`
}

// hubspotAssociations are the types that HubSpot defines, by the object that is made and the type's id: what it leads to.
//
// https://developers.hubspot.com/docs/api-reference/latest/crm/associations/overview
var hubspotAssociations = map[string]map[int]string{
	"contact": {1: "company", 279: "company", 4: "deal"},
	"company": {2: "contact", 280: "contact", 6: "deal", 342: "deal"},
	"deal":    {3: "contact", 5: "company", 341: "company"},
}

// associations reads the list of a create, or refuses it: each entry names a record, and types that lead to its object.
func (h hubspot) associations(c *call) ([]association, *answer) {
	refuse := func(format string, args ...any) ([]association, *answer) {
		message := "One or more associations are not valid: " + fmt.Sprintf(format, args...)
		a := h.refusal(http.StatusBadRequest, "VALIDATION_ERROR", message, nil)
		return nil, &a
	}
	given, there := c.body["associations"]
	items, ok := entries(given)
	if there && !ok {
		return refuse("associations has to be a list of objects")
	}
	var out []association
	for i, item := range items {
		to, _ := item["to"].(map[string]any)
		types, _ := entries(item["types"])
		one := association{ID: text(to["id"])}
		for _, t := range types {
			id := atoi(text(t["associationTypeId"]))
			object := hubspotAssociations[c.object.name][id]
			switch {
			case t["associationCategory"] != "HUBSPOT_DEFINED":
				return refuse("entry %d: the category has to be HUBSPOT_DEFINED", i)
			case !whole(t["associationTypeId"]), object == "", one.Object != "" && one.Object != object:
				return refuse("entry %d: %s has no association type %s", i, c.object.name, text(t["associationTypeId"]))
			case !slices.Contains(one.Types, id):
				one.Object, one.Types = object, append(one.Types, id)
			}
		}
		switch {
		case len(one.Types) == 0:
			return refuse("entry %d has no types", i)
		case !c.has(one.Object, one.ID):
			return refuse("object %q does not exist", one.ID)
		}
		out = append(out, one)
	}
	return out, nil
}
