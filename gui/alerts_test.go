package gui

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"danmaku/event"
)

func TestAnAlertPlaysASoundAndShowsANotification(t *testing.T) {
	played, shown := make(chan struct{}, 8), make(chan string, 8)
	w := newTestWindow(t, Config{Locale: "en", Notify: func(title, text string) { shown <- title + "|" + text },
		Sound: func(context.Context) error { played <- struct{}{}; return nil }, SoundBy: "a bell"}, 1280, 720)
	give(t, w, liveStatus(testRoom))
	w.openRules(rulesAlert)
	s := sheetOf(t, w)
	s.entry.SetText("抽奖")
	s.add()
	expect(t, "the sheet", onScreen(w.sheet.pop.Content), "抽奖", "played by a bell")
	give(t, w, commentItem(1, "抽奖啦"), commentItem(2, "抽奖啦"), commentItem(3, "别的"))
	<-played
	if got := <-shown; got != "主播21452505|观众1: 抽奖啦" {
		t.Errorf("it says %q", got)
	}
	waitFor(t, w, func() bool { return !w.sounding })
	w.settings.AlertsOff = true
	w.alerts.Set(nil)
	w.applyAlerts()
	old := commentItem(4, "抽奖")
	give(t, w, old)
	w.settings.AlertsOff = false
	old.Event.Backlog = true
	give(t, w, old)
	if w.rung != 1 {
		t.Errorf("%d alerts", w.rung)
	}
	w.settings.Alerts[0].Silent = true
	w.applyAlerts()
	now := event.At(w.now().Time())
	give(t, w, Item{Event: &event.Event{Room: testRoom, Kind: event.KindSuperChat, At: now, Received: now, User: &event.User{Name: "rich"},
		SuperChat: &event.SuperChat{ID: "1", Text: "抽奖", Price: 30_000}}})
	if got := <-shown; !strings.Contains(got, "rich ¥30: 抽奖") {
		t.Errorf("it says %q", got)
	}
	if len(played) != 0 {
		t.Error("a silent alert is heard")
	}
	w.closeSheet()
}

func TestAnAlertStandsInTheWindowWhenTheDesktopShowsNone(t *testing.T) {
	none := errors.New("no program shows notifications")
	w := newTestWindow(t, Config{Locale: "en", Notify: func(string, string) { t.Error("shown to nobody") }, Notifies: func() error { return none }}, 1280, 720)
	give(t, w, liveStatus(testRoom))
	w.openRules(rulesAlert)
	waitFor(t, w, func() bool { return w.unheard })
	expect(t, "the sheet", onScreen(w.sheet.pop.Content), "This desktop shows no notifications")
	s := sheetOf(t, w)
	s.entry.SetText("抽奖")
	s.add()
	w.closeSheet()
	give(t, w, commentItem(1, "抽奖啦"))
	waitFor(t, w, func() bool { return w.called.box.Visible() })
	expect(t, "the window", onScreen(w.called.box), "主播21452505 · 观众1: 抽奖啦", "OK")
	w.called.second(time.Now().Add(time.Hour))
	if !w.called.box.Visible() {
		t.Error("it goes before it was seen")
	}
	w.called.undo.tap()
	if w.called.box.Visible() {
		t.Error("it stays when it was seen")
	}
}

// sheetOf is the sheet of rules that is open.
func sheetOf(t *testing.T, w *Window) *ruleSheet {
	t.Helper()
	if w.rules == nil {
		t.Fatal("the rules are not open")
	}
	return w.rules
}

func TestTheRulesStandBelowWhatIsSaidOfThem(t *testing.T) {
	w := newTestWindow(t, Config{Locale: "en"}, 480, 720)
	w.settings.Mutes = []string{"草"}
	w.openRules(rulesHighlight)
	s := sheetOf(t, w)
	below := func(when string) {
		t.Helper()
		if top := s.body.Objects[0]; s.list.Position().Y < top.Position().Y+top.MinSize().Height {
			t.Errorf("%s: the list begins at %v, what is above it ends at %v", when, s.list.Position().Y, top.Position().Y+top.MinSize().Height)
		}
	}
	below("at first")
	s.choose(rulesMute)
	below("with a longer text above it")
	s.entry.SetText("usr:me")
	below("with a mistake")
}

