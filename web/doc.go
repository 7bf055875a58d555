// Package web is the gateway's face: the HTTP API with its generated OpenAPI
// document, the live events over WebSocket, and the console's pages.
//
// It exists so that people and programs reach calls through one door that
// knows who they are (roles.go holds the whole table). It meets the running
// gateway only through the seams of seams.go.
//
// It must never make a call wait: a slow browser is dropped and told so. It
// must never show what belongs to the agent alone (call.Event.Private) to
// anybody but that agent, and never on any page but the live one.
package web
