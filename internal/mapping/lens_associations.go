package mapping

import (
	"strconv"
	"strings"
)

// maxAssociationType bounds the id of an association's type; HubSpot counts them up from 1.
const maxAssociationType = 1_000_000

// associationsLens sends the CRM's ids of the records that host fields point
// to as HubSpot's list of associations, in the order of the fields. A record
// that is not in the CRM yet is left out with a warning.
//
//	[{"to":{"id":"9001"},"types":[{"associationCategory":"HUBSPOT_DEFINED","associationTypeId":1}]}]
//
// https://developers.hubspot.com/docs/api-reference/latest/crm/associations/overview
type associationsLens struct {
	links []association // one for each host field
}

// association is one kind of link to another record.
type association struct {
	object string // what the host field points to: contact, company, deal
	types  string // the JSON that follows the record's id
}

func newAssociations(o *options, _ target) lens {
	l := associationsLens{links: make([]association, len(o.from))}
	for i, name := range o.from {
		inner := options{values: o.object(name)}
		object := inner.choice("object", "", Objects()...)
		id := inner.whole("typeId", 0, 1, maxAssociationType)
		if inner.values["typeId"] == nil {
			inner.fault("option typeId is missing")
		}
		for _, problem := range inner.done() {
			o.fault("%s: %s", excerpt(name), problem)
		}
		types := `},"types":[{"associationCategory":"HUBSPOT_DEFINED","associationTypeId":` + strconv.Itoa(id) + `}]}`
		l.links[i] = association{object, types}
	}
	return l
}

// forward reports what it leaves out: a warning beside what it writes, a fault where nothing is left.
func (l associationsLens) forward(dst []byte, in *sources) ([]byte, *fault) {
	start := len(dst)
	var absent []string
	for i, link := range l.links {
		if in.values[i] == nil {
			continue
		}
		id := in.refs[in.names[i]]
		if noValue(id) {
			absent = append(absent, named(link.object, in.values[i]))
			continue
		}
		if f := writable(id); f != nil {
			return dst[:start], f
		}
		separator := byte(',')
		if len(dst) == start {
			separator = '['
		}
		dst = append(append(dst, separator), `{"to":{"id":`...)
		dst = append(appendText(dst, id), link.types...)
	}
	some := len(dst) > start
	if some {
		dst = append(dst, ']')
	}
	switch len(absent) {
	case 0:
		return dst, nil
	case 1:
		return dst, &fault{UnresolvedReference, absent[0] + " is not in this CRM yet; send it first", some}
	}
	return dst, &fault{UnresolvedReference, strings.Join(absent, " and ") + " are not in this CRM yet; send them first", some}
}

func (associationsLens) backward(_ any, current []any) ([]any, *fault) { return current, nil }

func (l associationsLens) refersTo(i int) string { return l.links[i].object }

func (associationsLens) oneWay() {}

func (associationsLens) writeOnly() {}
