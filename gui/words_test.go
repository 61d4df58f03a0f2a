package gui

import (
	"reflect"
	"regexp"
	"testing"
	"time"

	"danmaku/event"
	"danmaku/gui/model"
)

var verb = regexp.MustCompile(`%[a-z]|\{who\}`)

// eachWord calls do with every text of a catalogue and its name.
func eachWord(w *words, do func(name, text string)) { eachWordOf(reflect.ValueOf(w).Elem(), do) }

func eachWordOf(v reflect.Value, do func(name, text string)) {
	for i := range v.NumField() {
		name := v.Type().Field(i).Name
		switch f := v.Field(i); f.Kind() {
		case reflect.String:
			do(name, f.String())
		case reflect.Struct:
			eachWordOf(f, func(part, text string) { do(name+"."+part, text) })
		case reflect.Map:
			for _, k := range f.MapKeys() {
				do(name+"."+k.String(), f.MapIndex(k).String())
			}
		case reflect.Array:
			for k := range f.Len() {
				do(name+"."+string(rune('0'+k)), f.Index(k).String())
			}
		}
	}
}

func TestEveryLanguageSaysEverything(t *testing.T) {
	may := map[string]bool{"tenThousand": true, "hundredMillion": true, "Advice.connecting": true} // may be empty
	base := map[string]string{}
	eachWord(&chinese, func(name, text string) { base[name] = text })
	if len(base) < 100 {
		t.Fatalf("only %d texts found", len(base))
	}
	for _, l := range Languages() {
		seen := 0
		eachWord(wordsOf(l.Language), func(name, text string) {
			seen++
			if text == "" && !may[name] {
				t.Errorf("%s says nothing for %s", l.Language, name)
			}
			want := verb.FindAllString(base[name], -1)
			if got := verb.FindAllString(text, -1); !reflect.DeepEqual(got, want) {
				t.Errorf("%s: %s takes %v, in Chinese %v", l.Language, name, got, want)
			}
		})
		if seen != len(base) {
			t.Errorf("%s has %d texts, Chinese %d", l.Language, seen, len(base))
		}
	}
}

func TestTheBuiltInFontsHaveEveryLetterOfTheInterface(t *testing.T) {
	regular := fontRunes(regularFont)
	for _, l := range Languages() {
		eachWord(wordsOf(l.Language), func(name, text string) {
			for _, r := range text {
				if !regular.has(r) {
					t.Errorf("%s: %s has %q (%U), which would be a box on a bare machine", l.Language, name, r, r)
				}
			}
			if !boldable(text) {
				t.Errorf("%s: %s cannot be written in bold", l.Language, name)
			}
		})
	}
	for _, s := range []string{"草生える", "璃猫", "桜の検証", "ｗｗｗ", "《》「」…～ー", "ёЖ", "αβ", "①②③", "→★♪", "한국어ㅋㅋ", "㐂", "✿"} {
		for _, r := range s {
			if !regular.has(r) {
				t.Errorf("%q has no letter for %q", s, r)
			}
		}
	}
	if regular.has('ก') || regular.has('😀') {
		t.Error("the character map reads letters that are not there")
	}
}

func TestEveryStateAndCauseHasWords(t *testing.T) {
	states := []event.State{event.StateConnecting, event.StateOnline, event.StateWaiting, event.StateRiskControl, event.StateRefused,
		event.StateMasked, event.StateOffline, event.StateNotFound, event.StateLocked, event.StateStopped}
	for _, l := range Languages() {
		w := wordsOf(l.Language)
		for _, s := range states {
			if _, ok := w.States[s]; !ok {
				t.Errorf("%s: no word for state %s", l.Language, s)
			}
			st := event.Status{State: s}
			title, advice := w.trouble(&st, 0)
			fine := s == event.StateOnline || s == event.StateOffline
			if fine != (title == "") {
				t.Errorf("%s: state %s has trouble %q", l.Language, s, title)
			}
			if !fine && s != event.StateConnecting && advice == "" {
				t.Errorf("%s: no advice for state %s", l.Language, s)
			}
		}
		for _, c := range []event.Cause{event.CauseNetwork, event.CauseSilence, event.CauseToken, event.CauseRiskControl, event.CauseRefused,
			event.CauseRestart, event.CauseDisk, event.CauseOfflineStart, event.CauseUnknown} {
			if w.Causes[c] == "" {
				t.Errorf("%s: no word for cause %s", l.Language, c)
			}
		}
	}
}

func TestEveryReasonForHiddenNamesHasWordsOfItsOwn(t *testing.T) {
	for _, l := range Languages() {
		w := wordsOf(l.Language)
		said := map[string]bool{}
		for _, m := range []event.Masking{event.MaskedGuest, event.MaskedExpired, event.MaskedAlways} {
			if text := w.Masked[m]; text == "" || said[text] || w.MaskedThere[m] == "" {
				t.Errorf("%s: %s: %q, through a relay %q", l.Language, m, text, w.MaskedThere[m])
			}
			said[w.Masked[m]] = true
		}
	}
}

func TestEveryEndOfALoginHasWords(t *testing.T) {
	for _, l := range Languages() {
		for _, p := range []LoginProblem{LoginExpired, LoginVoid, LoginRefused, LoginRiskControl, LoginTooFrequent} {
			if wordsOf(l.Language).Account.Problems[string(p)] == "" {
				t.Errorf("%s: no words for %s", l.Language, p)
			}
		}
	}
}

func TestNumbersAreWrittenAsPeopleReadThem(t *testing.T) {
	for _, tt := range []struct{ got, want string }{
		{chinese.count(9999), "9,999"}, {chinese.count(12_345), "1.2万"}, {chinese.count(1_230_000), "123万"}, {chinese.count(210_000_000), "2.1亿"},
		{english.count(12_345), "12.3k"}, {english.count(2_000_000), "2M"},
		{money(30_000), "¥30"}, {money(1_234_500), "¥1,234.5"}, {money(100), "¥0.1"}, {money(0), "¥0"}, {money(19_990), "¥19.99"},
		{clock(59 * time.Second), "0:59"}, {clock(3723 * time.Second), "1:02:03"}, {clock(-time.Second), "0:00"},
		{english.span(14 * time.Second), "14 s"}, {chinese.span(130 * time.Minute), "2 小时 10 分钟"}, {english.span(0), "1 s"},
		{string(LanguageOf("zh_CN.UTF-8")), "zh"}, {string(LanguageOf("ja")), "ja"}, {string(LanguageOf("C")), "en"},
	} {
		if tt.got != tt.want {
			t.Errorf("%q, not %q", tt.got, tt.want)
		}
	}
}

func TestLinesAreSaidInEveryLanguage(t *testing.T) {
	gap := &model.Row{Kind: model.RowGap, At: 1000, Until: 15_000, Action: "network"}
	if got := english.line(gap); got != "Missed 14 s · network" {
		t.Error(got)
	}
	if got := chinese.line(&model.Row{Kind: model.RowGap, At: 1000, Action: "disk"}); got != "从这里开始缺失 · 磁盘已满或不可写" {
		t.Error(got)
	}
	guard := &model.Row{Kind: model.RowGuard, Level: 3, Item: "舰长", Count: 2, Unit: "月", Action: "renewal"}
	for w, want := range map[*words]string{&chinese: "续费了 舰长 × 2 个月", &english: "renewed Captain × 2 mo", &japanese: "が艦長を更新 × 2 か月"} {
		if got := w.guardBought(guard); got != want {
			t.Errorf("%q, not %q", got, want)
		}
	}
}
