package simroom

import (
	"context"
	"fmt"
	"net/http/httptest"
	"strings"
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

// BenchmarkReplay feeds a recording over TCP to clients that only read: what
// the server can give at most, on all cores.
func BenchmarkReplay(b *testing.B) {
	var text strings.Builder
	for i := range 30_000 {
		if i%300 == 0 {
			fmt.Fprintf(&text, "TIME%d:%dONLINE%d\n", 10+i/18000, i/300%60, i)
		}
		text.WriteString(short[i%len(short)] + "\n")
	}
	rec, err := NewRecording("2019-5-10.txt", []byte(text.String()))
	if err != nil {
		b.Fatal(err)
	}
	for _, protover := range []int{0, 2, 3} {
		b.Run(fmt.Sprint(protover), func(b *testing.B) {
			for b.Loop() {
				c := Demo()
				c.Rooms[0].Recording = rec
				s, err := New(c)
				if err != nil {
					b.Fatal(err)
				}
				h := httptest.NewServer(s.Handler())
				ctx, stop := context.WithCancel(context.Background())
				ended := make(chan struct{})
				go func() { s.Run(ctx); close(ended) }()
				g := &guest{t: b, http: h.Client(), base: h.URL, agent: browser}
				sock := g.join(demoRoom.ID, protover)
				go func() {
					for {
						if _, _, err := sock.ws.ReadMessage(); err != nil {
							return
						}
					}
				}()
				<-s.Finished()
				stop()
				<-ended
				h.Close()
			}
			b.ReportMetric(float64(30_000*b.N)/b.Elapsed().Seconds(), "commands/s")
		})
	}
}
