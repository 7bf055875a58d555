// Package relay forwards a call's packets between its two legs.
//
// It exists to do that first, on arrival, before anything else happens to a
// packet: no playout buffer, no re-timing, no lock. Towards the customer runs a
// Plain path, which has no mixer in it at all; towards the agent runs a Whispered
// path. That the customer never hears a whisper is therefore structure, not a
// setting.
//
// It must never wait for a model, a disk or a database, and never allocate per
// packet.
package relay
