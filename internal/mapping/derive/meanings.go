package derive

import (
	"maps"
	"slices"
	"strings"
	"sync"
)

// meaning is how a field of the universal model is called elsewhere.
type meaning struct {
	// phrases are names with how surely each means the field: above 0.9 it is
	// the usual name, around 0.7 it is taken for want of a better one.
	phrases map[string]float64
	// fillers may stand beside a phrase without changing what it means.
	fillers string
	// needs are words of which one must be in the name, where it has no other
	// sense; empty for none.
	needs string
	// never are whole names that mean something else.
	never []string
}

// own are the words for the object itself; they may stand beside any phrase.
var own = map[string]map[string]bool{
	"contact": set("contact person lead customer client member"),
	"company": set("company account customer client employer business"),
	"deal":    set("deal prospect sale sales"),
}

// usual are words for the usual one of several addresses or numbers.
const usual = "work business office primary default preferred 1 "

// fullName is a contact's first and last name in one field.
const fullName = "full name"

var (
	site = meaning{
		phrases: map[string]float64{"website": .97, "web site": .97, "home page": .93, "web page": .93, "web address": .9, "web url": .95, "web": .75, "url": .65, "site": .6, "site url": .9},
		fillers: usual + "address url link",
	}
	phone = meaning{
		phrases: map[string]float64{"phone": .97, "phone number": .97, "mobile": .85, "mobile phone": .85, "mobile number": .85, "contact number": .75},
		fillers: usual + "direct number no",
	}
)

// meanings by universal field, and for [fullName].
var meanings = map[string]meaning{
	"contact_email": {
		phrases: map[string]float64{"email": .98, "email address": .98, "e mail": .98, "mail": .7},
		fillers: usual + "e address id",
	},
	"contact_first_name": {phrases: map[string]float64{"first name": .98, "first": .7}, fillers: "legal"},
	"contact_last_name":  {phrases: map[string]float64{"last name": .98, "last": .7, "second name": .6}, fillers: "legal"},
	fullName:             {phrases: map[string]float64{"full name": .97, "name": .9, "complete name": .9, "display name": .75, "whole name": .9}},
	"contact_phone":      phone,
	"contact_company": {
		phrases: map[string]float64{
			"company": .9, "company name": .97, "employer": .93, "employer name": .97, "account name": .8, "account": .6,
			"business name": .9, "business": .55, "workplace": .75, "work place": .7,
		},
		fillers: "current",
	},
	"contact_title": {
		phrases: map[string]float64{
			"job title": .98, "title": .88, "position": .85, "job position": .9, "job role": .88, "role": .75, "designation": .7,
			"job function": .7, "job": .7, "profession": .6, "work title": .9, "position title": .9,
		},
		fillers: usual + "current name",
	},
	"contact_website": site,

	"company_name": {
		phrases: map[string]float64{"name": .95, "business name": .9, "legal name": .75, "trading name": .6, "title": .6, "display name": .7, "label": .5},
		fillers: "primary full",
	},
	"company_domain": {
		phrases: map[string]float64{"domain": .95, "domain name": .95, "web domain": .95, "email domain": .9, "website domain": .95, "internet domain": .95},
		fillers: "primary default name",
	},
	"company_website": site,
	"company_phone": {
		phrases: merged(phone.phrases, map[string]float64{"switchboard": .85, "primary line": .7, "central": .5}),
		fillers: phone.fillers,
	},
	"company_industry": {
		phrases: map[string]float64{"industry": .96, "business line": .75, "business industry": .9, "vertical": .7, "branch": .55},
		fillers: "name type primary vertical market business",
	},
	"company_employees": {
		phrases: map[string]float64{"employee": .9, "number employee": .97, "employee count": .97, "head count": .95, "company size": .75, "size": .6, "team size": .75},
		fillers: "total count number no size full time",
	},

	"deal_name": {
		phrases: map[string]float64{"name": .95, "title": .93, "headline": .85, "subject": .8, "topic": .75, "summary": .55, "label": .55},
	},
	"deal_amount": {
		phrases: map[string]float64{
			"amount": .96, "value": .9, "worth": .88, "monetary value": .95, "contract value": .75, "price": .65, "total": .6,
			"revenue": .65, "sum": .55, "size": .55, "budget": .5,
		},
		fillers: "total expected monetary cent minor unit",
	},
	"deal_currency": {
		phrases: map[string]float64{"currency": .97, "currency code": .97, "monetary unit": .85},
		fillers: "iso code amount value worth price monetary",
	},
	"deal_stage": {
		phrases: map[string]float64{"stage": .96, "stage name": .96, "status": .55, "step": .5, "milestone": .5},
		fillers: "pipeline current id key name sales",
	},
	"deal_close_date": {
		phrases: map[string]float64{
			"close date": .97, "expected close": .95, "expected date": .8, "close": .65, "due date": .65, "end date": .55,
			"expected": .8, "completion date": .6, "decision date": .6, "signing date": .55,
			"deadline": .6, "closed": .6, "closed date": .7,
		},
		fillers: "date day on at by expected time",
	},
	"deal_probability": {
		phrases: map[string]float64{"probability": .97, "win rate": .6, "confidence": .6, "percent": .5, "win percent": .75, "close percent": .7},
		fillers: "win close percent success",
	},
}

