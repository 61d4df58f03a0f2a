// Command fanout measures what a delivery costs the relay, against the least
// that is possible and against other servers, in one interleaved run. It is a
// module of its own so that the peers are no dependencies of the programs.
//
//	./dev bench fanout                     all scenarios
//	./dev bench fanout -only bundles,idle  some
//
// The relay is fed by a simulated room through all of its path: brotli bundles
// are decoded, archived, encoded as JSON and sent. The peers only copy lines of
// 300 bytes; the relay's messages are about 490. Subscribers and publisher are
// in this process, each server is a fresh process of its own; its processor
// time, system calls included, is the kernel's count to the nanosecond. Linux only;
// the program relay must lie beside this one.
package main

import (
	"flag"
	"fmt"
	"math"
	"os"
	"slices"
	"strings"
	"time"
)

// scenario is a load for some peers. goals says what the relay's part is to be.
type scenario struct {
	name, about string
	peers       []string // nil: all
	load        load
	columns     string // which of the columns matter: see print
}

var scenarios = []scenario{
	{"bundles", "1,000 subscribers, bundles of 10, 200 messages/s", nil, load{readers: 1000, rate: 200, burst: 10}, "cpu"},
	{"singles", "1,000 subscribers, single messages, 50/s", nil, load{readers: 1000, rate: 50, burst: 1}, "cpu"},
	{"saturated", "1,000 subscribers, 128 messages on the way all the time", nil, load{readers: 1000, inFlight: 128}, "cpu"},
	{"idle", "10,000 subscribers, nothing is said", []string{"loop", "relay", "gws", "gorilla-hub"}, load{readers: 10_000, idle: true}, "idle"},
	{"behind", "1,000 subscribers come back at once, at ten positions, and are 10,000 messages behind", []string{"relay"}, load{readers: 1000, behind: 10_000}, "behind"},
	{"healthy", "100 readers, 2,000 messages/s of 1.5 KB, in bundles of 20", []string{"relay"}, load{readers: 100, rate: 2000, burst: 20, size: 1500}, "loss"},
	{"stalled", "the same, and 100 more that never read", []string{"relay", "gws", "gorilla-hub"}, load{readers: 100, stalled: 100, rate: 2000, burst: 20, size: 1500}, "loss"},
	{"pause", "200 readers, 1,000 messages/s in bundles of 10, the server stopped for 2 s in the middle", []string{"relay", "gorilla-hub"}, load{readers: 200, rate: 1000, burst: 10, pause: 2 * time.Second}, "loss"},
}

