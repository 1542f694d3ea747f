package mapping

import "slices"

// requirement is a field that the CRM needs in the body.
type requirement struct {
	target string
	field  string
	fills  []int // the rules that can satisfy it: one of them is enough; none: the definition is at fault
	under  []int // it counts only where one of these has a value; nil: always
	kinds  kinds // the types that the live schema gives it
	schema bool  // the live schema says so; otherwise the definition, for creates alone
}

// requirements gathers what the schema requires along the places that rules
// fill, then what the rules themselves require.
func (m *Mapper) requirements(schema *Schema) {
	if schema != nil && schema.root != nil {
		m.require(schema.root, m.tree, nil, nil)
	}
	for i := range m.rules {
		if r := &m.rules[i]; r.required && !r.leftOut && !r.schemaRequired {
			m.needs = append(m.needs, requirement{target: r.to, field: r.field, fills: []int{i}})
		}
	}
}

// require walks schema and rule tree together. A field required inside an
// object that is itself optional counts only where that object is sent.
func (m *Mapper) require(schema *schemaNode, at *node, here path, under []int) {
	for _, name := range schema.required {
		s := step{key: name, index: -1}
		need := requirement{target: here.with(s).String(), field: shorten(name), under: under, schema: true}
		if listed := schema.properties[name]; listed != nil {
			need.kinds = listed.kinds
		}
		if child := at.child(s); child != nil {
			if next := schema.properties[name]; child.rule < 0 && next != nil && len(next.required) > 0 {
				continue // its own required fields say it better
			}
			need.fills = child.leaves(nil)
			if child.rule >= 0 {
				m.rules[child.rule].schemaRequired = true
			}
		}
		m.needs = append(m.needs, need)
	}
	for _, child := range at.children {
		if child.rule >= 0 {
			continue
		}
		next, within := schema.properties[child.step.key], under
		if child.step.index >= 0 {
			next = schema.items
		} else if !slices.Contains(schema.required, child.step.key) {
			within = child.leaves(nil)
		}
		if next != nil {
			m.require(next, child, here.with(child.step), within)
		}
	}
}

// unmet appends an issue for each requirement that the values do not meet.
// A rule whose source is faulty has its own issue already.
func (m *Mapper) unmet(issues []Issue, op Operation, state []outcome) []Issue {
	for i := range m.needs {
		need := &m.needs[i]
		if !need.schema && op == Update || need.under != nil && !some(need.under, state, filled) {
			continue
		}
		if some(need.fills, state, filled) || some(need.fills, state, refused) {
			continue
		}
		issues = append(issues, m.missing(need, op))
	}
	return issues
}

func some(rules []int, state []outcome, want outcome) bool {
	for _, r := range rules {
		if state[r] == want {
			return true
		}
	}
	return false
}

func (m *Mapper) missing(need *requirement, op Operation) Issue {
	var from []string
	note := ""
	for _, i := range need.fills {
		if r := &m.rules[i]; !r.leftOut && r.policy(op) != Never {
			from = append(from, r.from...)
			note = r.note
		}
	}
	if len(from) == 0 {
		return Issue{Severity: Error, Code: NoRule, To: need.target,
			Message: "The CRM needs " + need.field + ", and no rule of the mapping fills it. Add a rule for " + shorten(need.target) + "."}
	}
	message := "The CRM needs " + need.field + ", and the record has no value for " + listing(from) + "."
	if note != "" && len(need.fills) == 1 {
		message += " " + note
	}
	return Issue{Severity: Error, Code: RequiredMissing, From: from, To: need.target, Message: message}
}
