package tailor

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/google/uuid"

	"sendtocrm/internal/crm"
	"sendtocrm/internal/mapping"
	"sendtocrm/internal/mapping/derive"
)

// Change is what somebody wants a connection's mapping to be. Overrides replace all earlier ones. Actions choose among the
// CRM's actions; where they are left out, the earlier choice stays, or for a CRM without a definition the best guess.
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
	next := Version{Overrides: c.Overrides, Actions: c.Actions, RestoredFrom: restoredFrom}
	if len(next.Actions) == 0 {
		next.Actions = made.version.Actions
	}
	if err := m.chooseActions(ctx, made, &next); err != nil {
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
	issues, err := m.verify(ctx, made, effective, next.Overrides)
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
	if next, err = m.store.SaveVersion(ctx, made.connection.ID, made.object, made.version.Number, next); err != nil {
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
	_, err = m.store.SaveVersion(ctx, made.connection.ID, object, made.version.Number, Version{})
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
	return m.save(ctx, made, Change{Overrides: old.Overrides, Actions: old.Actions}, number)
}

func outdated(base, newest int) *crm.Error {
	return &crm.Error{
		Code:   crm.Conflict,
		Detail: fmt.Sprintf("The mapping is at version %d, and this change was made to version %d.", newest, base),
		Remedy: "GET the mapping, make the change to that, and PUT it with its version as baseVersion.",
		Fields: []crm.FieldError{{Field: "/baseVersion", Code: "outdated", Message: fmt.Sprintf("The newest version is %d.", newest)}},
	}
}

// operations that a person may choose an action for.
func operations() []string {
	return []string{mapping.ActionCreate, mapping.ActionUpdate, mapping.ActionGet, mapping.ActionDelete}
}

// chooseActions checks the chosen actions, and makes the choice for a CRM that nobody has described.
func (m *Mappings) chooseActions(ctx context.Context, made opened, v *Version) error {
	var faults []crm.FieldError
	for _, operation := range slices.Sorted(maps.Keys(v.Actions)) {
		field := "/actions/" + operation
		if !slices.Contains(operations(), operation) {
			faults = append(faults, crm.FieldError{Field: field, Code: "unknown", Message: fmt.Sprintf("%q is none of %q.", operation, operations())})
			continue
		}
		action, err := m.catalog.Action(ctx, made.connection.Connector, v.Actions[operation])
		if crm.CodeOf(err) == crm.NotFound {
			faults = append(faults, crm.FieldError{Field: field, Code: "unknown", Message: "The CRM has no action with this id; case matters."})
			continue
		}
		if err != nil {
			return err
		}
		if factor, reason := derive.Confirm(operation, detail(action)); factor == 0 {
			faults = append(faults, crm.FieldError{Field: field, Code: "unfit", Message: reason})
		}
	}
	if len(faults) > 0 {
		return &crm.Error{Code: crm.InvalidRequest, Detail: "The chosen actions do not fit.", Fields: faults}
	}
	if made.defined != nil || v.Actions[mapping.ActionCreate] != "" {
		return nil
	}
	guess, err := m.guess(ctx, made.connection.Connector, made.object)
	if err != nil {
		return err
	}
	chosen := maps.Clone(v.Actions)
	if chosen == nil {
		chosen = map[string]string{}
	}
	for _, operation := range operations() {
		if best := guess.choices[operation]; chosen[operation] == "" && best.Confidence >= sureEnough {
			chosen[operation] = best.ID
		}
	}
	if v.Actions = chosen; chosen[mapping.ActionCreate] == "" {
		return &crm.Error{
			Code: crm.MappingIncomplete, Detail: "None of the CRM's actions seems to create a " + made.object + ".",
			Remedy: `Name one under "actions": {"create": "…"}; GET /v1/connectors/{connector}/actions lists them.`,
		}
	}
	return nil
}

// sureEnough is the confidence from which a guessed action goes with accepted rules.
const sureEnough = 0.5

// originate marks the overrides that are suggestions taken as they are.
func (m *Mappings) originate(ctx context.Context, made opened, base *mapping.Object, v *Version) {
	suggested := map[string]mapping.Rule{}
	if found, err := m.suggestions(ctx, made, base); err == nil { // a mark is not worth a failure
		for _, s := range found {
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
	all := []error{err}
	var joined interface{ Unwrap() []error }
	if errors.As(err, &joined) {
		all = joined.Unwrap()
	}
	for _, one := range all {
		var fault *mapping.RuleError
		if !errors.As(one, &fault) {
			refusal.Fields = append(refusal.Fields, crm.FieldError{Field: "/rules", Code: "invalid", Message: one.Error()})
			continue
		}
		refusal.Fields = append(refusal.Fields, crm.FieldError{Field: rulePointer(fault.Index, fault.Key), Code: "invalid_rule", Message: fault.Error()})
		if len(refusal.Fields) == maxFaults {
			break
		}
	}
	return refusal
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
