package sip

import "time"

// mailbox is the queue of one call's signalling goroutine. Whatever is posted
// runs there, one after the other.
type mailbox struct {
	queue chan func()
	over  chan struct{} // closed when the owner stops reading
}

// depth bounds what a call may have waiting: far more than a sane peer sends,
// and a peer that is not sane is refused rather than stored.
const depth = 64

func newMailbox() *mailbox {
	return &mailbox{queue: make(chan func(), depth), over: make(chan struct{})}
}

// post hands f to the owner. It reports false when the call is over or the
// mailbox is full; f will then never run.
func (m *mailbox) post(f func()) bool {
	select {
	case <-m.over:
		return false
	default:
	}
	select {
	case m.queue <- f:
		return true
	case <-m.over:
		return false
	default:
		return false
	}
}

// after posts f once d has passed. The returned stop is idempotent.
func (m *mailbox) after(d time.Duration, f func()) (stop func()) {
	t := time.AfterFunc(d, func() { m.post(f) })
	return func() { t.Stop() }
}
