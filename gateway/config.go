package gateway

import (
	"errors"
	"fmt"
	"net/netip"
	"time"
)

// Config is what an operator may set. Zero values take the defaults named.
type Config struct {
	// MediaIP is where media sockets are bound. Default 127.0.0.1.
	MediaIP netip.Addr
	// AdvertiseIP is the media address that SDP names. Default MediaIP.
	AdvertiseIP netip.Addr
	// PortLow and PortHigh bound the media ports. Default 20000 to 29999: 2,500
	// calls.
	PortLow, PortHigh int
	// MaxCalls is how many calls are taken at once; more get 503 with
	// Retry-After. Default 500.
	MaxCalls int
	// Ring is how long one target may ring. Default 60 s.
	Ring time.Duration
	// MediaTimeout ends a call when neither side has sent a packet for so long.
	// Default 2 min; hold does not count.
	MediaTimeout time.Duration
	// NoAI relays (and records) only: no tap listens.
	NoAI bool
	// NoRecord keeps no audio.
	NoRecord bool
	// Voice is the whisper's voice, "" for the language's default.
	Voice string
}

// Validate fills the defaults in and says what is wrong with the rest.
func (c *Config) Validate() error {
	if !c.MediaIP.IsValid() {
		c.MediaIP = netip.MustParseAddr("127.0.0.1")
	}
	if !c.AdvertiseIP.IsValid() {
		c.AdvertiseIP = c.MediaIP
	}
	if c.AdvertiseIP.IsUnspecified() {
		return errors.New("media: the bind address is unspecified: set the advertised address that phones can reach")
	}
	if c.PortLow == 0 && c.PortHigh == 0 {
		c.PortLow, c.PortHigh = 20000, 29999
	}
	if c.MaxCalls == 0 {
		c.MaxCalls = 500
	}
	if c.Ring == 0 {
		c.Ring = time.Minute
	}
	if c.MediaTimeout == 0 {
		c.MediaTimeout = 2 * time.Minute
	}
	if c.MaxCalls < 0 || c.Ring < time.Second || c.MediaTimeout < time.Second {
		return fmt.Errorf("max calls %d, ring %v, media time-out %v: all must be positive, times at least 1s", c.MaxCalls, c.Ring, c.MediaTimeout)
	}
	return nil
}
