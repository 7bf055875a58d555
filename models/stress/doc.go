// Package stress estimates arousal and tension from the voice, against the
// speaker's own baseline, in pure Go and as a stream: features each 10 ms,
// scores each second over 3 and 30 seconds.
//
// It exists because an angry customer and a tense new agent can be heard before
// the words say it. What it gives is a tension estimate. It must never claim to
// know whether somebody lies or is honest, never call silence calm, never mix
// what it learnt from one speaker into another, and never allocate per frame:
// it runs beside live calls.
//
// Everything is measured in the telephone band (300 to 3400 Hz, at 8000 samples
// per second), so that the same speaker gives the same figures through a
// telephone and through a headset; only HNR, jitter and shimmer describe the
// signal as it came.
package stress
