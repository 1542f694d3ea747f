// Package failpoint names the places of a send where a crash matters, so that a test can die at exactly one of them.
//
//	POST /v1/sends ─▶ plan
//	                   │  before-begin         nothing is stored, nothing was sent
//	                   ▼
//	                 BEGIN … COMMIT            row `sending` and lease
//	                   │  after-begin          the row is there, nothing was sent
//	                   ▼
//	                 request ───────▶ CRM
//	                   │  before-answer-read   every byte has left, nothing of the answer was read
//	                 answer  ◀───────
//	                   │  after-answer         the outcome is known to this process alone
//	                   │  before-finish        the same, inside the store
//	                   ▼
//	                 BEGIN … COMMIT            outcome, link, release
//	                   │  after-finish         stored, the caller does not know
//	                   ▼
//	                 201 {"id": …              mid-response: half of the answer has left
//
// In an ordinary build [At] is empty and the compiler takes it away. Under the build tag `fault` the environment says
// where the process ends, once:
//
//	FAILPOINT=after-answer:3        kill -9 on the third passing
//	FAILPOINT=after-answer:3:stop   SIGSTOP on the third passing: a process that sleeps while its lease runs out
//	FAILPOINT_CLOCK=-1h             [Now] lags an hour: what leases and keys must not depend on
//
// The package keeps the state of its process because it is about the process. It imports nothing of the service and
// may be imported everywhere.
package failpoint
