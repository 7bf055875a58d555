// Package knowledge is the graph of what an agent may be told: problems, cases,
// products, clauses of regulations, steps, scripts, and how they hang together.
//
// It exists so that every line of advice can name its source and a question gets
// the node that answers it, with the way there. It must never answer from
// anything but its nodes, and names stay as the file said them.
package knowledge
