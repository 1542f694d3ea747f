package mapping

import (
	"maps"
	"slices"
)

// follows says which host fields the look-up reads in the place of those that
// the definition names. An override may fill the CRM's e-mail from another
// field of the host: asked for the old one, the CRM would not know the record
// that was just sent, and get a second.
type follows struct {
	keys   map[string]string   // for a field of a natural key the one that is sent
	agrees map[string][]string // for a field that must not contradict those that are sent
}

// key is the host field whose value stands for a field of a natural key.
func (f follows) key(name string) string {
	if sent, ok := f.keys[name]; ok {
		return sent
	}
	return name
}

// agreed are the host fields whose values stand for one of Question.Agrees.
func (f follows) agreed(name string) []string {
	if sent, ok := f.agrees[name]; ok {
		return sent
	}
	return []string{name}
}

// follow fits the look-up to rules that were changed; before are those it
// fitted until now, in the same order. A question whose natural key is no
// longer sent, or in a way that cannot be followed, is not asked any more,
// and without a question there is no look-up. A key that is not sent cannot
// be what the CRM keeps unique.
func (o *Object) follow(before []Rule) {
	if o.Lookup == nil {
		return
	}
	f := follower{object: o, before: before, next: follows{maps.Clone(o.follows.keys), maps.Clone(o.follows.agrees)}}
	if f.next.keys == nil {
		f.next = follows{make(map[string]string), make(map[string][]string)}
	}
	changed := *o.Lookup
	changed.Ways = nil
	for _, w := range o.Lookup.Ways {
		asked := len(w.Questions)
		w.Questions = slices.DeleteFunc(slices.Clone(w.Questions), func(q Question) bool { return !f.question(&w, &q) })
		changed.Unique = changed.Unique && len(w.Questions) == asked
		if len(w.Questions) > 0 {
			changed.Ways = append(changed.Ways, w)
		}
	}
	o.Lookup, o.follows = &changed, f.next
	if len(changed.Ways) == 0 {
		o.Lookup = nil
	}
}

type follower struct {
	object *Object
	before []Rule
	next   follows
	done   map[string]string // for each field of a key what an earlier question found
}

// question reports whether a question can still be asked.
func (f *follower) question(w *Way, q *Question) bool {
	found := make(map[string]string)
	for field, shown := range q.Carries {
		sent, ok := f.carried(field, w.Wrap, shown)
		if earlier, known := f.done[field]; !ok || known && earlier != sent {
			return false
		}
		found[field] = sent
	}
	agrees := make(map[string][]string)
	for field, shown := range q.Agrees {
		sent, ok := f.agreed(field, w.Wrap, shown)
		if !ok {
			return false
		}
		agrees[field] = sent
	}
	if f.done == nil {
		f.done = make(map[string]string)
	}
	maps.Copy(f.done, found)
	maps.Copy(f.next.keys, found)
	maps.Copy(f.next.agrees, agrees)
	return true
}

// carried is the host field that is now sent where the key's field was.
func (f *follower) carried(field, wrap, shown string) (sent string, ok bool) {
	sent = f.object.follows.key(field)
	for n, i := range f.senders([]string{sent}, wrap, shown) {
		was, is := &f.before[i], &f.object.Rules[i]
		now, ok := is.sendsInPlaceOf(was, f.object.follows.key(field))
		// A new default would be the key of every record that lacks one.
		if !ok || policy(is.OnCreate) == Never || !is.Enabled || n > 0 && now != sent || is.Default != nil && !sameValue(is.Default, was.Default) {
			return "", false
		}
		sent = now
	}
	return sent, true
}

// agreed are the host fields that are now sent where one was that must not
// contradict. One that is no longer sent still says what the CRM should hold.
func (f *follower) agreed(field, wrap, shown string) (sent []string, ok bool) {
	sent = f.object.follows.agreed(field)
	for _, i := range f.senders(sent, wrap, shown) {
		was, is := &f.before[i], &f.object.Rules[i]
		switch {
		case !is.Enabled || policy(is.OnCreate) == Never:
		case !is.sendsAs(was):
			return nil, false
		case !slices.Equal(is.From, was.From):
			sent = is.From
		}
	}
	return sent, true
}

// senders are the rules that used to send one of the fields to the place
// where a record shows it; where no target fits the place, all that sent it.
func (f *follower) senders(names []string, wrap, shown string) []int {
	var all, there []int
	for i := range f.before {
		r := &f.before[i]
		if !r.Enabled || !slices.ContainsFunc(r.From, func(name string) bool { return slices.Contains(names, name) }) {
			continue
		}
		all = append(all, i)
		if r.shownAt(wrap, shown) {
			there = append(there, i)
		}
	}
	if len(there) > 0 {
		return there
	}
	return all
}

// shownAt reports whether records show the rule's target at a path, which goes
// through lists and may end at the value inside the list's entries.
func (r *Rule) shownAt(wrap, shown string) bool {
	place := append(keysOf(wrap), keysOf(shown)...)
	for _, written := range r.targets() {
		target := keysOf(written)
		key, _ := r.Options["key"].(string)
		if slices.Equal(target, place) || r.Transform == "list" && key != "" && slices.Equal(append(target, key), place) {
			return true
		}
	}
	return false
}

// keysOf are the keys of a path, list positions left out.
func keysOf(written string) []string {
	p, _ := parsePath(written)
	return p.keys()
}

// sendsInPlaceOf is the one host field that r sends where was sent field.
func (r *Rule) sendsInPlaceOf(was *Rule, field string) (string, bool) {
	switch {
	case !r.sendsAs(was):
		return "", false
	case slices.Equal(r.From, was.From):
		return field, true
	case r.Expr != "":
		return "", false
	case len(r.From) == 1 && (len(was.From) == 1 || sendsOne(transformName(r.Transform))):
		return r.From[0], true
	case r.Transform != "first" || !slices.Contains(r.From, field):
		return "", false
	}
	for _, name := range r.From[:slices.Index(r.From, field)] {
		if !slices.Contains(was.From[:slices.Index(was.From, field)], name) {
			return "", false // it would be sent in the field's place where a record has both
		}
	}
	return field, true
}

// sendsOne reports whether a transform sends one host field's text as it is.
func sendsOne(transform string) bool {
	return transform == "copy" || transform == "email" || transform == "first"
}

// sendsAs reports whether two rules send a value in the same form, as far as
// records are compared: neither the case of an e-mail's domain makes a
// difference, nor what stands beside the value in a list.
func (r *Rule) sendsAs(other *Rule) bool {
	form := func(r *Rule) any {
		name, options := transformName(r.Transform), maps.Clone(r.Options)
		if item, _ := options["item"].(map[string]any); name == "list" && item["transform"] == "email" {
			delete(options, "item")
		}
		if name == "list" {
			delete(options, "with")
		}
		if sendsOne(name) {
			name = "first"
		}
		variants := make(map[string]any, len(r.BySchemaType))
		for kind, v := range r.BySchemaType {
			variants[kind] = []any{transformName(v.Transform), orEmpty(v.Options)}
		}
		return []any{r.Expr, name, orEmpty(options), variants, orEmpty(r.ValueMap)}
	}
	return sameValue(form(r), form(other))
}

func orEmpty(m map[string]any) map[string]any {
	if m == nil {
		return map[string]any{}
	}
	return m
}
