package jobs_test

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/rs/zerolog"

	"sendtocrm/internal/jobs"
	"sendtocrm/internal/store"
	"sendtocrm/internal/testdb"
)

func TestAJobRunsExactlyIfItsTransactionCommits(t *testing.T) {
	t.Parallel()
	q := newQueue(t, testdb.New(t))
	came := make(arrivals, 10)
	q.run(jobs.Options{Attender: came})
	receiveSend(t, came, q.add(1)[0]) // they are at work

	undone, err := q.pool.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	q.insert(undone)
	pending, err := q.pool.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	late := q.insert(pending)
	if err := undone.Rollback(t.Context()); err != nil {
		t.Fatal(err)
	}
	// Jobs come in the order of their ids, so one that overtakes the two shows that they were not there to be fetched.
	receiveSend(t, came, q.add(1)[0])
	if err := pending.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	receiveSend(t, came, late)
	receiveSend(t, came, q.add(1)[0])
}

func receiveSend(t *testing.T, came arrivals, want uuid.UUID) {
	t.Helper()
	if got := receive(t, came, "the send"); got != want {
		t.Fatalf("send %s has come, want %s", got, want)
	}
}

// A poll would take half a second in the middle.
func TestAJobBeginsAtOnce(t *testing.T) {
	t.Parallel()
	q := newQueue(t, testdb.New(t))
	came := make(arrivals, 1)
	q.run(jobs.Options{Attender: came})
	receiveSend(t, came, q.add(1)[0])
	took := make([]time.Duration, 9)
	for i := range took {
		begun := time.Now()
		receiveSend(t, came, q.add(1)[0])
		took[i] = time.Since(begun)
	}
	slices.Sort(took)
	if middle := took[len(took)/2]; middle > 200*time.Millisecond {
		t.Errorf("a job waits %v in the middle: %v", middle, took)
	}
}

func TestProcessesShareTheWork(t *testing.T) {
	t.Parallel()
	q := newQueue(t, testdb.New(t))
	const each, total = 3, 60
	var mu sync.Mutex
	attended := map[uuid.UUID]int{}
	by, atOnce, most := [2]int{}, [2]int{}, [2]int{}
	finished := make(chan struct{}, 2*total)
	for process := range by {
		q.run(jobs.Options{Workers: each, Attender: attend(func(_ context.Context, send uuid.UUID) error {
			mu.Lock()
			attended[send]++
			by[process]++
			atOnce[process]++
			most[process] = max(most[process], atOnce[process])
			mu.Unlock()
			time.Sleep(10 * time.Millisecond)
			mu.Lock()
			atOnce[process]--
			mu.Unlock()
			finished <- struct{}{}
			return nil
		})})
	}
	sends := q.add(total)
	for range total {
		receive(t, finished, "the end of a job")
	}
	for _, send := range sends {
		q.settled(send, "completed")
	}
	mu.Lock()
	defer mu.Unlock()
	for _, send := range sends {
		if attended[send] != 1 {
			t.Errorf("send %s was attended to %d times", send, attended[send])
		}
	}
	if by[0] == 0 || by[1] == 0 || max(most[0], most[1]) > each {
		t.Errorf("the processes did %v jobs, at most %v at once; want some each, at most %d at once", by, most, each)
	}
}

func TestStopLetsRunningJobsFinish(t *testing.T) {
	t.Parallel()
	q := newQueue(t, testdb.New(t))
	begun, release := make(chan context.Context), make(chan struct{})
	r := q.run(jobs.Options{Workers: 1, Attender: attend(func(ctx context.Context, _ uuid.UUID) error {
		begun <- ctx
		<-release
		return ctx.Err()
	})})
	first := q.add(1)[0]
	inside := receive(t, begun, "the job")
	r.stop()
	second := q.add(1)[0]
	select {
	case err := <-r.done:
		t.Fatalf("Run ended before its job: %v", err)
	case <-begun:
		t.Fatal("a job was begun after the end")
	case <-time.After(200 * time.Millisecond):
	}
	if inside.Err() != nil {
		t.Errorf("the job's context ended with the workers': %v", inside.Err())
	}
	close(release)
	if err := r.stopped(); err != nil {
		t.Errorf("Run: %v", err)
	}
	if j := q.job(first); j.State != "completed" {
		t.Errorf("the running job ended as %+v", j)
	}
	if j := q.job(second); j.State != "available" {
		t.Errorf("the job that came too late is %+v, want it available to another process", j)
	}
}

