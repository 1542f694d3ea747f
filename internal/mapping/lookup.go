package mapping

import "time"

// Lookup says how a CRM's records are found by natural key: which of its
// actions can be asked, what the question looks like, and how the answer is
// read. It is nil on an Object whose records cannot be found.
type Lookup struct {
	// Unique: the CRM itself refuses a second record with the same key, so
	// that nobody needs to look before a create.
	Unique bool
	// Lag is how long a search may not see a fresh write.
	Lag time.Duration
	// Ways are the actions that can be asked, best first.
	Ways []Way
}

// Way is one action that finds records, and the shape of its answers. Paths
// are written as in rules; of candidate paths the first that is there counts.
type Way struct {
	// Operations are the logical operations that take the questions, best first.
	Operations []string
	// Results are candidate paths of the list of entries. Empty: the answer is the list.
	Results []string
	// Next are candidate paths of what leads to a further page: there is one
	// where the value is neither null, false, zero nor empty.
	Next []string
	// Total are candidate paths of the number of all records found.
	Total []string
	// Full is the number of entries from which on an answer that tells
	// neither may be one page of several; 0 for none.
	Full int
	// Record is where the record stands inside an entry. Empty: the entry is the record.
	Record string
	// Wrap is where request bodies hold the record (data[0]): a Candidate's
	// Record is put there, so that the rules' paths fit it.
	Wrap string
	// Questions are what can be asked, one for each natural key.
	Questions []Question
}

// Question asks for the records with one natural key. Texts in Body and Query
// may hold placeholders; definitions/README.md lists them.
type Question struct {
	// Key names the host fields of the natural key.
	Key []string
	// Body is the request body, as decoded JSON; nil for none.
	Body map[string]any
	// Query are the query parameters.
	Query map[string]string
	// Carries gives, for each field of Key, its path inside a record. A
	// record counts only if it has the host's value there. Paths go through
	// lists: emails.email is the email of every entry of emails.
	Carries map[string]string
	// Agrees gives, by host field, the path of a value that must not
	// contradict the host's: a record counts only if it has none there, or
	// that of one of the fields with this path.
	Agrees map[string]string
}

// Read says how the answer of a get action shows a record.
type Read struct {
	// Record are candidate paths of the record, "" being the answer itself; the
	// first with an object counts. Empty: the answer is the record.
	Record []string
	// Within is the object inside the record that holds its fields. Empty: the record itself.
	Within string
	// Fields is the query parameter that takes the names of the wanted
	// fields, separated by commas. Empty: a get shows every field unasked.
	Fields string
}

// keyKind is how values of a host field are compared when records are matched.
type keyKind uint8

const (
	textKey   keyKind = iota // in any case, runs of blanks being one blank
	emailKey                 // in any case
	domainKey                // the host name in a domain or web address, in any case, without www
)

// keyKind is how a host field's values are compared.
func (t typing) keyKind(field string) keyKind {
	switch kind := t.of(field); {
	case kind == TypeEmail:
		return emailKey
	case kind == TypeURL, field == "company_domain":
		return domainKey
	}
	return textKey
}
