package gui

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"strconv"
	"strings"
	"time"

	"fyne.io/fyne/v2/lang"

	"danmaku/event"
	"danmaku/gui/model"
)

// Language is a language the window speaks.
type Language string

// The languages of the window.
const (
	Chinese  Language = "zh"
	English  Language = "en"
	Japanese Language = "ja"
)

// Languages returns the languages of the window with what each calls itself.
func Languages() []struct {
	Language Language
	Name     string
} {
	return []struct {
		Language Language
		Name     string
	}{{Chinese, "简体中文"}, {English, "English"}, {Japanese, "日本語"}}
}

// LanguageOf picks the language for a locale such as zh_CN.UTF-8 or ja-JP.
func LanguageOf(locale string) Language {
	switch l := strings.ToLower(locale); {
	case strings.HasPrefix(l, "zh"):
		return Chinese
	case strings.HasPrefix(l, "ja"):
		return Japanese
	}
	return English
}

func wordsOf(l Language) *words {
	switch l {
	case Chinese:
		return &chinese
	case Japanese:
		return &japanese
	}
	return &english
}

// translateToolkit gives the few words the toolkit says by itself, in the menu
// of an entry, in our language. For the toolkit the locale is always English;
// see package prelude.
func translateToolkit(w *words) {
	b, err := json.Marshal(map[string]string{"Cut": w.Cut, "Copy": w.Copy, "Paste": w.Paste, "Select all": w.SelectAll,
		"Undo": w.Undo, "Redo": w.Redo, "OK": w.OK, "Cancel": w.Cancel, "Quit": w.Close})
	if err == nil {
		err = lang.AddTranslationsForLocale(b, "en")
	}
	if err != nil {
		panic("gui: words for the toolkit: " + err.Error()) // plain texts: it takes them
	}
}

// count writes a number of people or things in few characters.
func (w *words) count(n int64) string {
	switch {
	case w.myriads && n >= 100_000_000:
		return short(float64(n)/1e8) + w.hundredMillion
	case w.myriads && n >= 10_000:
		return short(float64(n)/1e4) + w.tenThousand
	case n >= 1_000_000:
		return short(float64(n)/1e6) + "M"
	case !w.myriads && n >= 10_000:
		return short(float64(n)/1e3) + "k"
	}
	return event.Grouped(n)
}

func short(v float64) string {
	if v >= 100 {
		return strconv.FormatFloat(v, 'f', 0, 64)
	}
	return strings.TrimSuffix(strconv.FormatFloat(v, 'f', 1, 64), ".0")
}

// money writes an amount, with fen only when there are any.
func money(m event.Money) string {
	yuan, rest := int64(m)/1000, int64(m)%1000
	if rest < 0 {
		rest = -rest
	}
	s := "¥" + event.Grouped(yuan)
	if rest == 0 {
		return s
	}
	return s + "." + strings.TrimRight(fmt.Sprintf("%03d", rest), "0")
}

// many writes a sentence about n things; in a format {s} is the ending of a word
// for any number of them but one.
func many(format string, n int64, values ...any) string {
	ending := "s"
	if n == 1 {
		ending = ""
	}
	return fmt.Sprintf(strings.ReplaceAll(format, "{s}", ending), values...)
}

// clock writes a length of time as 1:02:03.
func clock(d time.Duration) string {
	s := max(0, int(d/time.Second))
	if s < 3600 {
		return fmt.Sprintf("%d:%02d", s/60, s%60)
	}
	return fmt.Sprintf("%d:%02d:%02d", s/3600, s/60%60, s%60)
}

// span writes a length of time for a sentence: 14 s, 3 min, 2 h 5 min.
func (w *words) span(d time.Duration) string {
	switch {
	case d < 100*time.Second:
		return fmt.Sprintf(w.Seconds, max(1, int(d/time.Second)))
	case d < 100*time.Minute:
		return fmt.Sprintf(w.Minutes, int(d/time.Minute))
	}
	return fmt.Sprintf(w.Hours, int(d/time.Hour), int(d/time.Minute)%60)
}

// guard names a guard level.
func (w *words) guard(level int) string {
	if level < 1 || level > 3 {
		return w.Guards[0]
	}
	return w.Guards[level]
}

// state names what a room's session is doing.
func (w *words) state(s *event.Status) string {
	if s.State == event.StateOnline && s.Live {
		return w.Live
	}
	if t, ok := w.States[s.State]; ok {
		return t
	}
	return string(s.State)
}

