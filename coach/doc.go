// Package coach decides what help an agent gets, when, and in which form.
//
// It exists so that the right advice comes at a safe moment or not at all. It is
// a pure function of a call's events and the media clock: the same events and
// playbooks give the same advice, byte for byte, live and in a replay. It must
// never read a clock, do I/O, start a goroutine, or let an advice that rests on
// the agent's own voice move anything that others see.
package coach
