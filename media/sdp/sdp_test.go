package sdp

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"testing"
)

func crlf(lines ...string) []byte { return []byte(strings.Join(lines, "\r\n") + "\r\n") }

var phoneOffer = crlf("v=0", "o=- 1 1 IN IP4 10.1.2.3", "s=call", "c=IN IP4 10.1.2.3", "t=0 0",
	"m=video 5000 RTP/AVP 96", "a=rtpmap:96 H264/90000",
	"m=audio 4000 RTP/AVP 9 8 0 18 101", "a=rtpmap:101 telephone-event/8000", "a=fmtp:101 0-16", "a=ptime:30", "a=sendonly",
	"m=image 5002 udptl t38")

func TestOfferIsReadAndPassedOn(t *testing.T) {
	d, err := Parse(phoneOffer)
	if err != nil {
		t.Fatal(err)
	}
	if d.RTP != netip.MustParseAddrPort("10.1.2.3:4000") || d.RTCP.Port() != 4001 || d.Ptime != 30 || d.Direction != SendOnly || !d.Held() {
		t.Fatalf("%+v", d)
	}
	if p := d.Payloads(); p.PCMU != 0 || p.PCMA != 8 || p.DTMF != 101 {
		t.Fatalf("%+v", p)
	}
	callee := NewSession(netip.MustParseAddr("192.0.2.1"), 20000)
	out, err := callee.Offer(d)
	if err != nil {
		t.Fatal(err)
	}
	text := string(out)
	for _, want := range []string{"c=IN IP4 192.0.2.1\r\n", "m=audio 20000 RTP/AVP 8 0 101\r\n", "a=fmtp:101 0-16\r\n", "a=ptime:30\r\n", "a=sendonly\r\n"} {
		if !strings.Contains(text, want) {
			t.Errorf("missing %q in\n%s", want, text)
		}
	}
	if strings.Contains(text, "video") || strings.Contains(text, "10.1.2.3") {
		t.Errorf("the callee sees what it should not:\n%s", text)
	}
}

// The answer mirrors the caller's m-lines in order and refuses what is not
// relayed; the version goes up only on change.
func TestAnswerMirrorsTheOffer(t *testing.T) {
	offer, _ := Parse(phoneOffer)
	answer, err := Parse(crlf("v=0", "o=- 1 1 IN IP4 10.9.9.9", "s=-", "t=0 0", "m=audio 6000 RTP/AVP 8 101", "c=IN IP4 10.9.9.9", "a=rtpmap:101 telephone-event/8000", "a=recvonly"))
	if err != nil {
		t.Fatal(err)
	}
	caller := NewSession(netip.MustParseAddr("192.0.2.1"), 20002)
	caller.Saw(offer)
	out, err := caller.Answer(answer)
	if err != nil {
		t.Fatal(err)
	}
	text := string(out)
	v, a, i := strings.Index(text, "m=video 0 RTP/AVP 96"), strings.Index(text, "m=audio 20002 RTP/AVP 8 101"), strings.Index(text, "m=image 0 udptl t38")
	if v < 0 || a < v || i < a {
		t.Fatalf("m-lines not mirrored:\n%s", text)
	}
	again, _ := caller.Answer(answer)
	if string(again) != text {
		t.Fatal("an unchanged answer changed")
	}
	answer.Direction = SendRecv
	changed, _ := caller.Answer(answer)
	var id, version [2]uint64
	for i, body := range [][]byte{out, changed} {
		if _, err := fmt.Sscanf(strings.Split(string(body), "\r\n")[1], "o=sidetone %d %d", &id[i], &version[i]); err != nil {
			t.Fatal(err)
		}
	}
	if id[0] != id[1] || version[1] != version[0]+1 {
		t.Fatalf("origin ids %v, versions %v", id, version)
	}
}

func TestHoldInItsThreeSpellings(t *testing.T) {
	for _, attrs := range [][]string{{"c=IN IP4 10.0.0.1", "a=sendonly"}, {"c=IN IP4 10.0.0.1", "a=inactive"}, {"c=IN IP4 0.0.0.0", "a=sendrecv"}} {
		d, err := Parse(crlf(append([]string{"v=0", "o=- 1 1 IN IP4 1.1.1.1", "s=-", "t=0 0", "m=audio 4000 RTP/AVP 0"}, attrs...)...))
		if err != nil || !d.Held() {
			t.Errorf("%v: held %v, %v", attrs, d.Held(), err)
		}
	}
}

func TestRefused(t *testing.T) {
	head := []string{"v=0", "o=- 1 1 IN IP4 1.1.1.1", "s=-", "c=IN IP4 1.1.1.1", "t=0 0"}
	with := func(l ...string) []byte { return crlf(append(append([]string{}, head...), l...)...) }
	for name, c := range map[string]struct {
		body []byte
		want error
	}{
		"empty":        {nil, ErrMalformed},
		"html":         {[]byte("<html>"), ErrMalformed},
		"no media":     {with(), ErrNoAudio},
		"video only":   {with("m=video 5000 RTP/AVP 96"), ErrNoAudio},
		"refused":      {with("m=audio 0 RTP/AVP 0"), ErrNoAudio},
		"no c line":    {crlf("v=0", "o=- 1 1 IN IP4 1.1.1.1", "s=-", "t=0 0", "m=audio 4000 RTP/AVP 0"), ErrMalformed},
		"bad payload":  {with("m=audio 4000 RTP/AVP x"), ErrMalformed},
		"secure media": {with("m=audio 4000 RTP/SAVP 0"), ErrNoAudio},
	} {
		if _, err := Parse(c.body); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	d, err := Parse(with("m=audio 4000 RTP/AVP 18 101", "a=rtpmap:101 telephone-event/8000"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := NewSession(netip.MustParseAddr("::1"), 4).Offer(d); !errors.Is(err, ErrNoCodec) {
		t.Errorf("G.729 only: %v", err)
	}
}

// Whatever parses can be passed on, and what is passed on parses again to the
// same formats and direction at our address.
func FuzzRelay(f *testing.F) {
	f.Add(phoneOffer)
	f.Add(crlf("v=0", "o=- 1 1 IN IP6 ::1", "s=-", "c=IN IP6 ::1", "t=0 0", "m=audio 4000 RTP/AVP 0", "a=rtcp:53020 IN IP6 ::2"))
	f.Fuzz(func(t *testing.T, body []byte) {
		d, err := Parse(body)
		if err != nil {
			return
		}
		leg := NewSession(netip.MustParseAddr("192.0.2.7"), 20000)
		out, err := leg.Offer(d)
		if err != nil {
			return
		}
		back, err := Parse(out)
		if err != nil {
			t.Fatalf("our own offer does not parse: %v\n%s", err, out)
		}
		if back.Direction != d.Direction || back.RTP.String() != "192.0.2.7:20000" || back.Payloads() != d.Payloads() {
			t.Fatalf("in %+v\nout %+v", d, back)
		}
	})
}
