// Package guard keeps calls from hurting others: what is slow, broken or greedy gets less, and the rest goes on.
//
//	a call ──▶ Gate      bulkhead: nobody holds so many slots that no slot is left for the others
//	      ──▶ Breakers   a CRM that fails is left alone, and asked now and then whether it is back
//	      ──▶ CRM ─ ok ─▶
//	           └ fails ─▶ Budget    retries stay a tenth of first tries, however much fails
//	                  ──▶ Backoff   full jitter, so that those who failed together do not return together
//
// Everything here decides at once, in memory and for this process alone: nothing waits, sleeps, logs or starts a
// goroutine. What a refusal means for a send is the caller's business. Gate, Breakers and Budget are safe for
// concurrent use; the clock and the randomness come from outside.
//
// Keys (connectors, connections) come from outside, so memory is bounded: a class of a Gate is forgotten when its last
// call leaves, and a key of Breakers or Budget when it has been idle for some minutes.
//
// The package imports the standard library only.
package guard
