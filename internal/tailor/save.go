package tailor

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/google/uuid"

	"sendtocrm/internal/crm"
	"sendtocrm/internal/mapping"
	"sendtocrm/internal/mapping/derive"
)

// Change is what somebody wants a connection's mapping to be. Overrides replace all earlier ones. Actions choose among the
// CRM's actions: nil is the earlier choice, and what an empty or partial one leaves open is the definition's, or for a CRM
// without a definition the best guess.
type Change struct {
	BaseVersion int
	Overrides   []mapping.Override
	Actions     map[string]string
	Probe       bool // ask the CRM as well
}

// Save checks a change and stores it as a new version. Nothing is stored where it does not fit. Errors: NotFound,
// InvalidRequest with the faults by rule, Conflict (another version was saved since BaseVersion), MappingIncomplete, those
// of [crm.Catalog.Action], StorageUnavailable.
func (m *Mappings) Save(ctx context.Context, user string, connection uuid.UUID, object string, c Change) (Shown, error) {
	made, err := m.open(ctx, user, connection, object)
	if err != nil {
		return Shown{}, err
	}
	if c.BaseVersion != made.version.Number {
		return Shown{}, outdated(c.BaseVersion, made.version.Number)
	}
	return m.save(ctx, made, c, 0)
}

func (m *Mappings) save(ctx context.Context, made opened, c Change, restoredFrom int) (Shown, error) {
	next := Version{Overrides: c.Overrides, RestoredFrom: restoredFrom}
	guess, err := m.guess(ctx, made)
	if err != nil {
		return Shown{}, err
	}
	if next.Actions, err = m.chosen(ctx, made, guess, c.Actions); err != nil {
		return Shown{}, err
	}
	if err := bounded(next); err != nil {
		return Shown{}, err
	}
	base, err := m.base(ctx, made.connection.Connector, made.object, next)
	if err != nil {
		return Shown{}, err
	}
	effective, err := base.With(next.Overrides)
	if err != nil {
		return Shown{}, ruleFaults(err)
	}
	issues, watches, err := m.verify(ctx, made, effective, next.Overrides)
	if err != nil {
		return Shown{}, err
	}
	if c.Probe {
		found, err := m.probe(ctx, made, effective)
		if err != nil {
			return Shown{}, err
		}
		issues = append(issues, found...)
	}
	m.originate(ctx, made, base, &next)
	if restoredFrom > 0 || made.version.Number == 0 || !same(next, made.version) || made.drifted {
		next, err = m.store.SaveVersion(ctx, made.connection.ID, made.object, made.version.Number, next, watches)
	} else {
		next = made.version
	}
	if err != nil {
		return Shown{}, err
	}
	if effective, err = base.With(next.Overrides); err != nil { // the origins have changed
		return Shown{}, err
	}
	return Shown{Object: made.object, Version: next, Rules: effective.Rules, Actions: m.actions(ctx, made, effective), Issues: issues}, nil
}

// Reset returns to the definition; that is a version too. Nothing happens where nobody has changed anything.
func (m *Mappings) Reset(ctx context.Context, user string, connection uuid.UUID, object string) error {
	made, err := m.open(ctx, user, connection, object)
	if err != nil || len(made.version.Overrides) == 0 && len(made.version.Actions) == 0 {
		return err
	}
	_, err = m.store.SaveVersion(ctx, made.connection.ID, object, made.version.Number, Version{}, nil)
	return err
}

// Restore makes an old version the newest, if it still fits. Errors: those of Save.
func (m *Mappings) Restore(ctx context.Context, user string, connection uuid.UUID, object string, number int) (Shown, error) {
	made, err := m.open(ctx, user, connection, object)
	if err != nil {
		return Shown{}, err
	}
	old, err := m.store.Version(ctx, made.connection.ID, object, number)
	if err != nil {
		return Shown{}, err
	}
	if made.defined == nil && len(old.Overrides) == 0 {
		return Shown{}, &crm.Error{
			Code: crm.Conflict, Detail: fmt.Sprintf("Version %d has no rules.", number), Remedy: "DELETE the mapping to have none.",
		}
	}
	actions := old.Actions
	if actions == nil {
		actions = map[string]string{}
	}
	return m.save(ctx, made, Change{Overrides: old.Overrides, Actions: actions}, number)
}

