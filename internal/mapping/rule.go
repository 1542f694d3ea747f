package mapping

import "fmt"

// Policies of a rule for one operation.
const (
	Always  = "always"
	Never   = "never"
	IfEmpty = "ifEmpty" // on update, only where the CRM's record has no value; the caller decides
)

// Listed as a rule's When sends the field only if the live schema lists it.
const Listed = "listed"

// Sources of a shipped rule.
const (
	SourceSeed   = "seed"   // Alloy's CRM Data Sync guide
	SourceVendor = "vendor" // the CRM vendor's own documentation
)

// Origins of a rule, shown to the person who edits a mapping.
const (
	OriginDefault  = "default"  // shipped definition
	OriginDerived  = "derived"  // worked out from the schema
	OriginOverride = "override" // set for one connection
)

// Rule says which host fields fill one field of the CRM, and how. It is plain
// data: definitions hold rules as YAML, overrides travel as JSON.
type Rule struct {
	// To is the target's path in the request body: properties.email, data[0].Last_Name.
	To string `json:"to"`
	// Alternatives are names that other versions of the CRM's API have for the
	// target: the first that the live schema lists counts where it lacks To.
	Alternatives []string `json:"alternatives,omitempty"`
	// From names the host fields. Empty: the rule sends Default as a constant.
	// With Expr it is what the expression reads; Load and With fill it in.
	From []string `json:"from"`
	// Transform is the name of the lens between From and To; "" is copy.
	Transform string `json:"transform"`
	// Expr computes the value in CEL, in the place of a transform; see the
	// package expr. What the CRM holds is not read back through it.
	Expr string `json:"expr,omitempty"`
	// Options are the transform's settings.
	Options map[string]any `json:"options,omitempty"`
	// BySchemaType replaces Transform and Options where the live schema types
	// the target so: keys string, number (integers too), integer, boolean, array, object.
	BySchemaType map[string]Variant `json:"bySchemaType,omitempty"`
	// ValueMap translates the host's values to the CRM's before the transform.
	// Its values are texts, numbers or booleans; a value that it lacks passes.
	ValueMap map[string]any `json:"valueMap,omitempty"`
	// Default stands in, in host form, for a record without a value: on
	// create, and on update only where the schema requires the field, since
	// it would overwrite what the CRM holds.
	Default any `json:"default,omitempty"`
	// OnCreate and OnUpdate are Always ("" too), Never or IfEmpty.
	OnCreate string `json:"onCreate"`
	OnUpdate string `json:"onUpdate"`
	// Required makes a create without the field an error. The live schema's own required fields count beside it.
	Required bool `json:"required"`
	// Enabled is false for a rule that is switched off. Load sets it.
	Enabled bool `json:"enabled"`
	// Origin is carried to each Value.
	Origin string `json:"origin"`
	// When is "" or Listed.
	When string `json:"when,omitempty"`
	// Note tells a person why the field is special; it ends messages about it.
	Note string `json:"note,omitempty"`
	// Source is SourceSeed or SourceVendor in shipped definitions.
	Source string `json:"source,omitempty"`
	// Choices says where the CRM lists the values that the target takes; nil where nobody has said.
	Choices *Choices `json:"-"`
}

// Variant is a transform for one type of the live schema.
type Variant struct {
	Transform string         `json:"transform"`
	Options   map[string]any `json:"options,omitempty"`
}

// RuleError is one fault of one rule, found by Compile, Load or With.
type RuleError struct {
	Index   int    // position in the compiled list; of With, in the overrides
	To      string // the rule's target, as written
	Key     string // the rule's JSON key at fault: to, from, options…; "" for none in particular
	Problem string
}

// Error names the rule and the problem.
func (e *RuleError) Error() string {
	return fmt.Sprintf("rule %d (%s): %s", e.Index+1, shorten(e.To), e.Problem)
}
