package api

import (
	"sendtocrm/internal/api/oapi"
	"sendtocrm/internal/crm"
	"sendtocrm/internal/mapping"
	"sendtocrm/internal/tailor"
)

// Mappings in the contract's form.

func shownMapping(s tailor.Shown) oapi.Mapping {
	out := oapi.Mapping{
		Object: oapi.ObjectName(s.Object), Version: s.Version.Number, Rules: []oapi.Rule{}, Actions: s.Actions, Issues: issues(s.Issues),
		UpdatedAt: optionalTime(s.Version.CreatedAt),
	}
	if s.Version.RestoredFrom > 0 {
		out.RestoredFrom = &s.Version.RestoredFrom
	}
	for _, r := range s.Rules {
		out.Rules = append(out.Rules, rule(r))
	}
	return out
}

func rule(r mapping.Rule) oapi.Rule {
	out := oapi.Rule{
		To: r.To, From: list(r.From), Transform: r.Transform, Expr: optional(r.Expr), Note: optional(r.Note),
		OnCreate: policy(r.OnCreate), OnUpdate: policy(r.OnUpdate), Required: r.Required, Enabled: r.Enabled, Origin: oapi.RuleOrigin(r.Origin),
	}
	if out.Transform == "" && r.Expr == "" {
		out.Transform = "copy"
	}
	if len(r.Options) > 0 {
		out.Options = &r.Options
	}
	if len(r.ValueMap) > 0 {
		out.ValueMap = &r.ValueMap
	}
	if r.Default != nil {
		text := raw(r.Default)
		out.Default = &text
	}
	return out
}

func policy(p string) oapi.RulePolicy {
	if p == "" {
		p = mapping.Always
	}
	return oapi.RulePolicy(p)
}

func hostField(f mapping.Field) oapi.HostField {
	out := oapi.HostField{Name: f.Name, Type: string(f.Type), Label: f.Label, Custom: f.Custom, Object: optional(f.Object)}
	if len(f.Choices) > 0 {
		choices := []oapi.Choice{}
		for _, c := range f.Choices {
			choices = append(choices, oapi.Choice{Value: raw(c.Value), Label: c.Label})
		}
		out.Choices = &choices
	}
	return out
}

func verdict(v *crm.Verdict) *oapi.FilterVerdict {
	if v == nil {
		return nil
	}
	return &oapi.FilterVerdict{Expression: v.Filter, Matches: v.Matches, Reason: v.Reason}
}

// drifted adds to a connection what has changed under its mappings.
func drifted(c oapi.Connection, watches []tailor.Watch) oapi.Connection {
	var found []oapi.MappingIssue
	seen := map[string]bool{}
	for _, w := range watches {
		for _, d := range w.Drifts {
			key := w.Object + " " + d.To + " " + d.Kind
			if seen[key] {
				continue // create and update say the same
			}
			seen[key] = true
			found = append(found, oapi.MappingIssue{
				Object: oapi.ObjectName(w.Object), To: d.To, Code: oapi.MappingIssueCode(d.Kind), Message: d.Message, Since: w.Since.UTC(),
			})
		}
	}
	if len(found) > 0 {
		c.MappingIssues = &found
	}
	return c
}