func TestTheDrainHasAnEnd(t *testing.T) {
	t.Parallel()
	q := newQueue(t, testdb.New(t))
	begun, log := make(chan struct{}), &logbook{}
	r := q.run(jobs.Options{Drain: 100 * time.Millisecond, Logger: log.logger(zerolog.InfoLevel), Attender: attend(
		func(ctx context.Context, _ uuid.UUID) error {
			close(begun)
			<-ctx.Done()
			return ctx.Err()
		})})
	send := q.add(1)[0]
	receive(t, begun, "the job")
	from := time.Now()
	if err := r.stopped(); err != nil {
		t.Errorf("Run: %v", err)
	}
	if took := time.Since(from); took < 100*time.Millisecond {
		t.Errorf("the job was cut off after %v", took)
	}
	wantEntry(t, log, "a job was cut off", send)

	// The next process takes it at once.
	came := make(arrivals, 1)
	q.run(jobs.Options{Attender: came})
	receiveSend(t, came, send)
}

func TestAJobThatIgnoresTheEndDoesNotHoldTheProcess(t *testing.T) {
	t.Parallel()
	q := newQueue(t, testdb.New(t))
	begun, release := make(chan struct{}), make(chan struct{})
	defer close(release)
	r := q.run(jobs.Options{Drain: time.Millisecond, Attender: attend(func(context.Context, uuid.UUID) error {
		close(begun)
		<-release
		return nil
	})})
	q.add(1)
	receive(t, begun, "the job")
	if err := r.stopped(); err == nil || !strings.Contains(err.Error(), "still running") {
		t.Errorf("Run: %v, want an error that names the job that was left", err)
	}
}

func TestWorkersWaitForTheDatabaseAndItsSchema(t *testing.T) {
	t.Parallel()
	url := testdb.Empty(t)
	q := newQueue(t, url)
	came, log := make(arrivals, 1), &logbook{}
	q.run(jobs.Options{Attender: came, Logger: log.logger(zerolog.InfoLevel)})
	for deadline := time.Now().Add(soon); len(log.lines(t)) == 0 && time.Now().Before(deadline); {
		time.Sleep(5 * time.Millisecond)
	}
	if lines := log.lines(t); len(lines) != 1 || !strings.Contains(lines[0]["error"].(string), "server migrate") {
		t.Fatalf("the log does not say what to do: %v", lines)
	}
	if err := store.MigrateUp(t.Context(), url); err != nil {
		t.Fatal(err)
	}
	receiveSend(t, came, q.add(1)[0])
}

func TestWorkersThatNeverStartedStop(t *testing.T) {
	t.Parallel()
	q := newQueue(t, "postgres://nobody@127.0.0.1:1/nothing?connect_timeout=1")
	r := q.run(jobs.Options{Attender: make(arrivals)})
	if err := r.stopped(); err != nil {
		t.Errorf("Run: %v", err)
	}
}

func TestWorkersOutliveTheirConnections(t *testing.T) {
	t.Parallel()
	url := testdb.New(t)
	q, outside := newQueue(t, url), newQueue(t, url)
	came := make(arrivals, 1)
	q.run(jobs.Options{Attender: came})
	receiveSend(t, came, q.add(1)[0])
	var ended int
	if err := outside.pool.QueryRow(t.Context(), `SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
		WHERE datname = current_database() AND pid <> pg_backend_pid()`).Scan(&ended); err != nil || ended < 2 {
		t.Fatalf("%d connections ended, %v; want the pool's and the listener's", ended, err)
	}
	for range 3 {
		receiveSend(t, came, outside.add(1)[0])
	}
}

func TestNewRefusesNoWorkers(t *testing.T) {
	t.Parallel()
	q := newQueue(t, testdb.New(t))
	for _, workers := range []int{0, -1, 10_001} {
		if _, err := jobs.New(q.pool, jobs.Options{Workers: workers, Attender: make(arrivals)}); err == nil {
			t.Errorf("%d workers are taken", workers)
		}
	}
}
