package api

import (
	"encoding/json"
	"time"

	"github.com/google/uuid"

	"sendtocrm/internal/api/oapi"
	"sendtocrm/internal/crm"
	"sendtocrm/internal/mapping"
)

// What goes out: crm's nouns in the contract's form.

func connection(c crm.Connection) oapi.Connection {
	return oapi.Connection{
		Id: c.ID.String(), Connector: c.Connector, Label: optional(c.Label), Status: oapi.ConnectionStatus(c.Status),
		StatusReason: optional(c.StatusReason), AccountName: optional(c.AccountName),
		CreatedAt: c.CreatedAt.UTC(), UpdatedAt: c.UpdatedAt.UTC(),
	}
}

func started(s crm.Started) oapi.Connection {
	c := connection(s.Connection)
	c.AuthorizationUrl = optional(s.AuthorizationURL)
	if len(s.InputSchema) > 0 {
		c.InputSchema = &s.InputSchema
	}
	return c
}

func send(s crm.Send) oapi.Send {
	out := oapi.Send{
		Id: s.ID.String(), Status: oapi.SendStatus(s.Status), Operation: oapi.Operation(s.Operation),
		ConnectionId: s.ConnectionID.String(), Connector: s.Connector, Object: oapi.ObjectName(s.Object), RecordId: s.RecordID,
		Action: optional(s.Action), ExecutionId: optional(s.ExecutionID), Attempts: s.Attempts, CreatedAt: s.CreatedAt.UTC(),
		CompletedAt: optionalTime(s.CompletedAt), UndoneAt: optionalTime(s.UndoneAt),
	}
	if s.Undoes != uuid.Nil {
		out.Undoes = optional(s.Undoes.String())
	}
	if s.CRMRecordID != "" {
		out.CrmRecord = &oapi.CrmRecord{Id: s.CRMRecordID, Url: optional(s.CRMURL)}
	}
	if len(s.Warnings) > 0 {
		warnings := issues(s.Warnings)
		out.Warnings = &warnings
	}
	if f := s.Failure; f != nil {
		out.Error = &oapi.SendError{
			Code: oapi.ErrorCode(f.Code), Detail: f.Detail, Remedy: f.Code.Remedy(), Retryable: f.Code.Retryable(),
		}
		if fields := fieldErrors(f.Fields); len(fields) > 0 {
			out.Error.Errors = &fields
		}
	}
	return out
}

func preview(p *crm.Plan) oapi.Preview {
	out := oapi.Preview{
		Operation: oapi.Operation(p.Operation), Connector: p.Connection.Connector, Action: p.Action,
		CrmRecordId: optional(p.Link.CRMRecordID), Issues: issues(p.Issues), Unmapped: list(p.Unmapped),
		Request: oapi.ActionRequest{
			RequestBody: p.Request.Body, PathParams: p.Request.PathParams, QueryParameters: p.Request.Query,
		},
		Fields: []oapi.FieldValue{}, Changes: []oapi.Change{}, Sendable: p.Sendable(), Digest: p.Digest,
		MappingVersion: p.Version(), Omitted: []oapi.OmittedField{}, ChangesAgainst: oapi.PreviewChangesAgainstLastSent, Filter: verdict(p.Verdict),
	}
	if p.Live {
		out.ChangesAgainst = oapi.PreviewChangesAgainstCrm
	}
	for _, v := range p.Values {
		out.Fields = append(out.Fields, oapi.FieldValue{
			From: list(v.From), To: v.To, Value: v.JSON, Origin: oapi.RuleOrigin(v.Origin), Required: v.Required,
			Transform: optional(v.Transform), Expr: optional(v.Expr),
		})
	}
	for _, o := range p.Omitted {
		out.Omitted = append(out.Omitted, oapi.OmittedField{From: list(o.From), To: o.To, Code: o.Code, Message: o.Message})
	}
	for _, c := range p.Changes {
		out.Changes = append(out.Changes, oapi.Change{To: c.To, Before: c.Before, After: c.After})
	}
	return out
}

func issues(found []mapping.Issue) []oapi.Issue {
	out := make([]oapi.Issue, len(found))
	for i, f := range found {
		out[i] = oapi.Issue{
			Severity: oapi.IssueSeverity(f.Severity), Code: f.Code, From: list(f.From), To: f.To, Message: f.Message,
		}
	}
	return out
}

func objectNames(names []string) []oapi.ObjectName {
	out := make([]oapi.ObjectName, len(names))
	for i, name := range names {
		out[i] = oapi.ObjectName(name)
	}
	return out
}

func schemaOrEmpty(schema json.RawMessage) json.RawMessage {
	if len(schema) == 0 {
		return json.RawMessage("{}")
	}
	return schema
}

// nextCursor is the last id of a full page: there may be more.
func nextCursor[T any](page []T, limit int, id func(T) uuid.UUID) *string {
	if len(page) < limit {
		return nil
	}
	cursor := id(page[len(page)-1]).String()
	return &cursor
}

func optional(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

func optionalTime(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}

func deref(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// list keeps null out of the contract's arrays.
func list[T any](items []T) []T {
	if items == nil {
		return []T{}
	}
	return items
}
