package coalesce

import "container/list"

// release gives a lane to the next in the queue, or back.
func (c *Coalescer[T, R]) release() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.hand() {
		c.busy--
	}
}

// hand lets the next in the queue lead, if there is one. What it takes along is decided when it begins, so that those
// who arrive until then come along too. Requires the lock, as all below.
func (c *Coalescer[T, R]) hand() bool {
	first := c.alone.Front()
	if first == nil {
		first = c.waiting.Front()
	}
	if first == nil {
		return false
	}
	e := first.Value.(*entry[T, R])
	c.unqueue(e)
	e.state = leads
	close(e.signal)
	return true
}

// gather takes those who wait into the batch that begins with the leader.
func (c *Coalescer[T, R]) gather(leader *entry[T, R]) (batch []*entry[T, R]) {
	batch = append(batch, leader)
	for !leader.tried && len(batch) < c.opts.MaxBatch && c.waiting.Len() > 0 {
		e := c.waiting.Front().Value.(*entry[T, R])
		c.unqueue(e)
		e.state = running
		batch = append(batch, e)
	}
	return batch
}

// again queues the items of a batch that failed, each to be run alone, but for those whose callers have left, and lets
// lanes that are free begin.
func (c *Coalescer[T, R]) again(batch []*entry[T, R]) {
	for _, e := range batch {
		if e.state == running {
			e.state, e.tried = queued, true
			c.queue(e)
		}
	}
	for c.busy < c.opts.Lanes && c.hand() {
		c.busy++
	}
}

// deliver gives the items of a batch their results, or all of them the error, whether or not their callers still wait.
func (c *Coalescer[T, R]) deliver(batch []*entry[T, R], results []R, err error) {
	for i, e := range batch {
		if err == nil {
			e.result = results[i]
		}
		e.state, e.err = done, err
		close(e.signal)
	}
}

func (c *Coalescer[T, R]) queue(e *entry[T, R])   { e.place = c.line(e).PushBack(e) }
func (c *Coalescer[T, R]) unqueue(e *entry[T, R]) { c.line(e).Remove(e.place) }

func (c *Coalescer[T, R]) line(e *entry[T, R]) *list.List {
	if e.tried {
		return &c.alone
	}
	return &c.waiting
}
