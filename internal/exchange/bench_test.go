package exchange

import (
	"bytes"
	"io"
	"testing"

	"danmaku/event"
)

// benchmarkList is a room as MEASURED saw them: short texts, half of them
// repeats, a gift now and then.
func benchmarkList() []event.Event {
	s := newSampler(42)
	list := make([]event.Event, 0, 10_000)
	for len(list) < cap(list) {
		e := s.next()
		if e.Comment == nil && e.Gift == nil {
			continue
		}
		e.Of = ""
		e.Received = 1_700_000_000_000 + event.Millis(len(list))*25 // 40 a second
		list = append(list, e)
	}
	return list
}

func benchmarkWrite(b *testing.B, f Format) {
	list := benchmarkList()
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		if _, err := Write(io.Discard, f, seq(list), Options{}); err != nil {
			b.Fatal(err)
		}
		n += len(list)
	}
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "events/s")
}

func BenchmarkWriteXML(b *testing.B)     { benchmarkWrite(b, XML) }
func BenchmarkWriteASS(b *testing.B)     { benchmarkWrite(b, ASS) }
func BenchmarkWriteJSONL(b *testing.B)   { benchmarkWrite(b, JSONL) }
func BenchmarkWriteCSV(b *testing.B)     { benchmarkWrite(b, CSV) }
func BenchmarkWriteParquet(b *testing.B) { benchmarkWrite(b, Parquet) }

func benchmarkRead(b *testing.B, f Format) {
	var data bytes.Buffer
	if _, err := Write(&data, f, seq(benchmarkList()), Options{}); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		_, events, err := Read(bytes.NewReader(data.Bytes()), ReadOptions{})
		if err != nil {
			b.Fatal(err)
		}
		for _, err := range events {
			if err != nil {
				b.Fatal(err)
			}
			n++
		}
	}
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "events/s")
}

func BenchmarkReadXML(b *testing.B)   { benchmarkRead(b, XML) }
func BenchmarkReadJSONL(b *testing.B) { benchmarkRead(b, JSONL) }
func BenchmarkReadCSV(b *testing.B)   { benchmarkRead(b, CSV) }
