// Package storetest holds what every store must do, as one suite that each
// implementation calls from its own test. It exists so that SQLite and any
// later engine cannot drift apart; it must never know which engine it tests.
package storetest
