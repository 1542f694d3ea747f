package alloy

import (
	"context"
	"time"

	"github.com/rs/zerolog"

	"sendtocrm/internal/crm"
)

// report writes a call's log line and its observation. The failure is nil where there was an answer; its message is left
// out, because it may quote a record.
func (c *Client) report(ctx context.Context, r request, began time.Time, outcome string, failure *crm.CallError) {
	took := time.Since(began)
	c.observe(Observation{Operation: r.operation, Outcome: outcome, Duration: took})

	logger := &c.logger
	if own := zerolog.Ctx(ctx); own.GetLevel() != zerolog.Disabled {
		logger = own
	}
	event := logger.Debug()
	if outcome != "ok" {
		event = logger.Info()
	}
	if failure != nil && outcome == string(crm.Internal) {
		event = logger.Error().Err(failure.Err) // ours to repair: the API key, or a call that could not be made
	}
	event = event.Str("operation", r.operation).Str("outcome", outcome).Dur("took", took)
	if r.connector != "" {
		event = event.Str("connector", r.connector)
	}
	if r.action != "" {
		event = event.Str("action", r.action)
	}
	if failure != nil {
		event = event.Int("status", failure.Status).Str("upstream_code", failure.UpstreamCode).
			Str("execution_id", failure.ExecutionID).Bool("may_have_happened", failure.Effect == crm.MayHaveHappened)
	}
	event.Msg("call to Alloy")
}
