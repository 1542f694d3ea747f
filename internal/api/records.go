package api

import (
	"context"

	"sendtocrm/internal/api/oapi"
)

// ExplainRecord says why a record is, or is not, in the CRM.
func (s *Server) ExplainRecord(ctx context.Context, r oapi.ExplainRecordRequestObject) (oapi.ExplainRecordResponseObject, error) {
	user, err := user(ctx)
	if err != nil {
		return nil, err
	}
	if !validUser(r.RecordId) {
		return nil, badRecordID("recordId")
	}
	found, err := s.Explainer.Explain(ctx, user, string(r.Object), r.RecordId)
	if err != nil {
		return nil, err
	}
	out := oapi.ExplainRecord200JSONResponse{
		Object: oapi.ObjectName(found.Object), RecordId: found.RecordID,
		Links: []oapi.Link{}, Sends: []oapi.Send{}, Decision: []oapi.Decision{},
	}
	for _, l := range found.Links {
		state := oapi.LinkStateLinked
		if l.CRMRecordID == "" {
			continue // its story is in the sends and the decision
		}
		if l.Sending {
			state = oapi.LinkStateSending
		}
		out.Links = append(out.Links, oapi.Link{
			ConnectionId: l.ConnectionID.String(), Connector: l.Connector, CrmRecordId: l.CRMRecordID,
			Url: optional(l.CRMURL), State: state, MappingVersion: l.MappingVersion, LastSentAt: optionalTime(l.LastSentAt),
		})
	}
	for _, f := range found.Sends {
		out.Sends = append(out.Sends, send(f))
	}
	for _, d := range found.Decisions {
		out.Decision = append(out.Decision, oapi.Decision{
			ConnectionId: d.ConnectionID.String(), Connector: d.Connector, Sent: d.Sent, Reason: d.Reason, Filter: verdict(d.Verdict),
		})
	}
	return out, nil
}
