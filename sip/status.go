package sip

import "github.com/sidetone/sidetone/call"

// endingOf maps a callee's final response to how the call ended.
func endingOf(status int) call.Ending {
	switch status {
	case 486, 600:
		return call.EndBusy
	case 403, 603, 607, 608:
		return call.EndDeclined
	case 408, 480:
		return call.EndNoAnswer
	case 404, 410, 484, 502, 503, 504, 604:
		return call.EndUnreachable
	}
	return call.EndFailed
}

// reasonPhrase is the text for the statuses that this package makes itself.
func reasonPhrase(status int) string {
	switch status {
	case 400:
		return "Bad Request"
	case 404:
		return "Not Found"
	case 408:
		return "Request Timeout"
	case 480:
		return "Temporarily Unavailable"
	case 486:
		return "Busy Here"
	case 500:
		return "Server Internal Error"
	case 503:
		return "Service Unavailable"
	case 603:
		return "Decline"
	}
	return "Failed"
}
