// Package rules holds the operators that say what happened in a call: said, not
// said, meant, repeated, in this order, too long silent, too fast, angry, with
// this customer, on these dates.
//
// It exists so that the coach's moments and quality control's items are written
// in one language and judged by one piece of code. It is pure over call events:
// it must never read a clock, do I/O, start a goroutine or grow slower as a call
// grows longer.
package rules
