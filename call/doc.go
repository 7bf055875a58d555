// Package call is the vocabulary every other room speaks: who is on a call,
// what was said, what was felt, what was advised, and how it ended.
//
// It exists so that the gateway, the coach, quality control, the store and the
// console agree on one record of a call: the event log. It imports nothing but
// the standard library and must never start a goroutine, read a clock or do I/O.
package call
