// Package qc scores a finished call against a scorecard: sections, weighted
// items, not-applicable and auto-fail, each verdict resting on words that were
// said at a time that can be played.
//
// It is pure over the call's event log. It must never look at who the agent is
// or how earlier calls were scored, and an item without evidence is no verdict.
package qc
