// Package playbook reads moments: the situations a service desk wants help in,
// as data that a trainer can edit.
//
// It exists so that what the coach says is never in code. It must never let a
// book through that is contradictory, unbounded or would speak about an agent's
// own voice to anybody else; every refusal names the file and the line.
package playbook
