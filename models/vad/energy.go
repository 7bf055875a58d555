package vad

// Energy is a Prober without a network: sound over the noise floor is speech.
// For engines on other machines, where no model is loaded here.
type Energy struct{ Rate int }

var _ Prober = Energy{}

// Window is 20 ms.
func (e Energy) Window() int { return e.Rate / 50 }

// Probe is 1 for anything a telephone speaker could have said.
func (e Energy) Probe(window []int16) (float32, error) {
	if Level(window) > -45 {
		return 1, nil
	}
	return 0, nil
}

// Reset does nothing: there is no memory.
func (e Energy) Reset() {}
