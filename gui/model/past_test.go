package model

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"danmaku/event"
)

const hour = event.Millis(3_600_000)

// tenMinutes makes steps of ten minutes with comments, from a moment on.
func tenMinutes(from event.Millis, comments ...int64) []Step {
	var list []Step
	for i, n := range comments {
		list = append(list, Step{From: from + event.Millis(i)*600_000, Events: n, Comments: n, Gifts: event.Money(n) * 10})
	}
	return list
}

func TestThePastOfARoom(t *testing.T) {
	const day1, day2, day3 = 100 * hour, 124 * hour, 148 * hour
	var steps []Step
	steps = append(steps, tenMinutes(day1, 1, 2, 3)...)
	steps = append(steps, tenMinutes(day1+3*hour, 4)...)
	steps = append(steps, tenMinutes(day2, 5, 6)...)
	steps = append(steps, tenMinutes(day3, 7, 0, 8)...)
	told := []Broadcast{
		{From: day3 + 60_000, Title: "still on"},
		{From: day2, To: day2 + 2*hour, Title: "told"},
		{From: day2 + 10*hour, To: day2 + 11*hour, Title: "nothing recorded"},
	}
	var got []string
	for _, b := range Past(PastRoom{Room: 7, Streamer: "s"}, told, steps, 600_000) {
		if b.Room != 7 || b.Streamer != "s" {
			t.Errorf("%+v", b)
		}
		got = append(got, fmt.Sprintf("%s %v %d-%d %d ¥%d", b.Title, b.Told, (b.From-day1)/60_000, (b.To-day1)/60_000, b.Comments, b.Paid))
	}
	want := []string{
		"still on true 2881-2910 15 ¥150",
		"told true 1440-1560 11 ¥110",
		" false 180-190 4 ¥40",
		" false 0-30 6 ¥60",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("the past is\n%s\nnot\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if list := Past(PastRoom{}, nil, nil, 1); len(list) != 0 {
		t.Errorf("of nothing: %v", list)
	}
}

func TestRoughEndsAreTrimmed(t *testing.T) {
	steps := []Step{{From: 3000, Events: 1}, {From: 7000, Events: 1}}
	for _, tt := range []struct{ b, want Broadcast }{
		{Broadcast{From: 1000, To: 20_000, Rough: true}, Broadcast{From: 3000, To: 8000}},
		{Broadcast{From: 1000, To: 20_000, Rough: true, Told: true}, Broadcast{From: 1000, To: 8000, Told: true}},
		{Broadcast{From: 1000, To: 20_000, Told: true}, Broadcast{From: 1000, To: 20_000, Told: true}},
	} {
		got := tt.b
		if got.Trim(steps, 1000); got != tt.want {
			t.Errorf("%+v becomes %+v", tt.b, got)
		}
	}
}

func TestStepsSuitTheTimeTheyDivide(t *testing.T) {
	for _, tt := range []struct{ span, step event.Millis }{{10 * 60_000, 5_000}, {30 * 60_000, 10_000}, {3 * hour, 60_000}, {7 * hour, 120_000}, {24 * hour, 600_000}} {
		if got := ChartStep(0, tt.span); got != tt.step {
			t.Errorf("a chart of %d h has steps of %d s, not %d", tt.span/hour, got/1000, tt.step/1000)
		}
	}
	for _, span := range []event.Millis{1, hour, 240 * hour, 24 * 365 * hour, 24 * 365 * 10 * hour} {
		if n := span / ChartStep(0, span); n > 240 {
			t.Errorf("%d bars for %d h", n, span/hour)
		}
		if n := span / ListStep(0, span); n > 15_000 {
			t.Errorf("%d steps for %d h", n, span/hour)
		}
	}
}

func TestTicksAreRoundMomentsOfTheClock(t *testing.T) {
	from := event.At(time.Date(2026, 11, 22, 20, 7, 31, 0, time.Local))
	var labels []string
	for _, k := range Ticks(from, from+3*hour, 7) {
		labels = append(labels, k.Label)
	}
	if got := strings.Join(labels, " "); got != "20:30 21:00 21:30 22:00 22:30 23:00" {
		t.Error(got)
	}
	for _, span := range []event.Millis{60_000, hour, 40 * hour, 24 * 400 * hour} {
		if n := len(Ticks(from, from+span, 6)); n > 7 {
			t.Errorf("%d ticks for %d h", n, span/hour)
		}
	}
	if Ticks(5, 5, 3) != nil || Ticks(0, hour, 0) != nil {
		t.Error("ticks where there is no room")
	}
}

func TestTotalsUntilAMoment(t *testing.T) {
	steps := tenMinutes(0, 1, 2, 3)
	if got := Until(steps, 1_200_000, 600_000); got.Comments != 3 || got.Gifts != 30 {
		t.Errorf("%+v", got)
	}
}

func TestAPlayerKeepsTheTimeOfTheReplay(t *testing.T) {
	now := time.Unix(1000, 0)
	later := func(d time.Duration) { now = now.Add(d) }
	p := NewPlayer(10_000, 100_000)
	expect := func(what string, want event.Millis, playing bool) {
		t.Helper()
		if got := p.Position(now); got != want || p.Playing(now) != playing {
			t.Errorf("%s: at %d, playing %v; not %d, %v", what, got, p.Playing(now), want, playing)
		}
	}
	later(time.Hour)
	expect("before it plays", 10_000, false)
	p.Play(now)
	later(5 * time.Second)
	expect("playing", 15_000, true)
	p.SetSpeed(now, 4)
	later(5 * time.Second)
	expect("four times as fast", 35_000, true)
	p.Pause(now)
	later(time.Minute)
	expect("paused", 35_000, false)
	if _, ok := p.Wait(now, 36_000); ok {
		t.Error("a paused player comes to what is next")
	}
	p.Seek(now, 90_000)
	expect("after a seek while paused", 90_000, false)
	p.Play(now)
	if d, ok := p.Wait(now, 94_000); !ok || d != time.Second {
		t.Errorf("wait for %v, %v", d, ok)
	}
	if d, ok := p.Wait(now, 80_000); !ok || d != 0 {
		t.Errorf("wait for the past: %v, %v", d, ok)
	}
	later(time.Minute)
	expect("at the end", 100_000, false)
	p.Play(now)
	expect("played again", 10_000, true)
	p.Seek(now, 500_000)
	expect("beyond the end", 100_000, false)
	for range 10 {
		p.Faster(now)
	}
	if p.Speed() != 16 {
		t.Errorf("the fastest is %v", p.Speed())
	}
	for range 10 {
		p.Slower(now)
	}
	if p.Speed() != 0.5 {
		t.Errorf("the slowest is %v", p.Speed())
	}
}

func TestAReplayedEventKeepsWhatItSaysOfItsTime(t *testing.T) {
	now := time.Unix(2_000_000_000, 0)
	p := NewPlayer(0, 10)
	p.SetSpeed(now, 2)
	e := event.Event{Room: 5, At: 1000, Received: 1100, Backlog: true, SuperChat: &event.SuperChat{Seconds: 60, Start: 900, End: 60_900}}
	r := p.Replayed(&e, -1, now)
	if r.Room != -1 || r.At != 1000 || r.Received != event.At(now) || r.Backlog || r.SuperChat.Start != event.At(now) || r.SuperChat.End != event.At(now)+30_000 {
		t.Errorf("%+v, %+v", r, r.SuperChat)
	}
	if e.Room != 5 || e.SuperChat.Start != 900 {
		t.Error("the archive's own event was changed")
	}
}
