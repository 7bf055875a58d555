// Package flow follows a guided procedure through a conversation and says which
// steps the agent most likely needs next.
//
// It exists so that a flow written as a graph of replies can guide an agent at
// once, with no recorded dialogue of it: what it knows of how conversations go is
// the same for every flow. It must survive detours and returns, and must never
// insist.
package flow