// trouble says what is wrong with a room's connection and what to do about it;
// empty when nothing is.
func (w *words) trouble(s *event.Status, now event.Millis) (title, advice string) {
	switch s.State {
	case event.StateOnline, event.StateOffline:
		return "", ""
	}
	title = w.state(s)
	if s.Until > now {
		title += " · " + fmt.Sprintf(w.NextTry, w.span(time.Duration(s.Until-now)*time.Millisecond))
	}
	if c, ok := w.Causes[s.Cause]; ok && s.Cause != "" && s.State == event.StateWaiting {
		title += " · " + c
	}
	if a, ok := w.Advice[s.State]; ok {
		advice = a
	} else {
		advice = s.Advice
	}
	if a, ok := w.Masked[s.Masking]; ok {
		advice = a
	}
	return title, advice
}

// joinError says why a room could not be joined: by its state, if that is
// known, or else in the words of the error.
func (w *words) joinError(s *event.Status, err error, now event.Millis) string {
	if title, advice := w.trouble(s, now); advice != "" {
		return join(title, advice)
	}
	return fmt.Sprintf(w.JoinFailed, w.reason(err))
}

// What an error is about, beside the codes of a relay's refusals; see reason.
const (
	reasonTime       = "timeout"
	reasonNetwork    = "network"
	reasonPermission = "permission"
	reasonDisk       = "disk"
)

// reason says what an error is about in the window's language, when it is known,
// or else in the error's own words.
func (w *words) reason(err error) string {
	var coded interface{ Code() string }
	var network net.Error
	kind := ""
	switch {
	case errors.As(err, &coded):
		kind = coded.Code()
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &network) && network.Timeout():
		kind = reasonTime
	case network != nil:
		kind = reasonNetwork
	case errors.Is(err, fs.ErrPermission):
		kind = reasonPermission
	case errors.Is(err, errDiskFull()):
		kind = reasonDisk
	}
	if text, ok := w.Reasons[kind]; ok {
		return text
	}
	return err.Error()
}

// line says what a short notice in the chat says.
func (w *words) line(r *model.Row) string {
	switch r.Kind {
	case model.RowGap:
		return w.gap(r)
	case model.RowLagged:
		return many(w.LaggedLine, int64(r.Lagged), r.Lagged)
	case model.RowLive:
		return w.LiveLine
	case model.RowOffline:
		return w.OfflineLine
	case model.RowTitle:
		return fmt.Sprintf(w.TitleLine, r.Text)
	case model.RowRedPacket:
		return join(fmt.Sprintf(w.RedPacketLine, r.Name), r.Text)
	case model.RowLottery:
		return join(fmt.Sprintf(w.LotteryLine, r.Item), r.Text)
	case model.RowModeration:
		if f, ok := w.Moderation[r.Action]; ok {
			return join(strings.TrimSpace(strings.ReplaceAll(f, "{who}", r.Detail)), r.Text)
		}
		return join(r.Action, r.Text)
	case model.RowArrival:
		return r.Name + " " + w.Arrivals[r.Action]
	}
	return r.Text
}

func join(a, b string) string {
	if b == "" {
		return a
	}
	return a + " · " + b
}

func (w *words) gap(r *model.Row) string {
	cause, ok := w.Causes[event.Cause(r.Action)]
	if !ok {
		cause = r.Action
	}
	if r.Until == 0 {
		return fmt.Sprintf(w.GapOpen, cause)
	}
	return fmt.Sprintf(w.GapLine, w.span(time.Duration(r.Until-r.At)*time.Millisecond), cause)
}

// ruleError says what is wrong with a rule, and where.
func (w *words) ruleError(e *event.RuleError) string {
	if t, ok := w.RuleProblems[e.Problem]; ok {
		if e.Token != "" {
			return fmt.Sprintf(w.RuleProblem, e.Token, t)
		}
		return t
	}
	return e.Error()
}

// guardBought says what somebody bought: a captaincy for two months.
func (w *words) guardBought(r *model.Row) string {
	verb := w.GuardNew
	if r.Action == "renewal" {
		verb = w.GuardRenewed
	}
	name := r.Item
	if r.Level > 0 && (name == "" || w != &chinese) {
		name = w.guard(r.Level)
	}
	unit := r.Unit
	if u, ok := w.Units[unit]; ok {
		unit = u
	}
	s := fmt.Sprintf(verb, name)
	if r.Count > 1 || unit != "" {
		s += fmt.Sprintf(" × %d%s", r.Count, strings.TrimPrefix(unit, "*"))
	}
	return s
}
