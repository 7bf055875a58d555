package call

// Private tells whether the event belongs to the agent of this call alone:
// what the agent's own voice gave away, and the advice that came of it. Such
// an event is shown live to that agent and to nobody else, and is never
// stored. The store refuses it and the web filters it by this one definition.
func (e Event) Private() bool {
	switch b := e.Body.(type) {
	case Stress:
		return b.Party == Agent
	case Advice:
		return b.Private
	case Moment:
		return b.Private
	case Held:
		return b.Private
	case Feedback:
		return b.Private
	case Whisper:
		return b.Private
	}
	return false
}
