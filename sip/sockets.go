package sip

import (
	"fmt"
	"net"

	"go.uber.org/zap/zapcore"
)

// open binds the sockets. Where the port is left to the system, UDP and TCP get
// the same one, which may take a few tries.
func (e *Endpoint) open() error {
	_, port, _ := net.SplitHostPort(e.config.UDP)
	for tries := 1; ; tries++ {
		err := e.bindBoth()
		if err == nil || port != "0" || tries == 20 {
			return err
		}
		e.closeSockets()
	}
}

func (e *Endpoint) bindBoth() (err error) {
	if e.config.UDP != "" {
		if e.udp, err = net.ListenPacket("udp", e.config.UDP); err != nil {
			return fmt.Errorf("sip: listen on udp %s: %w (is another SIP server running? choose another address with --sip)", e.config.UDP, err)
		}
		e.port = e.udp.LocalAddr().(*net.UDPAddr).Port
	}
	if e.config.TCP != "" {
		address := e.config.TCP
		if host, port, err := net.SplitHostPort(address); err == nil && port == "0" && e.udp != nil {
			address = net.JoinHostPort(host, fmt.Sprint(e.port)) // one port for both
		}
		if e.tcp, err = net.Listen("tcp", address); err != nil {
			return fmt.Errorf("sip: listen on tcp %s: %w (choose another address with --sip)", address, err)
		}
		if e.udp == nil {
			e.port = e.tcp.Addr().(*net.TCPAddr).Port
		}
	}
	e.host, err = e.ownHost()
	return err
}

// ownHost decides what Via and Contact name.
func (e *Endpoint) ownHost() (string, error) {
	if e.config.Advertise != "" {
		return e.config.Advertise, nil
	}
	listen := e.config.UDP
	if listen == "" {
		listen = e.config.TCP
	}
	host, _, err := net.SplitHostPort(listen)
	if err != nil {
		return "", fmt.Errorf("sip: address %q: %w", listen, err)
	}
	if ip := net.ParseIP(host); host != "" && (ip == nil || !ip.IsUnspecified()) {
		return host, nil
	}
	addrs, err := net.InterfaceAddrs()
	if err != nil {
		return "", fmt.Errorf("sip: own addresses: %w (set the advertised address in the config)", err)
	}
	for _, a := range addrs {
		if n, ok := a.(*net.IPNet); ok && n.IP.IsGlobalUnicast() && n.IP.To4() != nil {
			return n.IP.String(), nil
		}
	}
	return "127.0.0.1", nil
}

func (e *Endpoint) closeSockets() {
	if e.udp != nil {
		e.udp.Close()
	}
	if e.tcp != nil {
		e.tcp.Close()
	}
}

// quietCore lowers sipgo's own chatter: what a peer does wrong is not an error
// of ours, and is worth a line only when debugging.
type quietCore struct{ zapcore.Core }

func (q quietCore) Check(entry zapcore.Entry, c *zapcore.CheckedEntry) *zapcore.CheckedEntry {
	if entry.Level > zapcore.DebugLevel {
		entry.Level = zapcore.DebugLevel
	}
	return q.Core.Check(entry, c)
}

// Enabled reports debug only.
func (q quietCore) Enabled(l zapcore.Level) bool { return q.Core.Enabled(zapcore.DebugLevel) }

// With keeps the wrapper around derived cores.
func (q quietCore) With(f []zapcore.Field) zapcore.Core { return quietCore{q.Core.With(f)} }
