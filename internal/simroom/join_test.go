package simroom

import (
	"bytes"
	"encoding/json"
	"testing"
	"testing/synctest"
	"time"

	"danmaku/protocol"
)

func TestAPlainClientJoinsAndGetsWhatTheLedgerSays(t *testing.T) {
	for _, protover := range []int{0, 2, 3} {
		synctest.Test(t, func(t *testing.T) {
			c := Demo()
			c.Count, c.Record = 500, true
			s, g := start(t, c)
			began := time.Now()
			sock := g.join(7734200, protover)
			got := sock.commands(1)
			if d := time.Since(began); d > time.Second {
				t.Errorf("the first comment came after %v", d)
			}
			if name, _, _ := commandName(got[0]); name != "DANMU_MSG" {
				t.Errorf("the first command is %s", name)
			}
			for {
				list, err := sock.tryPackets()
				if err != nil {
					t.Fatal(err)
				}
				for _, p := range list {
					got = append(got, p.Body)
				}
				if len(got) >= len(s.Commands(7734200)) && finished(s) {
					break
				}
			}
			said := s.Commands(7734200)
			if len(got) != len(said) {
				t.Fatalf("%d commands arrived, %d were sent", len(got), len(said))
			}
			for i := range said {
				if !bytes.Equal(got[i], said[i]) {
					t.Fatalf("command %d differs:\n%s\n%s", i, got[i], said[i])
				}
				if !json.Valid(got[i]) {
					t.Fatalf("command %d is not JSON: %s", i, got[i])
				}
			}
			if sum := s.Sent()[0]; sum.Events != 500 {
				t.Errorf("%d events were sent instead of 500", sum.Events)
			}
		})
	}
}

func TestNowAndThenAMessageHoldsMoreThanItsBundle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, g := start(t, Demo())
		sock := g.join(home, 3)
		for range 100 {
			_, b, err := sock.ws.ReadMessage()
			if err != nil {
				t.Fatal(err)
			}
			first, rest, err := protocol.Next(b)
			if err != nil {
				t.Fatal(err)
			}
			if len(rest) == 0 {
				continue
			}
			second, rest, err := protocol.Next(rest)
			if err != nil || len(rest) != 0 || first.Version != protocol.Brotli || second.Version != protocol.Plain || !json.Valid(second.Body) {
				t.Errorf("%v and %v, %d bytes left, %v", first.Version, second.Version, len(rest), err)
			}
			return
		}
		t.Error("none in 100 messages")
	})
}

func finished(s *Server) bool {
	synctest.Wait()
	select {
	case <-s.Finished():
		return true
	default:
		return false
	}
}

func TestAHeartbeatIsAnsweredWithItsUncountedEcho(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := Demo()
		c.Rooms[0].Offline = true
		_, g := start(t, c)
		sock := g.join(7734200, 3)
		sock.send(protocol.Append(nil, protocol.Packet{Version: protocol.Control, Op: protocol.OpHeartbeat, Seq: 1, Body: []byte("[object Object]")}))
		for {
			_, b, err := sock.ws.ReadMessage()
			if err != nil {
				t.Fatal(err)
			}
			if b[11] != byte(protocol.OpHeartbeatReply) {
				continue
			}
			if len(b) != 35 || b[3] != 20 || string(b[20:]) != "[object Object]" {
				t.Errorf("the reply is %d bytes, says %d, and ends in %q", len(b), b[3], b[20:])
			}
			return
		}
	})
}
