package collector

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"danmaku/decoder"
	"danmaku/event"
	"danmaku/internal/simroom"
	"danmaku/store"
)

var update = flag.Bool("update", false, "write the table of faults into docs/connecting.md")

// A trial is a fault of the simulated platform and what has to come of it. The
// table is printed into docs/connecting.md.
type trial struct {
	faults string // of simroom; they begin at 2m
	ends   string // when the fault is over: 2m when it is a moment
	what   string
	states string        // after its beginning, each where it first appears
	gaps   string        // causes of the gaps, in order; "": none
	within time.Duration // of its end, the room is connected again; 0: it always was
	errors int64         // that the decoder counts, at least
	note   string
}

const always = time.Duration(0)

var trials = []trial{
	{"drop@2m", "2m", "the connection is cut", "waiting connecting online", "network", 3 * time.Second, 0, ""},
	{"drop@2m/1m", "3m", "the connection is cut, new ones are cut at once for a minute", "waiting connecting online", "network", time.Minute, 0, ""},
	{"half-open@2m", "2m", "the connection stays open and carries nothing any more", "waiting connecting online", "network", 50 * time.Second, 0,
		"noticed 45 s after the last sign of life, where the gap begins"},
	{"slow=300ms@2m/1m", "3m", "every message takes 0.3 s", "", "", always, 0, ""},
	{"silent@2m/4m", "6m", "heartbeats are answered, nothing else comes", "waiting connecting online", "silence", 2 * time.Minute, 0,
		"noticed after 40 usual pauses, at least a minute; each further doubt takes twice as long"},
	{"refuse@2m/1m drop@2m", "3m", "the server accepts no connection for a minute", "waiting connecting online", "network", time.Minute, 0, ""},
	{"wrong-host=1@2m expire-token@2m", "2m", "the first server of the list does not exist, tokens are void", "waiting connecting online", "network token", 10 * time.Second, 0,
		"the next server of the list is tried"},
	{"wrong-host=all@2m/1m expire-token@2m", "3m", "no server of the list exists for a minute", "waiting connecting online", "network token", 3 * time.Minute, 0,
		"three failed tries ask for another list"},
	{"refuse-token@2m/1m drop@2m", "3m", "every token is refused for a minute", "waiting connecting online", "network token", time.Minute, 0, ""},
	{"expire-token@2m", "2m", "the token expires while connected", "waiting connecting online", "network token", 5 * time.Second, 0, "a new one is asked for at the first -101"},
	{"-352@2m/2m expire-token@2m", "4m", "risk control for two minutes", "waiting connecting risk_control online", "network token risk_control", 3 * time.Minute, 0,
		"identity renewed once, then pauses of 1, 2, 4 … minutes"},
	{"-412@2m/2m expire-token@2m", "4m", "the address is refused for two minutes", "waiting connecting refused online", "network token refused", 6 * time.Minute, 0,
		"no call at all for 5, 10, 20 … minutes"},
	{"api=-799@2m/30s expire-token@2m", "2m30s", "too many requests for half a minute", "waiting connecting online", "network token refused", time.Minute, 0, "no call at all for 10, 20, 40 … seconds"},
	{"api=-500@2m/1m expire-token@2m", "3m", "all calls fail for a minute", "waiting connecting online", "network token", time.Minute, 0, ""},
	{"http=502@2m/1m expire-token@2m", "3m", "all calls answer HTTP 502 for a minute", "waiting connecting online", "network token", time.Minute, 0, ""},
	{"rotate-wbi@2m expire-token@2m", "2m", "the keys that sign calls change", "waiting connecting online", "network token", 5 * time.Second, 0, "a -352 is met with fresh keys"},
	{"wrong-room@2m/2m expire-token@2m", "4m", "the platform does not know the room for two minutes", "waiting connecting online", "network token unknown", 4 * time.Minute, 0,
		"a room that never existed ends in not_found"},
	{"locked@1m/5m drop@2m/1m", "6m", "the room is locked", "waiting connecting locked online", "network unknown", 11 * time.Minute, 0, "looked at every ten minutes"},
	{"mask@2m drop@2m", "2m", "names are masked, nobody is logged in", "waiting connecting online masked", "network", 3 * time.Second, 0, "masked at the platform's LOG_IN_NOTICE, within seconds"},
	{"offline@2m/5m", "7m", "the broadcast ends, and begins again", "offline online", "", always, 0, "the connection stays"},
	{"skew=10m@2m/5m", "7m", "the platform's clock is ten minutes ahead", "", "", always, 0, "coverage is by our clock"},
	{"skew=-10m@2m/5m", "7m", "the platform's clock is ten minutes behind", "", "", always, 0, ""},
	{"duplicate=50@2m", "2m", "the connection is cut, the last 50 messages come again", "waiting connecting online", "network", 3 * time.Second, 0, "each event is kept once"},
	{"out-of-order@2m/1m", "3m", "every second message comes before the one it follows", "", "", always, 0, "kept in the order of arrival"},
	{"corrupt@2m", "2m", "flipped bits in a bundle", "", "", always, 1, "kept as it is, to be decoded later"},
	{"truncated@2m", "2m", "a bundle that ends too soon", "", "", always, 1, "what could be read is kept"},
	{"bomb=256@2m", "2m", "a bundle of 256 MB in a few KB (brotli)", "", "", always, 1, "opened to 8 MiB at most"},
	{"zlib-bomb=256@2m", "2m", "the same with zlib", "", "", always, 1, ""},
	{"giant@2m", "2m", "a command of 32 MB", "", "", always, 1, "read to its end, its beginning kept"},
	{"bad-length@2m", "2m", "a packet that says to be longer than it is", "", "", always, 1, ""},
	{"zero-length@2m", "2m", "a packet that says to have no length", "", "", always, 1, ""},
	{"short-header@2m", "2m", "a message of seven bytes", "", "", always, 1, ""},
	{"bad-json@2m", "2m", "a command that is not JSON", "", "", always, 1, ""},
	{"bad-utf8@2m", "2m", "a comment that is not UTF-8", "", "", always, 0, ""},
	{"bad-type@2m", "2m", "a comment whose fields have the wrong types", "", "", always, 1, ""},
}

