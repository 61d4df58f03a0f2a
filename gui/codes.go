package gui

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"

	"danmaku/event"
)

// CodeProblem names why the room of an identity code was not joined.
type CodeProblem string

// Why an identity code is of no use.
const (
	CodeOther       CodeProblem = "other"
	CodeUnreadable  CodeProblem = "unreadable" // it cannot be a code
	CodeWrong       CodeProblem = "wrong"      // mistyped, or replaced by the streamer
	CodeRunning     CodeProblem = "running"    // the app is in that room already
	CodeCooling     CodeProblem = "cooling"    // it was a moment ago
	CodeFull        CodeProblem = "full"
	CodeAccess      CodeProblem = "access" // the app's keys are not accepted
	CodeClock       CodeProblem = "clock"
	CodeNotAllowed  CodeProblem = "not_allowed"
	CodeTooFrequent CodeProblem = "too_frequent"
	CodeNoKeys      CodeProblem = "no_keys"
)

// CodeError is an identity code that failed for a reason the window has advice
// for.
type CodeError struct {
	Problem CodeProblem
	Err     error
}

func (e *CodeError) Error() string { return e.Err.Error() }

// Unwrap returns the platform's error.
func (e *CodeError) Unwrap() error { return e.Err }

// codeList is the part of the account's sheet for identity codes.
type codeList struct {
	w     *Window
	body  []fyne.CanvasObject
	about *prose
	entry *field
	keep  *check
	row   *fyne.Container
	hint  *prose
	list  *fyne.Container
	doing task
	shown string // what the list shows
}

func newCodes(w *Window) *codeList {
	t := &w.words.Account
	v := &codeList{w: w, about: newProse(t.CodeWhy, dimInk), hint: newProse("", dimInk), list: container.NewVBox()}
	for _, p := range []*prose{v.about, v.hint} {
		p.restyle(w.palette)
	}
	v.entry = newField(w, t.CodeHint)
	v.entry.Password = true // somebody may be watching the screen, or a stream of it
	v.entry.OnSubmitted = func(string) { v.enter() }
	v.keep = newCheck(w, t.CodeKeep, nil)
	paste := newChip("", pasteIcon(), func() { v.entry.SetText(strings.TrimSpace(w.cfg.App.Clipboard().Content())) }).with(chipPlain)
	act := newChip(t.CodeEnter, nil, v.enter)
	for _, c := range []*chip{paste, act} {
		c.restyle(w.palette)
	}
	v.row = container.NewVBox(container.NewBorder(nil, nil, nil, container.NewHBox(paste, act), v.entry), v.keep)
	v.body = []fyne.CanvasObject{v.about, v.row, v.hint, v.list}
	return v
}

// refresh lists the codes as they fare now.
func (v *codeList) refresh() {
	w, t := v.w, &v.w.words.Account
	state := w.cfg.Account.State()
	text := t.CodeWhy
	if !state.Keys {
		text = t.CodeNoKeys
	}
	v.about.set(text)
	show(v.row, state.Keys)
	var names, lines []string
	var bad []bool
	for _, c := range state.Codes {
		name, line, wrong := v.describe(c)
		names, lines, bad = append(names, name), append(lines, line), append(bad, wrong)
	}
	if key := strings.Join(slices.Concat(names, lines), "\n"); key != v.shown {
		v.shown = key
		v.list.RemoveAll()
		for i := range names {
			v.list.Add(v.item(i, names[i], lines[i], bad[i]))
		}
	}
}

// describe says whose a code is and how it fares; never what it is.
func (v *codeList) describe(c CodeState) (name, line string, bad bool) {
	w, t := v.w, &v.w.words.Account
	kept := t.CodeOnce
	if c.Kept {
		kept = t.CodeKept
	}
	room := w.model.Room(c.Room)
	switch {
	case c.Room == 0:
		name = t.CodeFinding
	case room != nil:
		name = room.Name()
	default:
		name = fmt.Sprintf(w.words.RoomNumber, c.Room)
	}
	switch {
	case c.Problem != "":
		return name, v.problem(c.Problem), true
	case room != nil:
		return name, w.words.state(&room.Status) + " · " + kept, false
	case c.Room != 0:
		return name, t.CodeLeft + " · " + kept, false
	}
	return name, kept, false
}

func (v *codeList) problem(p CodeProblem) string {
	if text, ok := v.w.words.Account.CodeProblems[string(p)]; ok {
		return text
	}
	return v.w.words.Account.CodeProblems[string(CodeOther)]
}

// item is a code in the list, with a button that forgets it.
func (v *codeList) item(n int, name, line string, bad bool) fyne.CanvasObject {
	who, how := newProse(name, textInk), newProse(line, dimInk)
	if how.size = 12; bad {
		how.ink = badInk
	}
	drop := newChip(v.w.words.Account.CodeDrop, theme.DeleteIcon(), func() { v.drop(n) }).with(chipPlain)
	drop.restyle(v.w.palette)
	for _, p := range []*prose{who, how} {
		p.restyle(v.w.palette)
	}
	return container.New(padded{top: 6}, container.NewBorder(nil, nil, nil, container.NewCenter(drop), container.NewVBox(who, how)))
}

// enter joins the room of the code in the box.
func (v *codeList) enter() {
	w, t := v.w, &v.w.words.Account
	code, keep := v.entry.Text, v.keep.Checked
	if strings.TrimSpace(code) == "" || v.entry.Disabled() {
		return
	}
	v.hint.say(t.CodeAsking, dimInk)
	v.entry.Disable()
	v.doing.start(w, joinTimeout, func(ctx context.Context, show func(func())) {
		status, err := w.cfg.Account.EnterCode(ctx, code, keep)
		show(func() { v.entered(status, err) })
	})
}

func (v *codeList) entered(status event.Status, err error) {
	w, t := v.w, &v.w.words.Account
	v.entry.Enable()
	if status.Room != 0 {
		w.merge(w.model.Apply([]Item{{Status: &status}}, w.now()))
		w.selectRoom(w.model.Room(status.Room))
	}
	v.refresh()
	var known *CodeError
	switch {
	case err == nil:
		v.entry.SetText("")
		v.hint.say(t.CodeDone, goodInk)
	case errors.As(err, &known):
		v.hint.say(v.problem(known.Problem), badInk)
	default:
		v.hint.say(fmt.Sprintf(t.Failed, v.w.words.reason(err)), badInk)
	}
}

// drop forgets a code.
func (v *codeList) drop(n int) {
	w, t := v.w, &v.w.words.Account
	v.doing.start(w, joinTimeout, func(ctx context.Context, show func(func())) {
		err := w.cfg.Account.DropCode(ctx, n)
		show(func() {
			v.refresh()
			if err != nil {
				v.hint.say(fmt.Sprintf(t.Failed, v.w.words.reason(err)), badInk)
				return
			}
			v.hint.say(t.CodeDropped, goodInk)
		})
	})
}

// byCode reports whether a room is joined by an identity code.
func (w *Window) byCode(room event.RoomID) bool {
	return w.cfg.Account != nil && slices.ContainsFunc(w.cfg.Account.State().Codes, func(c CodeState) bool { return c.Room == room })
}
