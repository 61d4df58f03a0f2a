package collector

import (
	"context"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"danmaku/event"
	"danmaku/internal/simroom"
	"danmaku/store"
)

func TestTheLedgerOfAGiftStormSumsToWhatWasSent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx := context.Background()
		archive, err := store.Open(ctx, filepath.Join(t.TempDir(), "archive"), store.Options{})
		if err != nil {
			t.Fatal(err)
		}
		// The profile's storm lasts from 2m30s to 3m30s.
		w := newWorld(t, worldConfig{sim: simroom.Config{Profile: "event", Count: 11_000, Seed: 3}, archive: archive})
		w.join(520)
		<-w.platform.Finished()
		pass(time.Minute) // what is held back for a purchase's other messages is let go
		sent := w.platform.Sent()[0]
		if sent.Unheard != 0 || sent.Money[event.KindGift] == 0 || sent.Money[event.KindGuard] == 0 || sent.Money[event.KindSuperChat] == 0 || sent.Repeats[event.KindGuard] == 0 {
			t.Fatalf("too little was sent, or nobody heard it: %+v", sent)
		}
		w.stop()
		l, err := archive.Ledger(ctx, event.Filter{})
		if err != nil {
			t.Fatal(err)
		}
		var guards store.Sum
		for _, g := range l.Guards {
			guards.Events += g.Events
			guards.Money += g.Money
		}
		for _, c := range []struct {
			kind   event.Kind
			events int64
			money  event.Money
		}{
			{event.KindGift, l.Gifts.Events + l.FreeGifts.Events, l.Gifts.Money},
			{event.KindSuperChat, l.SuperChats.Events, l.SuperChats.Money},
			{event.KindGuard, guards.Events, guards.Money},
			{event.KindRedPacket, l.RedPackets.Events, l.RedPackets.Money},
		} {
			if c.money != sent.Money[c.kind] || c.events != sent.Kinds[c.kind] && c.kind != event.KindRedPacket {
				t.Errorf("%s: %d of %d in the ledger, %d of %d were sent", c.kind, c.events, c.money, sent.Kinds[c.kind], sent.Money[c.kind])
			}
		}
		total := sent.Money[event.KindGift] + sent.Money[event.KindSuperChat] + sent.Money[event.KindGuard] + sent.Money[event.KindRedPacket] - l.Deleted.Money
		if l.Total != total || l.Deleted.Events == 0 {
			t.Errorf("the total is %d, %d was sent and %d of it taken back", l.Total, total+l.Deleted.Money, l.Deleted.Money)
		}

		// Each figure comes from an event, and that from a command.
		var traced, paid event.Money
		for p, err := range archive.Purchases(ctx, event.Filter{Raw: true}) {
			if err != nil {
				t.Fatal(err)
			}
			if traced += p.Money; len(p.Event.Raw) == 0 {
				t.Errorf("event %d has no command", p.Event.Seq)
			}
		}
		payers, err := archive.Payers(ctx, event.Filter{})
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range payers {
			paid += p.Ledger.Total
		}
		if traced != total || paid != total {
			t.Errorf("the purchases sum up to %d and the persons' ledgers to %d, want %d", traced, paid, total)
		}
		if err := archive.Close(); err != nil {
			t.Fatal(err)
		}
	})
}
