// Package meaning tells which moments an utterance resembles, by the examples
// that trainers wrote.
//
// It exists so that a moment is recognised in words nobody thought of. A score
// is comparable between moments and languages: 0.5 is as likely as not. It must
// never hold up a call: the examples are embedded before, in the background, and
// what resembles none of them gets no score worth acting on.
package meaning
