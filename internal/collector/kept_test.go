package collector

import (
	"bytes"
	"context"
	"hash/maphash"
	"testing"

	"danmaku/decoder"
	"danmaku/event"
	"danmaku/store"
)

// kept is what an archive holds, to be compared with what a room has said.
type kept struct {
	dec       *decoder.Decoder
	seed      maphash.Seed
	commands  map[uint64]int // not asked for yet, by what they say
	keys      map[string]bool
	last      int64 // seq
	undecoded int   // messages that could not be read
}

// readKept reads the whole archive; an event that is in it twice, or out of
// order, fails the test.
func readKept(t *testing.T, archive *store.Archive) *kept {
	t.Helper()
	k := &kept{dec: decoder.New(decoder.Limits{}), seed: maphash.MakeSeed(), commands: map[uint64]int{}, keys: map[string]bool{}}
	for e, err := range archive.Query(context.Background(), event.Filter{Raw: true}) {
		if err != nil {
			t.Fatal(err)
		}
		if e.Key != "" && k.keys[e.Key] {
			t.Errorf("event %s is archived twice", e.Key)
		}
		k.keys[e.Key] = true
		if e.Seq <= k.last {
			t.Errorf("seq %d after %d", e.Seq, k.last)
		}
		k.last = e.Seq
		if bytes.HasPrefix(e.Raw, []byte(`{"undecodable"`)) {
			k.undecoded++
		}
		k.commands[maphash.Bytes(k.seed, e.Raw)]++
	}
	return k
}

// has reports whether a command of the room is in the archive. Each that is
// there counts once; again: all there are of these bytes have been asked for.
// Without identity, the same to the byte, and said again just after a
// reconnect, a command is taken for what a server says again then.
func (k *kept) has(room event.RoomID, command []byte) (there, again bool) {
	h := maphash.Bytes(k.seed, command)
	if n, met := k.commands[h]; met {
		k.commands[h] = max(0, n-1)
		return true, n == 0
	}
	// What told again what another command had told is there by its key.
	events, err := k.dec.Events(nil, room, 0, command)
	return err == nil && len(events) == 1 && events[0].Key != "" && k.keys[events[0].Key], false
}
