// Package store keeps what must outlive a call: its line in the list, its
// event log, its quality report, its recording's place, and who may see them.
//
// It exists so that a gateway that dies loses nothing it had appended, and so
// that every reader (console, quality control, replay) reads one record. The
// seams are the small interfaces of store.go; SQLite satisfies them all, and
// storetest holds the suite any other engine must pass.
//
// It must never sit on the path of audio: the gateway appends from a queue of
// its own. It must never keep what belongs to the agent alone (see
// call.Event.Private), not even when asked to.
package store
