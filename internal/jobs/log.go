package jobs

import (
	"log/slog"

	"github.com/rs/zerolog"
)

// quiet is the service's log for River, which tells at the level info of each run of its housekeeping and of each job
// that failed (send.go does). Warnings and errors pass; whoever traces gets all.
func quiet(log zerolog.Logger) *slog.Logger {
	if level := log.GetLevel(); level == zerolog.InfoLevel || level == zerolog.DebugLevel {
		log = log.Level(zerolog.WarnLevel)
	}
	return slog.New(zerolog.NewSlogHandler(log.With().Str("component", "river").Logger()))
}
