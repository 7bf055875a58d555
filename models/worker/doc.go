// Package worker runs native engines in processes of their own and keeps them
// alive: a compact framed protocol over a socket pair, a supervisor with health
// deadlines and back-off, and the loop a worker process runs.
//
// It exists because a native recogniser can abort its process or hang in it,
// and Go can recover from neither: the process that relays calls must never
// load one. It must never block a caller beyond its context.
package worker
