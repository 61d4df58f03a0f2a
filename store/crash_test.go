package store

import (
	"bufio"
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"danmaku/event"
)

var (
	killRounds = flag.Int("kill-rounds", 3, "how many times a writing program is killed")
	tornRounds = flag.Int("torn-rounds", 25, "how many write-ahead logs are torn")
)

// crashSeed in the environment makes this test program the one that is killed.
const crashSeed = "STORE_TEST_CRASH_SEED"

func TestMain(m *testing.M) {
	if seed := os.Getenv(crashSeed); seed != "" {
		n, err := strconv.ParseUint(seed, 10, 64)
		if err == nil {
			err = appendForEver(os.Getenv(crashSeed+"_FILE"), n)
		}
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// crashBatch is the n-th batch of a program with a seed. Keys are its own.
func crashBatch(seed, n uint64) []event.Event {
	g := newGenerator(seed*1_000_003 + n)
	batch := g.batch(1 + g.IntN(120))
	for i := range batch {
		if batch[i].Key != "" {
			batch[i].Key += fmt.Sprintf("-%d-%d", seed, n)
		}
	}
	return batch
}

// appendForEver writes batches and tells on standard output what was acknowledged.
func appendForEver(path string, seed uint64) error {
	ctx := context.Background()
	a, err := Open(ctx, path, Options{partSize: 4096})
	if err != nil {
		return err
	}
	if err := a.Online(ctx, 1, event.Millis(seed)); err != nil {
		return err
	}
	for n := uint64(0); ; n++ {
		stored, err := a.Append(ctx, crashBatch(seed, n))
		if err != nil {
			return err
		}
		if _, err := fmt.Println(n, stored[0].Seq); err != nil {
			return err
		}
	}
}

func TestAKilledProgramLosesNothingItAcknowledged(t *testing.T) {
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "archive.db")
	var acknowledged, kept int
	for round := range *killRounds {
		if round%10 == 0 { // not for ever the same file
			path = filepath.Join(t.TempDir(), "archive.db")
		}
		seed := uint64(round + 1)
		cmd := exec.Command(exe)
		cmd.Env = append(os.Environ(), fmt.Sprintf("%s=%d", crashSeed, seed), fmt.Sprintf("%s_FILE=%s", crashSeed, path))
		cmd.Stderr = os.Stderr
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		first := []int64{} // positions of the acknowledged batches
		kill := 5 + rand.IntN(60)
		in := bufio.NewScanner(out)
		for in.Scan() {
			var n int
			var seq int64
			if k, err := fmt.Sscan(in.Text(), &n, &seq); k != 2 || n != len(first) {
				t.Fatalf("%q: %v", in.Text(), err)
			}
			first = append(first, seq)
			if len(first) == kill {
				if err := cmd.Process.Kill(); err != nil { // SIGKILL, in the middle of the next batch
					t.Fatal(err)
				}
			}
		}
		cmd.Wait() // its error is that it was killed
		if len(first) < kill {
			t.Fatalf("the program ended by itself after %d batches", len(first))
		}
		a := openAt(t, path, Options{})
		for n, seq := range first {
			want := crashBatch(seed, uint64(n))
			for i := range want {
				want[i].Seq = seq + int64(i)
			}
			same(t, ask(t, a, event.Filter{After: seq - 1, Before: seq + int64(len(want)), Raw: true}), want)
			acknowledged += len(want)
		}
		kept += int(sound(t, a).Events)
		if t.Failed() {
			t.Fatalf("round %d", round)
		}
		a.Close()
	}
	t.Logf("%d rounds, %d acknowledged events all there, %d kept in all files, every file sound", *killRounds, acknowledged, kept)
}

func TestATornLogLosesWholeBatchesFromItsEndOnly(t *testing.T) {
	ctx := context.Background()
	a := open(t, Options{partSize: 1024})
	g := newGenerator(61)
	all := appendAll(t, a, g.batch(600))
	if err := a.checkpoint(ctx); err != nil { // so that the file has a schema
		t.Fatal(err)
	}
	borders := map[int64]bool{int64(len(all)): true}
	for range 60 {
		all = append(all, appendAll(t, a, g.batch(1+g.IntN(60)))...)
		borders[int64(len(all))] = true
	}
	read := func(path string) []byte {
		t.Helper()
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	file, log := read(a.path), read(a.path+"-wal")
	if len(log) < 1<<20 {
		t.Fatalf("the log has only %d bytes", len(log))
	}
	sum := 0
	for round := range *tornRounds {
		path := filepath.Join(t.TempDir(), "torn.db")
		torn := append([]byte(nil), log[:g.IntN(len(log))]...)
		var spoilt []string
		for range g.IntN(4) {
			if n := len(torn); n > 0 {
				at := n - 1 - g.IntN(min(n, 20000))
				torn[at] ^= 1 << g.IntN(8)
				spoilt = append(spoilt, strconv.Itoa(at))
			}
		}
		if err := os.WriteFile(path, file, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path+"-wal", torn, 0o600); err != nil {
			t.Fatal(err)
		}
		what := fmt.Sprintf("round %d: cut at %d of %d, spoilt at %s", round, len(torn), len(log), strings.Join(spoilt, " "))
		b, err := Open(ctx, path, Options{})
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		got := ask(t, b, event.Filter{Raw: true})
		if !borders[int64(len(got))] {
			t.Fatalf("%s: %d events, that is no border of a batch", what, len(got))
		}
		same(t, got, all[:len(got)])
		sound(t, b)
		// And it goes on from there.
		appendAll(t, b, all[len(got):min(len(all), len(got)+20)])
		if err := b.Close(); err != nil || t.Failed() {
			t.Fatalf("%s: %v", what, err)
		}
		sum += len(got)
	}
	t.Logf("%d torn logs: every file sound and at the border of a batch; %d of %d events left on average", *tornRounds, sum / *tornRounds, len(all))
}
