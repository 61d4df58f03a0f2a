package relay

import (
	"bufio"
	"context"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"danmaku/internal/hub"
	"danmaku/protocol"
)

// clients installs the published clients into a folder of the test, or skips.
func clients(t *testing.T) string {
	t.Helper()
	if testing.Short() {
		t.Skip("installs npm packages: not in -short")
	}
	for _, program := range []string{"node", "npm"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skip(program + " is not installed")
		}
	}
	dir := t.TempDir()
	files, err := filepath.Glob("testdata/clients/*")
	if err != nil || len(files) < 3 {
		t.Fatal(files, err)
	}
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, filepath.Base(f)), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--legacy-peer-deps")
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Skipf("npm cannot install the clients here: %v\n%s", err, out)
	}
	return dir
}

func TestPublishedClientsOfThePlatformCountWhatWasSent(t *testing.T) {
	dir := clients(t)
	l := start(t, Config{Rooms: oneRoom()}, nil)
	u, err := url.Parse(l.server.URL)
	if err != nil {
		t.Fatal(err)
	}
	const count = 500
	for _, client := range []string{"bilibili-live-ws", "tiny-bilibili-ws"} {
		for _, protover := range []int{0, 1, 2, 3} {
			t.Run(fmt.Sprintf("%s protover %d", client, protover), func(t *testing.T) {
				cmd := exec.CommandContext(t.Context(), "node", "count.mjs", client, u.Hostname(), u.Port(), "21452505", fmt.Sprint(protover))
				cmd.Dir = dir
				cmd.Stderr = os.Stderr
				out, err := cmd.StdoutPipe()
				if err != nil {
					t.Fatal(err)
				}
				if err := cmd.Start(); err != nil {
					t.Fatal(err)
				}
				defer cmd.Wait()
				defer cmd.Process.Kill()
				deadline := time.AfterFunc(5*time.Minute, func() { cmd.Process.Kill() })
				defer deadline.Stop()

				seen, heartbeats, live := map[string]int{}, 0, false
				lines := bufio.NewScanner(out)
				for (len(seen) < count || heartbeats == 0) && lines.Scan() {
					word, value, _ := strings.Cut(lines.Text(), " ")
					switch word {
					case "live":
						live = true
						l.hub.Publish(storm(count))
					case "heartbeat":
						heartbeats++
						if value != "1" {
							t.Errorf("popularity %q", value)
						}
					case "msg":
						seen[value]++
					default:
						t.Fatalf("the client says %q", lines.Text())
					}
				}
				if !live || len(seen) != count || heartbeats == 0 {
					t.Fatalf("live %t, %d of %d commands, %d heartbeats answered", live, len(seen), count, heartbeats)
				}
				for n, times := range seen {
					if times != 1 {
						t.Errorf("command %s came %d times", n, times)
					}
				}
			})
		}
	}
}

func TestThePublishedClientOfTheEventBridgeHearsWhatHappens(t *testing.T) {
	dir := clients(t)
	const token = "reader-token-000000"
	tokens, err := ParseTokens([]byte("read " + token))
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]Config{"open": {Rooms: oneRoom()}, "token": {Rooms: oneRoom(), Tokens: tokens}} {
		t.Run(name, func(t *testing.T) {
			l := start(t, c, nil)
			u, err := url.Parse(l.server.URL)
			if err != nil {
				t.Fatal(err)
			}
			cmd := exec.CommandContext(t.Context(), "node", "bridge.mjs", u.Hostname(), u.Port())
			if c.Tokens != nil {
				cmd.Args = append(cmd.Args, token)
			}
			cmd.Dir = dir
			cmd.Stderr = os.Stderr
			out, err := cmd.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			defer cmd.Wait()
			defer cmd.Process.Kill()
			deadline := time.AfterFunc(5*time.Minute, func() { cmd.Process.Kill() })
			defer deadline.Stop()
			want := []string{"rooms 21452505 7", "live ", "message 21452505", "gift 21452505", "superchat 21452505", "toast 21452505", "superchat-delete 21452505"}
			lines := bufio.NewScanner(out)
			for _, w := range want {
				if !lines.Scan() || lines.Text() != w {
					t.Fatalf("the client says %q, want %q", lines.Text(), w)
				}
				if w == "live " {
					l.say(evening(21452505)...)
				}
			}
		})
	}
}

// storm is so many commands in bundles of every kind.
func storm(count int) (items []hub.Item) {
	for n := 0; n < count; {
		var commands [][]byte
		for range min(1+n%10, count-n) {
			commands = append(commands, command(n))
			n++
		}
		m := bundleOf([]protocol.Version{protocol.Brotli, protocol.Zlib, protocol.Plain}[n%3], commands...)
		items = append(items, hub.Item{Bundle: &hub.Bundle{Room: 21452505, Message: m}})
	}
	return items
}
