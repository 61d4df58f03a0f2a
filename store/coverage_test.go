package store

import (
	"context"
	"reflect"
	"testing"
	"time"

	"danmaku/event"
)

func TestCoverageIsWhatWasOnlineAndTheRestHasCauses(t *testing.T) {
	ctx := context.Background()
	a := open(t, Options{})
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(a.Online(ctx, 1, 1000))
	appendAll(t, a, []event.Event{{Platform: event.Bilibili, Room: 1, Kind: event.KindComment, At: 1, Received: 1500}})
	must(a.Alive(ctx, 1, 3000))
	must(a.Gone(ctx, 1, 4000, event.CauseNetwork, "reset by peer"))
	must(a.Online(ctx, 1, 6000))
	must(a.Alive(ctx, 1, 7000))
	// The program is killed; another one starts.
	b := openAt(t, a.path, Options{})
	must(b.Gone(ctx, 1, 8000, event.CauseToken, "no token")) // could not even connect
	must(b.Online(ctx, 1, 9000))
	must(b.Alive(ctx, 1, 9500))
	must(b.Online(ctx, 2, 1)) // another room does not matter

	ms := func(m event.Millis) *event.Millis { return &m }
	span := func(from, to event.Millis) event.Span { return event.Span{From: from, To: to} }
	gap := func(from event.Millis, to *event.Millis, cause event.Cause, detail string) event.Gap {
		return event.Gap{Room: 1, From: from, To: to, Cause: cause, Detail: detail}
	}
	ended := "the program ended without saying so"
	for _, c := range []struct {
		from, to event.Millis
		spans    []event.Span
		gaps     []event.Gap
	}{
		{0, 0, []event.Span{span(1000, 4000), span(6000, 7000), span(9000, 9500)},
			[]event.Gap{gap(4000, ms(6000), event.CauseNetwork, "reset by peer"), gap(7000, ms(8000), event.CauseRestart, ""), gap(8000, ms(9000), event.CauseToken, "no token"), gap(9500, nil, event.CauseRestart, ended)}},
		{500, 2000, []event.Span{span(1000, 2000)}, []event.Gap{gap(500, ms(1000), event.CauseOfflineStart, "not recorded yet")}},
		{4500, 5500, []event.Span{}, []event.Gap{gap(4500, ms(5500), event.CauseNetwork, "reset by peer")}},
		{9100, 9900, []event.Span{span(9100, 9500)}, []event.Gap{gap(9500, ms(9900), event.CauseRestart, ended)}},
	} {
		got, err := b.Coverage(ctx, 1, c.from, c.to)
		must(err)
		if want := (event.Coverage{Room: 1, Spans: c.spans, Gaps: c.gaps}); !reflect.DeepEqual(got, want) {
			t.Errorf("from %d to %d:\n got %+v\nwant %+v", c.from, c.to, got, want)
		}
	}
	if got, err := b.Coverage(ctx, 77, 0, 0); err != nil || len(got.Spans)+len(got.Gaps) != 0 {
		t.Errorf("a room never seen: %+v, %v", got, err)
	}
}

func TestASpanThatIsStillOpenIsNoGap(t *testing.T) {
	ctx := context.Background()
	a := open(t, Options{})
	now := event.At(time.Now())
	if err := a.Online(ctx, 1, now-60_000); err != nil {
		t.Fatal(err)
	}
	if err := a.Alive(ctx, 1, now); err != nil {
		t.Fatal(err)
	}
	got, err := a.Coverage(ctx, 1, 0, 0)
	if err != nil || len(got.Gaps) != 0 || len(got.Spans) != 1 || got.Spans[0] != (event.Span{From: now - 60_000, To: now}) {
		t.Errorf("%+v, %v", got, err)
	}
}
