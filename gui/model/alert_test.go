package model

import (
	"testing"
	"time"

	"danmaku/event"
)

func alertOn(t *testing.T, text string) Alert {
	t.Helper()
	r, err := event.ParseRule(text, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return Alert{Rule: r, Sound: true}
}

func TestAnAlertRingsOnceAndSaysHowManyWereHeldBack(t *testing.T) {
	var a Alerts
	a.Set([]Alert{alertOn(t, "kind:superchat price>=100"), alertOn(t, "抽奖")})
	said := &event.Event{Kind: event.KindComment, Comment: &event.Comment{Text: "抽奖啦"}}
	paid := &event.Event{Kind: event.KindSuperChat, SuperChat: &event.SuperChat{Text: "抽奖", Price: 100_000}}
	var rung []Alarm
	ring := func(al Alarm) { rung = append(rung, al) }
	a.Check(&event.Event{Kind: event.KindComment, Comment: &event.Comment{Text: "别的"}}, 1000, ring)
	a.Check(said, 1000, ring)
	a.Check(said, 2000, ring)
	a.Check(said, 3000, ring)
	a.Check(paid, 3000, ring)
	a.Check(said, 1000+alertPause, ring)
	if len(rung) != 3 || rung[0].Alert != 1 || rung[1].Alert != 0 || rung[1].Event != paid || rung[2].More != 2 || !rung[0].Sound {
		t.Errorf("%+v", rung)
	}
}

func TestManyAlertsTogetherAreHeldBackToo(t *testing.T) {
	var list []Alert
	for range 20 {
		list = append(list, alertOn(t, "x"))
	}
	n := 0
	var a Alerts
	for i := range 20 {
		a.Set(list[i : i+1]) // another rule each time
		a.Check(&event.Event{Kind: event.KindComment, Comment: &event.Comment{Text: "x"}}, 5000, func(Alarm) { n++ })
	}
	if n != alertMost {
		t.Errorf("%d alerts at once", n)
	}
	a.Check(&event.Event{Kind: event.KindComment, Comment: &event.Comment{Text: "x"}}, 5000+alertWindow, func(Alarm) { n++ })
	if n != alertMost+1 {
		t.Error("no alert a minute later")
	}
}