// The places are the same for contacts and companies, whose address counts.
var places = map[string]meaning{
	"street": {
		phrases: map[string]float64{"street": .97, "street address": .96, "street line": .93, "address line": .95, "address route": .85, "address": .72, "street name": .8},
		fillers: "line",
	},
	"city":  {phrases: map[string]float64{"city": .97, "city name": .9}},
	"state": {phrases: map[string]float64{"state": .96, "region": .85, "county": .7, "state region": .95, "state county": .95, "state code": .85, "admin area level": .85, "administrative area": .85, "prefecture": .8}, fillers: "name"},
	"postal": {
		phrases: map[string]float64{"postal": .95, "postal code": .98, "post code": .98, "code": .75},
		needs:   "postal post address billing mailing",
		never:   []string{"address postal", "mailing", "billing"},
	},
	"country": {phrases: map[string]float64{"country": .97, "country name": .95, "country code": .75, "country iso code": .75, "country region": .95}},
}

// placeFillers name the address of several that a CRM shows first.
const placeFillers = usual + "address mail mailing billing postal location physical hq headquarters registered"

func merged(tables ...map[string]float64) map[string]float64 {
	out := make(map[string]float64)
	for _, m := range tables {
		maps.Copy(out, m)
	}
	return out
}

// sense is a meaning made ready for comparing.
type sense struct {
	phrases []phrase // those of most words first
	fillers map[string]bool
	needs   map[string]bool
	never   [][]string // sorted words
}

type phrase struct {
	words  []string
	weight float64
}

// senses by universal field, made once.
var senses = sync.OnceValue(func() map[string]sense {
	out := make(map[string]sense)
	for field, m := range meanings {
		object, _, _ := strings.Cut(field, "_")
		if field == fullName {
			object = "contact"
		}
		out[field] = m.sense(object)
	}
	for place, m := range places {
		for _, object := range []string{"contact", "company"} {
			m.fillers = places[place].fillers + " " + placeFillers
			out[object+"_address_"+place] = m.sense(object)
		}
	}
	return out
})

func (m meaning) sense(object string) sense {
	s := sense{fillers: set(m.fillers), needs: set(m.needs)}
	maps.Copy(s.fillers, own[object])
	for _, text := range slices.Sorted(maps.Keys(m.phrases)) {
		s.phrases = append(s.phrases, phrase{strings.Fields(text), m.phrases[text]})
	}
	slices.SortStableFunc(s.phrases, func(a, b phrase) int { return len(b.words) - len(a.words) })
	for _, text := range m.never {
		s.never = append(s.never, slices.Sorted(strings.FieldsSeq(text)))
	}
	return s
}