func TestAMistakeInARuleIsMarkedUnderTheBox(t *testing.T) {
	w := newTestWindow(t, Config{Locale: "en"}, 480, 720)
	w.openRules(rulesHighlight)
	s := sheetOf(t, w)
	s.entry.SetText("草 usr:me")
	expect(t, "the sheet", onScreen(w.sheet.pop.Content), `"usr"`, "no such field")
	if s.wrong == nil || s.mark.cell.nRect != 1 || s.mark.cell.rects[0].Position().X < 20 {
		t.Error("the mistake is not marked at its place")
	}
	s.add()
	if len(w.settings.Highlights) != 0 {
		t.Error("a wrong rule was taken")
	}
	s.entry.SetText(" 草 ")
	if s.wrong != nil || s.mark.cell.nRect != 0 {
		t.Error("the mark stays")
	}
	s.add()
	s.entry.SetText("草")
	s.add()
	if got := savedSettings(t, w).Highlights; len(got) != 1 || got[0] != "草" {
		t.Errorf("remembered: %q", got)
	}
	give(t, w, liveStatus(testRoom), commentItem(1, "草"))
	if f := w.model.Shown().Chat; !f.Row(f.First()).Highlight {
		t.Error("the rule is not in use")
	}
	s.choose(rulesMute)
	s.entry.SetText("spam")
	s.add()
	give(t, w, commentItem(2, "spam"))
	if shown := onScreen(w.chat.body); strings.Contains(shown, "spam") {
		t.Errorf("in spite of the mute:\n%s", shown)
	}
	s.remove(0)
	if len(w.settings.Mutes) != 0 {
		t.Error("a rule cannot be removed")
	}
	w.frame(time.Now())
	expect(t, "without the rule", onScreen(w.chat.body), "spam")
	s.toggleHelp()
	expect(t, "the help", onScreen(w.sheet.pop.Content), "kind:superchat price>30")
}

func TestEveryExampleOfTheHelpIsARule(t *testing.T) {
	w := newTestWindow(t, Config{Locale: "en"}, 1280, 720)
	w.openRules(rulesAlert)
	s := sheetOf(t, w)
	n := 0
	for _, o := range s.help.Objects {
		if b, ok := o.(*button); ok {
			b.Tapped(nil)
			n++
			if s.wrong != nil || s.entry.Text == "" {
				t.Errorf("%q: %v", s.entry.Text, s.wrong)
			}
		}
	}
	if n < 10 {
		t.Errorf("%d examples", n)
	}
}

func TestAPersonIsWatchedForFromTheMenuAndNoLonger(t *testing.T) {
	shown := make(chan string, 8)
	w := newTestWindow(t, Config{Locale: "en", Notify: func(title, text string) { shown <- text }}, 1280, 720)
	give(t, w, liveStatus(testRoom), commentItem(7, "first"))
	row := w.model.Shown().Chat.Row(w.model.Shown().Chat.First())
	w.alertItem(row).Action()
	expect(t, "the notice", onScreen(w.notice.box), "观众7 · alerts are on", "Undo")
	give(t, w, commentItem(7, "again"), commentItem(8, "somebody else"))
	if got := <-shown; got != "观众7: again" {
		t.Errorf("it says %q", got)
	}
	if list := savedSettings(t, w).Alerts; len(list) != 1 || list[0].Rule != `user:"7"` {
		t.Errorf("remembered: %+v", list)
	}
	if got := w.ruleName(`user:"7"`); got != `观众7  ·  user:"7"` {
		t.Errorf("the rule is called %q", got)
	}
	w.notice.takeBack()
	if len(w.settings.Alerts) != 0 || w.notice.box.Visible() {
		t.Errorf("after undoing it: %+v", w.settings.Alerts)
	}
	w.alertItem(row).Action()
	w.alertItem(row).Action() // the menu offers the opposite now
	if len(w.settings.Alerts) != 0 {
		t.Errorf("after taking the person off: %+v", w.settings.Alerts)
	}
	w.notice.takeBack()
	if len(w.settings.Alerts) != 1 {
		t.Errorf("after undoing that: %+v", w.settings.Alerts)
	}
	w.notice.show("x", func() {})
	w.notice.second(w.notice.until.Add(1))
	if w.notice.box.Visible() {
		t.Error("a notice stays for ever")
	}
	w.tasks.Wait()
}