func main() {
	if len(os.Args) == 3 && os.Args[1] == "serve" {
		if err := serve(os.Args[2]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	rounds := flag.Int("rounds", 3, "how often each peer is measured; the median counts")
	length := flag.Duration("length", 4*time.Second, "measured time of one run")
	only := flag.String("only", "", "scenarios, comma separated; empty: all")
	who := flag.String("peers", "", "peers, comma separated; empty: all of the scenario")
	line := flag.Int("line", 300, "bytes of a message of the peers; the relay's are about 490")
	profile := flag.String("perf", "", "record the relay with perf into this file, of the last run")
	flag.Usage = func() {
		fmt.Fprintln(flag.CommandLine.Output(), "fanout [flags]\n\nscenarios:")
		for _, s := range scenarios {
			fmt.Fprintf(flag.CommandLine.Output(), "  %-10s %s\n", s.name, s.about)
		}
		fmt.Fprintln(flag.CommandLine.Output(), "peers:")
		for _, p := range peers {
			fmt.Fprintf(flag.CommandLine.Output(), "  %-12s %s\n", p.name, p.about)
		}
		flag.PrintDefaults()
	}
	flag.Parse()
	chosen := func(list, name string) bool { return list == "" || slices.Contains(strings.Split(list, ","), name) }
	failed := false
	// One that is about the same load beside another takes turns with it.
	for _, group := range groups() {
		group = slices.DeleteFunc(group, func(s scenario) bool { return !chosen(*only, s.name) })
		got := map[string][]result{}
		for round := range *rounds {
			for _, s := range group {
				for _, p := range peers {
					if s.peers != nil && !slices.Contains(s.peers, p.name) || !chosen(*who, p.name) {
						continue
					}
					prof := ""
					if p.name == relay {
						prof = *profile
					}
					measure := func() (result, error) { return run(p.name, s.load, *line, *length, prof) }
					if s.load.behind > 0 {
						measure = func() (result, error) { return runBehind(p.name, s.load, *length) }
					}
					r, err := measure()
					if err != nil {
						fmt.Fprintf(os.Stderr, "%s, %s, round %d: %v\n", s.name, p.name, round+1, err)
						failed = true
						continue
					}
					key := s.name + "/" + p.name
					got[key] = append(got[key], r)
				}
			}
		}
		for _, s := range group {
			s.print(got, *rounds, *line, *length)
		}
	}
	if failed {
		os.Exit(1)
	}
}

// groups are the scenarios that are interleaved with each other.
func groups() [][]scenario {
	var out [][]scenario
	for _, s := range scenarios {
		if s.name == "stalled" {
			out[len(out)-1] = append(out[len(out)-1], s)
			continue
		}
		out = append(out, []scenario{s})
	}
	return out
}

// print writes a scenario's table of medians.
func (s scenario) print(got map[string][]result, rounds, line int, length time.Duration) {
	fmt.Printf("\n%s: %s; lines of %d bytes, %d rounds of %v, medians\n\n", s.name, s.about, line, rounds, length)
	median := func(peer string, of func(result) float64) float64 {
		var v []float64
		for _, r := range got[s.name+"/"+peer] {
			v = append(v, of(r))
		}
		if len(v) == 0 {
			return math.NaN()
		}
		slices.Sort(v)
		return v[len(v)/2]
	}
	cpu := func(r result) float64 { return r.perDelivery }
	speed := func(r result) float64 { return r.perSecond }
	switch s.columns {
	case "cpu":
		fmt.Println("| | µs of CPU per delivery | in the kernel | deliveries/s | messages a read | p50 ms | p99 ms | missing | the relay costs | the relay delivers |")
		fmt.Println("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |")
	case "behind":
		fmt.Println("| | seconds until all have all | deliveries/s | µs of CPU per delivery | in the kernel | repeated | RSS at the end, MiB |")
		fmt.Println("| --- | --- | --- | --- | --- | --- | --- |")
	case "idle":
		fmt.Println("| | KiB of RSS per connection | RSS, MiB |\n| --- | --- | --- |")
	default:
		fmt.Println("| | missing | repeated | closed | RSS at the end, MiB | since connected | p50 ms | p99 ms | µs of CPU per delivery |")
		fmt.Println("| --- | --- | --- | --- | --- | --- | --- | --- | --- |")
	}
	for _, p := range peers {
		if len(got[s.name+"/"+p.name]) == 0 {
			continue
		}
		m := func(of func(result) float64) float64 { return median(p.name, of) }
		sum := func(of func(result) int64) (n int64) {
			for _, r := range got[s.name+"/"+p.name] {
				n += of(r)
			}
			return n
		}
		lost := sum(func(r result) int64 { return r.lost })
		p50, p99 := m(func(r result) float64 { return r.p50 }), m(func(r result) float64 { return r.p99 })
		rss := m(func(r result) float64 { return r.rss })
		switch s.columns {
		case "cpu":
			fmt.Printf("| %s | %.2f | %.0f %% | %.0f | %.1f | %.1f | %.1f | %d | %.2fx | %.2fx |\n", p.name, m(cpu), 100*m(func(r result) float64 { return r.system }),
				m(speed), m(func(r result) float64 { return r.perRead }), p50, p99, lost, median(relay, cpu)/m(cpu), median(relay, speed)/m(speed))
		case "behind":
			fmt.Printf("| %s | %.1f | %.0f | %.2f | %.0f %% | %d | %.0f |\n", p.name, m(func(r result) float64 { return r.took }), m(speed), m(cpu),
				100*m(func(r result) float64 { return r.system }), sum(func(r result) int64 { return r.repeated }), rss)
		case "idle":
			fmt.Printf("| %s | %.2f | %.0f |\n", p.name, m(func(r result) float64 { return r.perConn }), rss)
		default:
			fmt.Printf("| %s | %d | %d | %d | %.0f | %+.0f | %.1f | %.1f | %.2f |\n", p.name, lost, sum(func(r result) int64 { return r.repeated }),
				sum(func(r result) int64 { return int64(r.closed) }), rss, m(func(r result) float64 { return r.grown }), p50, p99, m(cpu))
		}
	}
}
