// Package jobs is where work that nobody waits for finds a process: River's workers on the service's own Postgres, each
// a thin adapter from a job to a use case.
//
//	store, in the transaction                   any replica with WORKERS > 0
//	that says a send is due
//	┌────────────────────────┐   NOTIFY    ┌──────────────────────────────────┐
//	│ UPDATE sends …         │ ──────────▶ │ River: fetch, FOR UPDATE         │
//	│ INSERT river.river_job │   or poll   │ SKIP LOCKED, at most Workers     │
//	└────────────────────────┘             │   └─▶ sendWorker ─▶ Attender     │
//	                                       └──────────────────────────────────┘
//
// A job is a hint: it names a send and says nothing else. The send's row says what is to be done, whether it is still to
// be done, and when it is tried again; its lease says who does it. So a job may come twice, late, or for a send that is
// long settled, and one that is lost with its process costs nothing but the time until the janitor finds the row. River
// retries nothing, and its tables keep neither a host's data nor a CRM's words.
//
// The package decides nothing about a send, writes no SQL, and knows neither HTTP nor Alloy. With the store it is the
// only one that knows River.
package jobs
