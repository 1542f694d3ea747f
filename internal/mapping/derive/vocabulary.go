package derive

import (
	"strings"
	"sync"
)

// synonyms give words that mean the same everywhere in a CRM one form. Words
// that mean the same in one place only are phrases of that place's meaning.
var synonyms = map[string]string{
	// names
	"given": "first", "forename": "first name", "firstname": "first name",
	"family": "last", "surname": "last name", "lastname": "last name", "fullname": "full name",
	// people and companies
	"people": "person", "individual": "person", "human": "person",
	"organisation": "company", "organization": "company", "org": "company", "orgs": "company", "firm": "company",
	"corporation": "company", "corporate": "company", "enterprise": "company",
	"opportunity": "deal", "opp": "deal", "opps": "deal",
	// reaching them
	"telephone": "phone", "tel": "phone", "cell": "mobile", "cellphone": "mobile phone", "cellular": "mobile",
	"homepage": "website", "domains": "domain", "http": "url", "https": "url", "uri": "url",
	// places
	"town": "city", "municipality": "city", "locality": "city", "province": "state",
	"zip": "postal", "zipcode": "postal code", "postcode": "postal code", "nation": "country", "road": "street",
	// work
	"sector": "industry", "staff": "employee", "workforce": "employee", "headcount": "employee count", "occupation": "job",
	// deals
	"phase": "stage", "chance": "probability", "likelihood": "probability", "odds": "probability",
	"closing": "close", "closes": "close", "closure": "close",
	"estimated": "expected", "estimate": "expected", "anticipated": "expected", "projected": "expected", "forecast": "expected",
	"forecasted": "expected", "target": "expected", "expect": "expected", "est": "expected",
	"ccy": "currency", "pct": "percent", "percentage": "percent",
	// shapes of values
	"num": "number", "nr": "number", "qty": "count", "quantity": "count", "ids": "id", "identifier": "id", "uuid": "id",
	"guid": "id", "reference": "ref", "addr": "address", "main": "primary", "prim": "primary", "biz": "business",
}

// empty are words that tell nothing about a field.
var empty = set("a an the of for this that these its their his her your our and or in to with s")

// lexicon are the words that a run-together name may be made of.
type lexicon map[string]bool

func (l lexicon) has(word string) bool { return l[word] || l[singular(word)] }

// vocabulary is every word that the tables use.
var vocabulary = sync.OnceValue(func() lexicon {
	known := lexicon{}
	add := func(texts ...string) {
		for _, text := range texts {
			for _, word := range strings.Fields(text) {
				if len(word) > 1 && !strings.ContainsAny(word, "0123456789") {
					known[word] = true
				}
			}
		}
	}
	for word, same := range synonyms {
		add(word, same)
	}
	for _, m := range meanings {
		add(m.fillers, m.needs)
		for phrase := range m.phrases {
			add(phrase)
		}
	}
	for _, words := range []map[string]bool{containers, idWords, refFillers, own["contact"], own["company"], own["deal"], stamps, labels} {
		for word := range words {
			add(word)
		}
	}
	add("of on at by is has last first full fax type source note tag owner user count date time parent birth year list")
	for word := range empty {
		delete(known, word)
	}
	for _, joint := range []string{"of", "or", "and"} {
		known[joint] = true // stateorprovince
	}
	return known
})

// set makes a set of the words of a text.
func set(text string) map[string]bool {
	out := make(map[string]bool)
	for _, word := range strings.Fields(text) {
		out[word] = true
	}
	return out
}