// Bounds of a version beside those of package mapping.
const (
	maxBytes       = 256 << 10
	maxExpressions = 100
)

// bounded refuses a version that would be a burden to every send.
func bounded(v Version) error {
	refuse := func(problem string) error {
		return &crm.Error{
			Code: crm.InvalidRequest, Detail: "The mapping is too large; nothing was saved.",
			Fields: []crm.FieldError{{Field: "/rules", Code: "too_large", Message: problem}},
		}
	}
	expressions := 0
	for _, o := range v.Overrides {
		if o.Expr != nil {
			expressions++
		}
	}
	if expressions > maxExpressions {
		return refuse(fmt.Sprintf("At most %d rules may be expressions, and %d are.", maxExpressions, expressions))
	}
	if text, err := json.Marshal(v.Overrides); err != nil || len(text) > maxBytes {
		return refuse(fmt.Sprintf("The rules may have %d bytes of JSON, and have %d.", maxBytes, len(text)))
	}
	return nil
}

// same reports whether two versions say the same.
func same(a, b Version) bool {
	one, err1 := json.Marshal([]any{a.Overrides, a.Actions})
	other, err2 := json.Marshal([]any{b.Overrides, b.Actions})
	return err1 == nil && err2 == nil && bytes.Equal(one, other)
}

func outdated(base, newest int) *crm.Error {
	return &crm.Error{
		Code:   crm.Conflict,
		Detail: fmt.Sprintf("The mapping is at version %d, and this change was made to version %d.", newest, base),
		Remedy: "GET the mapping, make the change to that, and PUT it with its version as baseVersion.",
		Fields: []crm.FieldError{{Field: "/baseVersion", Code: "outdated", Message: fmt.Sprintf("The newest version is %d.", newest)}},
	}
}

// originate marks the overrides that are suggestions taken as they are.
func (m *Mappings) originate(ctx context.Context, made opened, base *mapping.Object, v *Version) {
	suggested := map[string]mapping.Rule{}
	if schema, err := m.createSchema(ctx, made, base); err == nil { // a mark is not worth a failure
		for _, s := range derive.Rules(made.object, m.library.Catalogue(), schema, base.Rules) {
			suggested[s.Rule.To] = s.Rule
		}
	}
	marked := slices.Clone(v.Overrides)
	for i := range marked {
		marked[i].Origin = mapping.OriginOverride
		if s, ok := suggested[marked[i].To]; ok && marked[i].Matches(s) {
			marked[i].Origin = mapping.OriginDerived
		}
	}
	v.Overrides = marked
}

// ruleFaults turns the faults of rules into those of a request.
func ruleFaults(err error) error {
	refusal := &crm.Error{Code: crm.InvalidRequest, Detail: "The mapping has faults; nothing was saved.", Remedy: "Mend the rules that the errors name."}
	for _, fault := range ruleErrors(err) {
		refusal.Fields = append(refusal.Fields, crm.FieldError{Field: rulePointer(fault.Index, fault.Key), Code: invalidRule, Message: fault.Error()})
		if len(refusal.Fields) == maxFaults {
			break
		}
	}
	return refusal
}

const invalidRule = "invalid_rule"

// ruleErrors takes joined faults of rules apart.
func ruleErrors(err error) (faults []*mapping.RuleError) {
	all := []error{err}
	var joined interface{ Unwrap() []error }
	if errors.As(err, &joined) {
		all = joined.Unwrap()
	}
	for _, one := range all {
		fault := &mapping.RuleError{Problem: one.Error()}
		_ = errors.As(one, &fault)
		faults = append(faults, fault)
	}
	return faults
}

// rulePointer is the JSON pointer to a rule of the request, or to one of its keys.
func rulePointer(index int, key string) string {
	if key == "" {
		return fmt.Sprintf("/rules/%d", index)
	}
	return fmt.Sprintf("/rules/%d/%s", index, key)
}

// maxFaults bounds how many faults one answer lists.
const maxFaults = 100
