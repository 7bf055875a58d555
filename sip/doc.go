// Package sip is the gateway's signalling: dialogs, the offer/answer exchange,
// and the back-to-back user agent that joins a caller and a callee.
//
// Parsing, transports and transactions are sipgo's. Dialogs are ours, because
// sipgo's dialog layer numbers an ACK wrongly after other requests, gives up
// after eleven provisional responses, acknowledges losing forks with the wrong
// tag and delivers no body of an ACK. Each call has one signalling goroutine
// that owns both of its dialogs; everything that happens to the call is posted
// to that goroutine's mailbox, so no lock guards call state and no two messages
// overtake each other inside it.
//
// It carries SDP as bytes: who owes an offer or an answer is decided here, what
// it says is not. It must never touch audio.
package sip

import (
	"strconv"

	msg "github.com/emiago/sipgo/sip"
)

// Names of sipgo types that callers of this package meet.
type (
	// URI is a SIP address.
	URI = msg.Uri
)

// ParseURI reads "sip:user@host:port;transport=tcp". A bare "user@host" or
// "host:port" gets the sip scheme.
func ParseURI(s string) (URI, error) {
	var u URI
	if len(s) < 4 || (s[:4] != "sip:" && (len(s) < 5 || s[:5] != "sips:")) {
		s = "sip:" + s
	}
	if err := msg.ParseUri(s, &u); err != nil {
		return URI{}, err
	}
	return u, nil
}

// RetryAfter tells a refused caller when to try again, in seconds.
func RetryAfter(seconds int) msg.Header {
	return msg.NewHeader("Retry-After", strconv.Itoa(seconds))
}
