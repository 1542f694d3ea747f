package derive

import (
	"cmp"
	"slices"
	"strings"

	"sendtocrm/internal/mapping"
)

// host is a field of the catalogue, or the full name, which stands for two.
type host struct {
	mapping.Field
	means func(t *target) match
}

// pairing is a host field that could fill a target.
type pairing struct {
	target     *target
	host       *host
	match      match
	fit        fit
	confidence float64
}

func hostsOf(object string, c *mapping.Catalogue) []host {
	known := senses()
	var out []host
	for _, f := range c.Fields(object) {
		h := host{Field: f}
		switch s, ok := known[f.Name]; {
		case f.Type == mapping.TypeReference && !f.Custom:
			h.means = func(t *target) match { return match{weight: refers(t, f.Object)} }
		case ok:
			h.means = s.means
		default:
			h.means = ownNameOf(&f, object).means
		}
		out = append(out, h)
	}
	if object == "contact" {
		out = append(out, host{Field: mapping.Field{Name: fullName, Type: mapping.TypeString, Label: "First and last name"}, means: known[fullName].means})
	}
	return out
}

// pairings are all that are worth a suggestion, the surest first.
func pairings(hosts []host, all []target) []pairing {
	var out []pairing
	points := pointers(all)
	for i := range all {
		t := &all[i]
		if t.ReadOnly {
			continue
		}
		elsewhere := points[parent(t.Path)]
		for h := range hosts {
			f := &hosts[h]
			if elsewhere && f.Type != mapping.TypeReference {
				continue
			}
			m := f.means(t)
			if m.weight < least {
				continue
			}
			suited := suit(&f.Field, t)
			if f.Name == fullName && suited.transform != "copy" {
				continue
			}
			if confidence := rounded(m.weight * suited.factor); confidence >= least {
				out = append(out, pairing{t, f, m, suited, confidence})
			}
		}
	}
	slices.SortStableFunc(out, func(a, b pairing) int {
		return cmp.Or(cmp.Compare(b.confidence, a.confidence), requiredFirst(a.target, b.target), strings.Compare(a.target.Path, b.target.Path))
	})
	return out
}

func requiredFirst(a, b *target) int {
	switch {
	case a.Required == b.Required:
		return 0
	case a.Required:
		return -1
	}
	return 1
}

// choice are the pairings that become suggestions.
type choice struct {
	pairings []pairing
	filled   map[string]bool // targets
	used     map[string]bool // host fields, those of existing rules too
}

// assign gives each target the best host field that is free: first and last
// name before the full name, which is for CRMs that have no places for those.
// What the CRM requires may take a field that another target has already.
func assign(all []pairing, used map[string]bool) choice {
	c := choice{filled: make(map[string]bool), used: used}
	c.take(all, func(p *pairing) bool { return !used[p.host.Name] && p.host.Name != fullName })
	c.take(all, func(p *pairing) bool {
		return p.host.Name == fullName && !used[fullName] && !used["contact_first_name"] && !used["contact_last_name"]
	})
	c.take(all, func(p *pairing) bool { return p.target.Required && p.match.weight >= sure })
	return c
}

func (c *choice) take(all []pairing, free func(*pairing) bool) {
	for i := range all {
		if p := &all[i]; !c.filled[p.target.Path] && free(p) {
			c.filled[p.target.Path], c.used[p.host.Name] = true, true
			c.pairings = append(c.pairings, *p)
		}
	}
}
