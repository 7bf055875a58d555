// Package gateway is where a call lives: one call is one struct is one goroutine
// tree. It joins the signalling, the relay, the taps, the models, the coach, the
// store and the agent's ear.
//
// It decides order and lifetime only. What is said to the agent is the coach's
// policy, how audio is moved is media's mechanism; neither belongs here. And it
// must never let anything but the loss of the call itself end a call: whatever
// else dies, stalls or lies, the two people keep hearing each other.
//
// A call in files: setup.go opens the legs and answers for SDP, pump.go cuts
// the taps into frames, listen.go hears and feels them, desk.go puts events in
// order and asks the coach, speak.go whispers, keep.go stores and records,
// call.go starts all of that and takes it down again.
package gateway
