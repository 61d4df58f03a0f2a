package simroom

import (
	"bytes"
	"encoding/json"
	"testing"
	"testing/synctest"
	"time"

	"danmaku/protocol"
)

func TestBadPacketsComeBetweenTheOthers(t *testing.T) {
	for _, name := range []string{"corrupt", "truncated", "bomb=1", "zlib-bomb=1", "giant=1", "bad-length", "zero-length", "short-header", "bad-json", "bad-utf8", "bad-type"} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s, g := faulty(t, "event", name+"@10s/3s")
				sock := g.join(home, 3)
				began := time.Now()
				var got [][]byte
				odd := 0
				for time.Since(began) < 14*time.Second {
					_, b, err := sock.ws.ReadMessage()
					if err != nil {
						t.Fatalf("the connection ended: %v", err)
					}
					list, err := flatten(b)
					switch {
					case err != nil, len(b) > 1<<20:
						odd++
						continue
					case len(list) == 1 && oddCommand(list[0].Body):
						odd++
						continue
					}
					for _, p := range list {
						got = append(got, p.Body)
					}
				}
				if odd != 3 {
					t.Errorf("%d bad messages, want one a second for three seconds", odd)
				}
				said := s.Commands(home)
				for i := range got {
					if !bytes.Equal(got[i], said[i]) {
						t.Fatalf("command %d is not the one that was said", i)
					}
				}
			})
		})
	}
}

func oddCommand(b []byte) bool {
	return !json.Valid(b) || bytes.Contains(b, []byte(`"info":{"0"`)) || bytes.Contains(b, []byte("\xff\xfe"))
}

func TestABombIsSmallAndUnpacksToWhatItSays(t *testing.T) {
	s, err := New(Demo())
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"bomb", "zlib-bomb"} {
		p, _, err := protocol.Next(s.bad(Fault{Name: name, Value: "24"}, s.order[0]))
		if err != nil {
			t.Fatal(err)
		}
		if plain, err := decompress(p.Version, p.Body); err != nil || len(plain) != 24<<20 {
			t.Errorf("%s: %d bytes, %v", name, len(plain), err)
		}
	}
	if b := s.bad(Fault{Name: "bomb"}, s.order[0]); len(b) > 8<<10 {
		t.Errorf("a gigabyte is %d bytes", len(b))
	}
}

func TestAfterDuplicateTheLastMessagesComeAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, g := faulty(t, "event", "duplicate=5@10s")
		first := g.join(home, 3)
		var before [][]byte
		for {
			_, b, err := first.ws.ReadMessage()
			if err != nil {
				break
			}
			before = append(before, b)
		}
		again := g.join(home, 3)
		for i, want := range before[len(before)-5:] {
			_, b, err := again.ws.ReadMessage()
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(b, want) {
				t.Errorf("message %d is not the one from before", i)
			}
		}
	})
}

func TestOutOfOrderSwapsMessages(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, g := faulty(t, "event", "out-of-order@0s/30s")
		sock := g.join(home, 3)
		got := sock.commands(400)
		said := s.Commands(home)
		place := map[string]int{}
		for i, c := range said {
			place[string(c)] = i
		}
		back := 0
		for i := 1; i < len(got); i++ {
			if place[string(got[i])] < place[string(got[i-1])] {
				back++
			}
		}
		if back < 5 {
			t.Errorf("the order goes back %d times", back)
		}
	})
}