func TestEveryFaultIsToldAndSurvived(t *testing.T) {
	for _, tr := range trials {
		t.Run(strings.ReplaceAll(tr.faults, "/", ":"), func(t *testing.T) {
			synctest.Test(t, tr.run)
		})
	}
}

// Those left out concern what is no connection, and have tests of their own: thin
// those of the estimate, the others those of the login (package bilibili).
func TestEveryFaultHasItsTrial(t *testing.T) {
	tried := map[string]bool{"thin": true, "no-scan": true, "no-confirm": true, "decline": true, "expire-code": true, "poll": true}
	for _, tr := range trials {
		for _, f := range faults(t, strings.Fields(tr.faults)...) {
			tried[f.Name] = true
		}
	}
	for _, name := range simroom.FaultNames() {
		if !tried[name] {
			t.Errorf("no trial has the fault %s", name)
		}
	}
}

func (tr trial) run(t *testing.T) {
	const room event.RoomID = 7734200
	ends, err := time.ParseDuration(tr.ends)
	if err != nil {
		t.Fatal(err)
	}
	archive, err := store.Open(context.Background(), filepath.Join(t.TempDir(), "archive"), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	w := newWorld(t, worldConfig{sim: simroom.Config{Rate: 1, Faults: faults(t, strings.Fields(tr.faults)...)}, archive: archive, keep: true})
	began := time.Now()
	w.join(520)
	pass(ends + tr.within + time.Minute)
	last := w.c.Rooms()[0]
	w.stop()
	ended := event.At(time.Now())
	cov, err := archive.Coverage(context.Background(), room, event.At(began), ended)
	if err != nil {
		t.Fatal(err)
	}
	kept := map[string]int{}
	var unread int64 // kept as they came
	dec := decoder.New(decoder.Limits{})
	for e, err := range archive.Query(context.Background(), event.Filter{Raw: true}) {
		if err != nil {
			t.Fatal(err)
		}
		kept[e.Key]++
		if _, err := dec.Events(nil, room, 0, e.Raw); err != nil || bytes.HasPrefix(e.Raw, []byte(`{"undecodable"`)) {
			unread++
		}
	}
	if err := archive.Close(); err != nil {
		t.Fatal(err)
	}

	var states, causes []string
	var online time.Duration
	sum := map[string]int{}
	for _, i := range w.published() {
		switch {
		case i.Event != nil:
			sum[i.Event.Key]++
		case i.Status != nil && i.Status.Since >= event.At(began.Add(2*time.Minute)) && i.Status.State != event.StateStopped:
			s := i.Status
			if !slices.Contains(states, string(s.State)) {
				states = append(states, string(s.State))
			}
			if s.State.Connected() {
				online = s.Since.Time().Sub(began)
			}
			if s.State != event.StateOnline && s.Advice == "" {
				t.Errorf("state %s (%s) says nothing of what to do", s.State, s.Detail)
			}
			if s.State == event.StateWaiting && (s.Until <= s.Since || s.Detail == "" || s.Cause == "") {
				t.Errorf("waiting without until, detail or cause: %+v", s)
			}
		}
	}
	if got := strings.Join(states, " "); got != tr.states {
		t.Errorf("states %q, want %q", got, tr.states)
	}
	for _, g := range cov.Gaps {
		if g.From >= event.At(began.Add(100*time.Second)) && g.Cause != event.CauseRestart && !slices.Contains(causes, string(g.Cause)) {
			causes = append(causes, string(g.Cause))
		}
	}
	if got := strings.Join(causes, " "); got != tr.gaps {
		t.Errorf("gaps %q, want %q; %+v", got, tr.gaps, cov.Gaps)
	}
	if tr.within != always {
		t.Logf("online %v after the end of the fault", online-ends)
	}
	if !last.State.Connected() || online-ends > tr.within {
		t.Errorf("online %v after the end of the fault, want at most %v; state %s", online-ends, tr.within, last.State)
	}
	if last.DecodeErrors < tr.errors || tr.errors == 0 && last.DecodeErrors > 0 {
		t.Errorf("%d decode errors, want %d", last.DecodeErrors, tr.errors)
	}
	if unread < tr.errors {
		t.Errorf("%d messages that could not be read are in the archive, want %d", unread, tr.errors)
	}
	for key, n := range sum {
		if key != "" && (n != 1 || kept[key] != 1) {
			t.Errorf("event %s was published %d times and archived %d times", key, n, kept[key])
		}
	}
	if n := len(kept); n < 100 {
		t.Errorf("%d keys in the archive", n)
	}
}

// The table users read is the one the test above has proved.
func TestTheTableOfFaultsIsInTheDocumentation(t *testing.T) {
	var b strings.Builder
	b.WriteString("| what goes wrong | states | gap in the archive | connected again | |\n| --- | --- | --- | --- | --- |\n")
	for _, tr := range trials {
		states, gaps, again := tr.states, tr.gaps, "at most "+words(tr.within)
		if states == "" {
			states = "online"
		}
		if gaps == "" {
			gaps = "none"
		}
		if tr.within == always {
			again = "never lost"
		}
		fmt.Fprintf(&b, "| %s <br>`%s` | %s | %s | %s | %s |\n", tr.what, tr.faults, strings.ReplaceAll(states, " ", " → "), strings.ReplaceAll(gaps, " ", ", then "), again, tr.note)
	}
	file := filepath.Join("..", "..", "docs", "connecting.md")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	const begin, end = "<!-- faults: written by go test ./internal/collector -update -->\n", "<!-- end of faults -->\n"
	before, rest, ok1 := bytes.Cut(text, []byte(begin))
	_, after, ok2 := bytes.Cut(rest, []byte(end))
	if !ok1 || !ok2 {
		t.Fatalf("%s has no place for the table", file)
	}
	want := slices.Concat(before, []byte(begin+b.String()+end), after)
	if *update {
		if err := os.WriteFile(file, want, 0o644); err != nil {
			t.Fatal(err)
		}
	} else if !bytes.Equal(text, want) {
		t.Errorf("%s does not have the table of this test: run go test ./internal/collector -update", file)
	}
}

func words(d time.Duration) string {
	if d < 2*time.Minute && d%time.Minute != 0 {
		return fmt.Sprintf("%.0f s", d.Seconds())
	}
	return fmt.Sprintf("%.0f min", d.Minutes())
}
