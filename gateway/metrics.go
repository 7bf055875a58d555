package gateway

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/sidetone/sidetone/call"
	"github.com/sidetone/sidetone/media/relay"
)

// metrics are the gateway's figures for operators.
type metrics struct {
	ended   *prometheus.CounterVec
	refused prometheus.Counter
	off     *prometheus.CounterVec
	packets *prometheus.CounterVec
}

// newMetrics registers with reg, which may be nil.
func newMetrics(reg prometheus.Registerer, live func() float64) *metrics {
	m := &metrics{
		ended: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "sidetone_calls_ended_total",
			Help: "Calls that ended, by how."}, []string{"ending"}),
		refused: prometheus.NewCounter(prometheus.CounterOpts{Name: "sidetone_calls_refused_total",
			Help: "Calls refused because of the admission limit or for want of media ports."}),
		off: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "sidetone_parts_off_total",
			Help: "Times a part went off during a call, by part."}, []string{"part"}),
		packets: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "sidetone_rtp_packets_total",
			Help: "RTP packets of ended calls, by leg and fate (in, out, foreign, junk, failed)."}, []string{"leg", "fate"}),
	}
	if reg != nil {
		reg.MustRegister(m.ended, m.refused, m.off, m.packets, prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "sidetone_calls_active", Help: "Calls that ring or run."}, live))
	}
	return m
}

// over counts a call that has ended.
func (m *metrics) over(ending call.Ending, p *plumbing) {
	m.ended.WithLabelValues(string(ending)).Inc()
	for leg, l := range map[string]*relay.Leg{"customer": p.customer, "agent": p.agent} {
		c := l.Counts()
		for fate, n := range map[string]uint64{"in": c.In, "out": c.Out, "foreign": c.Foreign, "junk": c.Junk, "failed": c.Failed} {
			m.packets.WithLabelValues(leg, fate).Add(float64(n))
		}
	}
}
