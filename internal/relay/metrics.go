package relay

import (
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"danmaku/event"
	"danmaku/internal/fanout"
)

// Stat is a number of another part of the program for /metrics.
type Stat struct {
	Name    string // as Prometheus wants it: danmaku_…, _total for counters
	Help    string
	Label   string // name of a label; "": none
	Of      string // its value
	Value   float64
	Counter bool // it only grows
}

// counters is what the relay counts.
type counters struct {
	lags    atomic.Uint64 // times that a slow subscriber was moved on
	skipped atomic.Uint64 // messages that were left out by that
	refused atomic.Uint64 // connections beyond a limit
	older   atomic.Uint64 // events given from the archive to those who came back

	mu      sync.Mutex
	endings map[fanout.Ending]uint64
}

func (c *counters) lagged(messages uint64) {
	c.lags.Add(1)
	c.skipped.Add(messages)
}

func (c *counters) ended(why fanout.Ending) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.endings == nil {
		c.endings = map[fanout.Ending]uint64{}
	}
	c.endings[why]++
}

// published counts what the feeds have seen. Guarded by feeds.mu.
type published struct {
	events  [64]uint64 // by kind, in the order of event.Kinds; the last: unknown kinds
	zero    uint64     // events without a position
	delay   [len(delayBounds) + 1]uint64
	delayed float64 // seconds, sum
}

// delayBounds are the steps of danmaku_delivery_seconds.
var delayBounds = [...]float64{.001, .002, .005, .01, .02, .05, .1, .2, .5, 1, 2, 5, 10}

func (p *published) see(e *event.Event, kind int, now int64) {
	p.events[kind]++
	if e.Seq == 0 {
		p.zero++
	}
	if e.Received == 0 || e.Backlog {
		return
	}
	d := max(float64(now-int64(e.Received))/1000, 0)
	p.delayed += d
	i := 0
	for i < len(delayBounds) && d > delayBounds[i] {
		i++
	}
	p.delay[i]++
}

// metrics renders everything at the time of a scrape, on a registry of its own.
func (r *Relay) metrics() http.Handler {
	reg := prometheus.NewRegistry()
	reg.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}), (*scrape)(r))
	return promhttp.HandlerFor(reg, promhttp.HandlerOpts{MaxRequestsInFlight: 4, Timeout: 10 * time.Second, ErrorHandling: promhttp.ContinueOnError})
}

// scrape is a Relay as a prometheus.Collector. It describes nothing
// beforehand: what there is depends on the rest of the program.
type scrape Relay

func (s *scrape) Describe(chan<- *prometheus.Desc) {}

func (s *scrape) Collect(out chan<- prometheus.Metric) {
	r := (*Relay)(s)
	send := func(m Stat) {
		var labels, values []string
		if m.Label != "" {
			labels, values = []string{m.Label}, []string{m.Of}
		}
		kind := prometheus.GaugeValue
		if m.Counter {
			kind = prometheus.CounterValue
		}
		if c, err := prometheus.NewConstMetric(prometheus.NewDesc(m.Name, m.Help, labels, nil), kind, m.Value, values...); err == nil {
			out <- c
		}
	}
	gauge := func(name, help string, v float64) { send(Stat{Name: name, Help: help, Value: v}) }
	counter := func(name, help string, v uint64) {
		send(Stat{Name: name, Help: help, Value: float64(v), Counter: true})
	}

	send(Stat{Name: "danmaku_build_info", Help: "The running version.", Label: "version", Of: r.config.Version, Value: 1})
	states := map[event.State]int{}
	for _, room := range r.rooms() {
		states[room.State]++
	}
	for _, st := range []event.State{event.StateConnecting, event.StateOnline, event.StateWaiting, event.StateRiskControl, event.StateRefused,
		event.StateMasked, event.StateOffline, event.StateNotFound, event.StateLocked, event.StateStopped} {
		send(Stat{Name: "danmaku_sessions", Help: "Rooms by the state of their session.", Label: "state", Of: string(st), Value: float64(states[st])})
	}
	gauge("danmaku_subscribers", "Subscribers at the moment, on every way.", float64(r.Subscribers()))
	counter("danmaku_lagged_total", "Times that a slow subscriber was moved on.", r.count.lags.Load())
	counter("danmaku_lagged_messages_total", "Messages that slow subscribers missed.", r.count.skipped.Load())
	counter("danmaku_refused_total", "Connections refused because of a limit.", r.count.refused.Load())
	counter("danmaku_resumed_events_total", "Events given from the archive to subscribers who came back.", r.count.older.Load())
	for _, why := range []fanout.Ending{fanout.EndClient, fanout.EndProtocol, fanout.EndRefused, fanout.EndStuck, fanout.EndShutdown, fanout.EndError} {
		r.count.mu.Lock()
		n := r.count.endings[why]
		r.count.mu.Unlock()
		send(Stat{Name: "danmaku_subscriber_ends_total", Help: "WebSocket subscribers that ended, by why.", Label: "why", Of: string(why), Value: float64(n), Counter: true})
	}

	r.feeds.mu.Lock()
	p := r.feeds.published
	logs, seq, failed := len(r.feeds.byKey)+len(r.feeds.native.logs), r.feeds.seq, r.feeds.native.failed
	r.feeds.mu.Unlock()
	for i, k := range event.Kinds() {
		send(Stat{Name: "danmaku_events_total", Help: "Events published, by kind.", Label: "kind", Of: string(k), Value: float64(p.events[i]), Counter: true})
	}
	counter("danmaku_unarchived_total", "Events published without a position in the archive.", p.zero)
	counter("danmaku_unconverted_total", "Messages that could not be converted for native clients.", failed)
	gauge("danmaku_logs", "Shared logs: one per distinct filter and form.", float64(logs))
	gauge("danmaku_seq", "Last archive position published.", float64(seq))
	buckets, total := map[float64]uint64{}, uint64(0)
	for i, n := range p.delay {
		if total += n; i < len(delayBounds) {
			buckets[delayBounds[i]] = total
		}
	}
	desc := prometheus.NewDesc("danmaku_delivery_seconds", "From receiving an event to publishing it.", nil, nil)
	if h, err := prometheus.NewConstHistogram(desc, total, p.delayed, buckets); err == nil {
		out <- h
	}
	if r.config.Stats != nil {
		for _, m := range r.config.Stats() {
			send(m)
		}
	}
}
