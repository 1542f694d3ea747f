package mapping

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Candidate is a CRM record that carries the natural key that was asked for.
type Candidate struct {
	ID     string
	URL    string          // the record's web address, empty where the answer has none
	Record json.RawMessage // the record, shaped as Object.Holds and Mapper.Backward read it
}

// Candidates reads a search's answer. Searches may be fuzzy, so only records
// that really carry the key count: e-mail addresses and domains in any case,
// other texts in any case with runs of blanks as one; a company found by its
// name does not count if it has another domain than the host's record. A
// record that appears twice counts once.
//
// An empty, absent or null list, "" and an empty answer are no candidates. An
// error says that the answer cannot be relied on: it is a refusal or not of
// the expected shape, a candidate has no usable id, or there are further
// pages, so that "not there" would be a guess.
func (q Query) Candidates(responseData json.RawMessage) ([]Candidate, error) {
	if noAnswer(responseData) {
		return nil, nil
	}
	answer, err := decodeAny(responseData)
	if err != nil {
		return nil, q.fault("the answer is %w", err)
	}
	if refusal, refused := q.answer.Refusal(responseData); refused {
		return nil, q.fault("the CRM refused it: %s", excerpt(strings.TrimSpace(refusal.Code+" "+refusal.Message)))
	}
	entries, err := q.way.entries(answer)
	if err != nil {
		return nil, q.fault("%w", err)
	}
	var out []Candidate
	for i, entry := range entries {
		c, carries, err := q.candidate(entry)
		if err != nil {
			return nil, q.fault("record %d of the answer: %w", i+1, err)
		}
		if carries && !slices.ContainsFunc(out, func(known Candidate) bool { return known.ID == c.ID }) {
			out = append(out, c)
		}
	}
	return out, nil
}

func (q Query) fault(format string, args ...any) error {
	return fmt.Errorf("%s by %s: "+format, append([]any{q.Operation, strings.Join(q.Key, ", ")}, args...)...)
}

// noAnswer reports whether a CRM answered nothing, in any of the forms in
// which that arrives.
func noAnswer(raw json.RawMessage) bool {
	switch strings.TrimSpace(string(raw)) {
	case "", `""`, "null", "{}":
		return true
	}
	return false
}

// entries are the entries of a whole answer.
func (w *Way) entries(answer any) ([]any, error) {
	found, where := answer, "the answer"
	if len(w.Results) > 0 {
		where = strings.Join(w.Results, " or ")
		if _, ok := answer.(map[string]any); !ok {
			return nil, fmt.Errorf("want an object with a list at %s, found %s", where, describe(answer))
		}
		found = firstAt(answer, w.Results)
	}
	list, ok := found.([]any)
	if !ok && found != nil && found != "" {
		return nil, fmt.Errorf("want a list at %s, found %s", where, describe(found))
	}
	return list, w.complete(answer, len(list))
}

// complete is an error where the answer is only a part of what was found.
func (w *Way) complete(answer any, n int) error {
	switch next := firstAt(answer, w.Next).(type) {
	case nil:
	case bool:
		if next {
			return errMore
		}
	default:
		if text, ok := textOf(next); !ok || text != "" && text != "0" {
			return errMore
		}
	}
	if total := firstAt(answer, w.Total); total != nil {
		text, f := wholeNumber(total)
		if f != nil {
			return fmt.Errorf("want a number of records at %s, found %s", strings.Join(w.Total, " or "), describe(total))
		}
		if all, err := strconv.Atoi(text); err != nil || all > n {
			return errMore
		}
	}
	if w.Full > 0 && n >= w.Full {
		return errMore
	}
	return nil
}

var errMore = errors.New("there are further pages that were not read, so nobody can say which records match")

// firstAt is the value at the first of the paths that is there, nil if none.
func firstAt(v any, paths []string) any {
	for _, candidate := range paths {
		if found := at(v, candidate); found != nil {
			return found
		}
	}
	return nil
}

// candidate reads one entry. Only a record that counts needs an id.
func (q Query) candidate(entry any) (c Candidate, carries bool, err error) {
	record := entry
	if q.way.Record != "" {
		record = at(entry, q.way.Record)
	}
	if _, ok := record.(map[string]any); !ok {
		return c, false, fmt.Errorf("want an object, found %s", describe(record))
	}
	for _, claim := range q.claims {
		if !claim.holds(record) {
			return c, false, nil
		}
	}
	if c.Record, err = json.Marshal(record); err != nil {
		return c, false, err
	}
	if q.way.Wrap != "" {
		if c.Record, err = Compose(map[string]json.RawMessage{q.way.Wrap: c.Record}); err != nil {
			return c, false, err
		}
	}
	c.ID, c.URL, err = q.answer.Record(c.Record)
	return c, true, err
}
