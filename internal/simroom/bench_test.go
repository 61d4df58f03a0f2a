package simroom

import (
	"context"
	"testing"
	"time"

	"danmaku/protocol"
)

// BenchmarkBundle is what one bundle of 32 costs: making it up, writing it,
// and packing it, each in commands a second.
func BenchmarkBundle(b *testing.B) {
	for _, version := range []protocol.Version{protocol.Plain, protocol.Zlib, protocol.Brotli} {
		b.Run(version.String(), func(b *testing.B) {
			s, err := New(Demo())
			if err != nil {
				b.Fatal(err)
			}
			r := s.order[0]
			p, _ := profileNamed("gala")
			g := newGenerator(r, 1, p)
			now := func(d time.Duration) time.Time { return s.began.Add(d) }
			b.ReportAllocs()
			n, raw, packed := 0, 0, 0
			for b.Loop() {
				var batch []happening
				for len(batch) < 32 {
					_, more := g.next(now)
					batch = append(batch, more...)
				}
				r.say(context.Background(), batch[:32], false)
				m := r.recent[len(r.recent)-1]
				out, err := m.encode(web, version)
				if err != nil {
					b.Fatal(err)
				}
				n += 32
				raw += len(m.plain[web])
				packed += len(out)
			}
			b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "commands/s")
			b.ReportMetric(float64(raw)/float64(n), "bytes/command")
			b.ReportMetric(float64(raw)/float64(packed), "ratio")
		})
	}
}
