package jobs

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"

	"github.com/google/uuid"
	"github.com/riverqueue/river"
	"github.com/rs/zerolog"

	"sendtocrm/internal/crm"
)

// sendWorker hands the send that a job names to the use case.
type sendWorker struct {
	river.WorkerDefaults[crm.SendJob]
	attender Attender
	log      zerolog.Logger
}

// Work reports a failure to the log in full and to River by its code alone: River stores what it is told.
func (w *sendWorker) Work(ctx context.Context, job *river.Job[crm.SendJob]) error {
	err := w.attend(ctx, job.Args.SendID)
	if err == nil {
		return nil
	}
	var broken *panicked
	if !errors.As(err, &broken) && ctx.Err() != nil {
		// Cut off at the end of the drain: River makes the job available again at once, to another process.
		w.log.Warn().Err(err).Int64("job_id", job.ID).Stringer("send_id", job.Args.SendID).Msg("a job was cut off")
		return ctx.Err()
	}
	event := w.log.Error().Err(err).Int64("job_id", job.ID).Stringer("send_id", job.Args.SendID)
	if broken != nil {
		event = event.Bytes("stack", broken.stack)
	}
	event.Msg("a job failed")
	return errors.New(string(crm.CodeOf(err)))
}

// attend turns a panic into an error: it ends this job and nothing else.
func (w *sendWorker) attend(ctx context.Context, send uuid.UUID) (err error) {
	defer func() {
		if value := recover(); value != nil {
			err = &panicked{value: value, stack: debug.Stack()}
		}
	}()
	return w.attender.Attend(ctx, send)
}

// panicked is a panic as an error.
type panicked struct {
	value any
	stack []byte
}

func (p *panicked) Error() string { return fmt.Sprintf("panic: %v", p.value) }
