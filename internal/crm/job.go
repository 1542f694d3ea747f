package crm

import "github.com/google/uuid"

// SendJob asks a worker to attend to one send. It says no more than that: the send's row knows what is to be done.
type SendJob struct {
	SendID uuid.UUID `json:"sendId"`
}

// Kind is the job's name in the queue.
func (SendJob) Kind() string { return "send" }
