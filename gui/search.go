package gui

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"

	"danmaku/event"
	"danmaku/gui/model"
)

const (
	searchPause   = 20 * time.Millisecond  // after the last key; the next one gives up what was begun
	searchFirst   = 20                     // hits that are shown at once: about a screen full
	searchSoon    = 10 * time.Millisecond  // or those found by then
	searchDraw    = 30 * time.Millisecond  // what they are given to be drawn in: without a graphics card that takes all processors
	searchShow    = 50 * time.Millisecond  // the others come so often while the rest is looked for
	searchPage    = 200                    // hits shown at once; more come when scrolled to the end
	searchStale   = 120 * time.Millisecond // how long the hits of the question before stay: a list that blinks at each key cannot be read
	searchScan    = 50_000                 // events looked at in one go, when the archive cannot find by itself
	searchTimeout = 20 * time.Second
	sidePanel     = 380
	personPage    = 500 // events a person's card reads at once; more come when scrolled to the end
	aroundSpan    = event.Millis(120_000)
	aroundRows    = 40 // on each side of a hit
)

// search is the page of the past: a box for a rule, what it finds in the
// archive, and beside it what was said around a hit, or all of one person.
type search struct {
	w      *Window
	box    *fyne.Container
	ground *pane
	entry  *field
	mark   *pane // under the box, where the mistake is
	help   *chip
	hint   *prose
	wrong  *event.RuleError
	chips  []*chip
	leave  *chip
	list   *feedView
	pen    *drawer

	side     *feedView
	sidePen  *drawer
	sideHead *pane
	sideShut *chip
	person   *person // nil: the side shows what was around a hit
	sideOpen bool
	from     page // where one is again when the side is shut

	cancel context.CancelFunc
	run    int   // counts the questions; answers to older ones are dropped
	oldest int64 // Seq of the last hit; 0: all are shown
	asking bool
	cut    bool // the page was left before there was an answer
	stale  bool // what is shown answers the question before

	asked time.Time     // when the box last changed
	took  time.Duration // from then until the first hits were shown, or that there are none
}

// person is what a card knows of somebody.
type person struct {
	id, name    string
	names       []string
	rooms       map[event.RoomID]int
	comments    int
	paid        event.Money
	first, last event.Millis
	oldest      int64 // Seq of the oldest event that was read, when there are more
	asking      bool
	problem     error // why not all could be read
}

func newSearch(w *Window) *search {
	s := &search{w: w, from: pageSearch}
	newPen := func() *drawer {
		d := *w.chatPen
		d.ruler, d.times, d.dates, d.rooms = newRuler(13), true, true, false
		return &d
	}
	s.pen, s.sidePen = newPen(), newPen()
	s.list, s.side = newFeedView(s.pen.chat), newFeedView(s.sidePen.chat)
	for v, pen := range map[*feedView]*drawer{s.list: s.pen, s.side: s.sidePen} {
		v.feed.Height = func(r *model.Row) float32 { return pen.chat(r, nil, false) }
		v.resized = func(width float32) { pen.width = width; v.feed.Relayout() }
		v.moved = func() { v.update(time.Now()); s.loadMore(); s.morePerson() }
		v.glideOff, v.quiet, v.fromTop = true, true, true
		v.menu = w.rowMenu
	}
	s.list.tapped = func(r *model.Row, _ fyne.Position) { s.around(r) }
	s.entry = newField(w, "")
	s.entry.OnChanged = func(string) { s.changed() }
	s.entry.keys = s.key
	s.mark = newPane(fyne.NewSize(1, 4), func(c *cell, size fyne.Size) { w.underline(c, size, s.entry.Text, s.wrong) })
	s.help = newChip("", theme.QuestionIcon(), w.openRuleHelp).with(chipBare)
	s.hint = newProse("", faintInk)
	s.leave = newChip("", theme.NavigateBackIcon(), func() { w.openPage(pageLive) }).with(chipBare)
	s.sideShut = newChip("", theme.CancelIcon(), s.shutSide).with(chipBare)
	for _, token := range []string{"", "kind:comment", "kind:superchat", "kind:gift", "kind:guard", "is:admin", "from:24h"} {
		s.chips = append(s.chips, newChip("", nil, func() { s.toggle(token) }).with(chipPlain))
	}
	s.ground = newPane(fyne.Size{}, func(c *cell, size fyne.Size) {
		if s.sideOpen && size.Width > 720 {
			c.rect(size.Width-sidePanel, 0, 1, size.Height, w.palette.edge, 0)
		}
	})
	s.sideHead = newPane(fyne.Size{}, s.paintSide)
	objects := []fyne.CanvasObject{s.ground, s.leave, s.entry, s.mark, s.help, s.hint}
	for _, c := range s.chips {
		objects = append(objects, c)
	}
	s.box = container.New(s, append(objects, s.list, s.sideHead, s.sideShut, s.side)...)
	return s
}

// key has the keys that go up and down go through what was found, also while the
// box has the focus: Enter or down picks the first.
func (s *search) key(k fyne.KeyName) bool {
	list := s.w.list()
	switch k {
	case fyne.KeyDown, fyne.KeyReturn, fyne.KeyEnter:
		if list.picked == nil {
			k = fyne.KeyReturn
		}
	case fyne.KeyUp, fyne.KeyPageUp, fyne.KeyPageDown:
	default:
		return false
	}
	return list.key(k)
}

// tokens are what the chips put into the box; the first is the room on show.
func (s *search) token(i int) string {
	if i == 0 {
		if r := s.w.model.One(); r != nil {
			return "room:" + r.Status.Room.String()
		}
		return ""
	}
	return []string{"kind:comment", "kind:superchat", "kind:gift", "kind:guard", "is:admin", "from:24h"}[i-1]
}

// toggle puts a token into the box or takes it out.
func (s *search) toggle(token string) {
	if token == "" {
		token = s.token(0)
	}
	words := strings.Fields(s.entry.Text)
	kept := words[:0]
	had := false
	for _, w := range words {
		if w == token {
			had = true
			continue
		}
		if strings.HasPrefix(token, "kind:") && strings.HasPrefix(w, "kind:") {
			continue // kinds replace each other
		}
		kept = append(kept, w)
	}
	if !had {
		kept = append(kept, token)
	}
	s.entry.SetText(strings.Join(kept, " "))
}

// Layout is part of fyne.Layout.
func (s *search) Layout(_ []fyne.CanvasObject, size fyne.Size) {
	place := func(o fyne.CanvasObject, x, y, w, h float32) {
		o.Move(fyne.NewPos(x, y))
		o.Resize(fyne.NewSize(max(0, w), max(0, h)))
	}
	place(s.ground, 0, 0, size.Width, size.Height)
	wide := size.Width > 720
	left := size.Width
	if s.sideOpen && wide {
		left -= sidePanel
	}
	place(s.leave, 8, 10, 34, 36)
	high := s.entry.MinSize().Height
	place(s.entry, 48, 9, left-48-14-38, high)
	// A hint wider than the box would make it scroll.
	if hint := cutTo(s.w.words.SearchHint, theme.TextSize(), false, left-48-14-38-2*theme.InnerPadding()); hint != s.entry.PlaceHolder {
		s.entry.SetPlaceHolder(hint)
	}
	place(s.mark, 48, 9+high, left-48-14-38, 4)
	place(s.help, left-46, 10, 34, 36)
	x, y := float32(14), float32(52)
	for i, c := range s.chips {
		m := c.MinSize()
		if s.token(i) == "" {
			continue
		}
		if x+m.Width > left-14 && x > 14 {
			x, y = 14, y+34
		}
		place(c, x, y, m.Width, 28)
		x += m.Width + 6
	}
	y += 34
	place(s.hint, 16, y, left-32, s.hint.lineHeight())
	y += max(s.hint.lineHeight(), s.hint.height) + 4
	place(s.list, 0, y, left, size.Height-y)
	alone := s.sideOpen && !wide // one at a time
	for _, o := range []fyne.CanvasObject{s.leave, s.entry, s.mark, s.help, s.hint, s.list} {
		show(o, !alone)
	}
	for i, c := range s.chips {
		show(c, !alone && s.token(i) != "")
	}
	switch {
	case !s.sideOpen:
		s.side.Hide()
		s.sideHead.Hide()
		s.sideShut.Hide()
		return
	case wide:
		x, y = left+1, 0
	default:
		x, y = 0, 0
	}
	s.side.Show()
	s.sideHead.Show()
	s.sideShut.Show()
	h := s.sideHeight(size.Width - x)
	place(s.sideHead, x, y, size.Width-x, h)
	place(s.sideShut, size.Width-42, y+8, 34, 32)
	place(s.side, x, y+h, size.Width-x, size.Height-y-h)
}

// MinSize is part of fyne.Layout.
func (s *search) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.NewSize(200, 200) }

func (s *search) restyle() {
	w := s.w
	for i, name := range []string{w.words.ThisRoom, w.words.Chat, w.words.SuperChats, w.words.Paid, w.words.Guards[0], w.words.Admin, w.words.LastDay} {
		s.chips[i].text = name
		s.chips[i].restyle(w.palette)
	}
	for _, pen := range []*drawer{s.pen, s.sidePen} {
		pen.palette, pen.w, pen.medals = w.palette, w.words, w.chatPen.medals
	}
	for _, v := range []*feedView{s.list, s.side} {
		v.feed.Relayout()
		v.restyle(w.palette, w.words)
	}
	s.leave.restyle(w.palette)
	s.help.restyle(w.palette)
	s.mark.repaint()
	s.sideShut.restyle(w.palette)
	s.hint.restyle(w.palette)
	s.ground.repaint()
	s.sideHead.repaint()
	s.say()
}

// open shows the page, with a question if one is given.
func (s *search) open(question string) {
	if question != "" {
		s.entry.SetText(question)
	} else if s.cut {
		s.changed()
	}
	s.say()
	s.w.window.Canvas().Focus(s.entry)
}

// has reports whether a token stands in the box.
func (s *search) has(token string) bool {
	return token != "" && strings.Contains(" "+s.entry.Text+" ", " "+token+" ")
}

// say tells in the line under the box how things are.
func (s *search) say() {
	if rooms := len(s.w.model.Rooms) > 1 && !s.has(s.token(0)); rooms != s.pen.rooms { // hits of one room need not name it
		s.pen.rooms = rooms
		s.list.feed.Relayout()
	}
	for i, c := range s.chips {
		c.setOn(s.has(s.token(i)))
	}
	switch {
	case s.w.cfg.Archive == nil:
		s.list.empty.set(s.w.words.NoArchive)
		s.hint.say("", faintInk)
	case strings.TrimSpace(s.entry.Text) == "":
		s.list.empty.set(s.w.words.SearchHelp)
		s.hint.say("", faintInk)
	case s.stale:
	case s.asking && s.list.feed.Len() == 0:
		s.list.empty.set("")
		s.hint.say(s.w.words.Searching, faintInk)
	case s.asking && s.oldest != 0 && s.list.feed.Len() < searchPage && time.Since(s.asked) < searchStale: // all will be there at once
	case s.asking && s.oldest != 0 && s.list.feed.Len() < searchPage:
		s.hint.say(many(s.w.words.SearchingOn, int64(s.list.feed.Len()), s.list.feed.Len()), faintInk)
	case s.list.feed.Len() == 0:
		s.list.empty.set(s.w.words.NothingFound)
		s.hint.say("", faintInk)
	case s.oldest != 0:
		s.hint.say(many(s.w.words.HitsMore, int64(s.list.feed.Len()), s.list.feed.Len()), faintInk)
	default:
		s.hint.say(many(s.w.words.Hits, int64(s.list.feed.Len()), s.list.feed.Len()), faintInk)
	}
}

// changed asks anew, a moment after the last key.
func (s *search) changed() {
	s.stop()
	s.cut, s.from = false, pageSearch
	s.asked, s.took = time.Now(), 0
	s.oldest = 0
	rule, err := event.ParseRule(s.entry.Text, time.Now())
	s.asking = err == nil && s.w.cfg.Archive != nil && !rule.Empty()
	if s.stale = s.asking; !s.stale {
		s.clear()
	}
	s.wrong = nil
	if errors.As(err, &s.wrong) {
		s.say()
		s.list.empty.set("")
		s.hint.say(s.w.words.ruleError(s.wrong), badInk)
		s.mark.repaint()
		s.list.update(time.Now())
		return
	}
	s.mark.repaint()
	s.say()
	s.list.update(time.Now())
	if s.asking {
		s.ask(rule, 0, searchPage, searchPause)
	}
}

// left is called when another page is shown.
func (s *search) left() {
	s.cut = s.cut || s.asking
	s.stop()
	if s.from != pageSearch {
		s.from, s.sideOpen, s.person = pageSearch, false, nil
		s.relayout()
	}
}

// clear shows nothing.
func (s *search) clear() {
	s.stale = false
	s.list.feed.Clear()
	s.list.picked = nil
	s.list.reset()
}

// stop gives up the question that is being answered.
func (s *search) stop() {
	s.run++
	s.asking = false
	if s.cancel != nil {
		s.cancel()
		s.cancel = nil
	}
}

// ask reads so many hits older than a position, after a pause.
func (s *search) ask(rule *event.Rule, before int64, limit int, pause time.Duration) {
	ctx, cancel := context.WithTimeout(s.w.ctx, searchTimeout)
	s.cancel = cancel
	s.asking = true
	run := s.run
	s.w.spawn(func() {
		defer cancel()
		if rest(ctx, pause) != nil {
			return
		}
		wanted := limit
		tell := func(x found, err error) {
			wanted -= len(x.hits)
			left := wanted
			s.w.do(func() {
				if run == s.run {
					s.answer(rule, x, left, err)
				}
			})
		}
		shown := false
		tell(findHits(ctx, s.w.cfg.Archive, rule, before, limit, func(x found) {
			tell(x, nil)
			if !shown && len(x.hits) > 0 {
				shown = true
				_ = rest(ctx, searchDraw) // what is looked for goes on, or ends by itself
			}
		}))
	})
	patience := searchStale - time.Since(s.asked)
	if patience <= 0 {
		return
	}
	s.w.spawn(func() {
		if rest(ctx, patience) != nil {
			return // answered
		}
		s.w.do(func() {
			if run == s.run && s.asking {
				if s.stale {
					s.clear()
				}
				s.say()
				s.list.update(time.Now())
			}
		})
	})
}

// rest waits, or returns why not to the end.
func rest(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// answer shows what was found; so many more are wanted. What a page did not
// find in the part of the archive it looked through is looked for further back.
func (s *search) answer(rule *event.Rule, x found, wanted int, err error) {
	if s.stale {
		s.clear()
	}
	first := s.list.feed.Len() == 0
	s.list.feed.Hold(s.list.size.Height)
	for i := range x.hits {
		if r := s.w.model.RowOf(&x.hits[i]); r != nil {
			s.list.feed.Append(r)
		}
	}
	s.oldest = x.till
	if x.done {
		s.asking, s.cancel = false, nil
		if err == nil && x.till != 0 && wanted > 0 {
			s.ask(rule, x.till, wanted, 0)
		}
	}
	s.say()
	if err != nil && !errors.Is(err, context.Canceled) {
		s.oldest = 0
		s.list.empty.set("")
		s.hint.say(s.w.words.searchError(err), badInk)
	}
	if first {
		s.list.feed.ScrollTo(s.list.feed.First(), s.list.size.Height, 0)
	}
	s.list.update(time.Now())
	if s.took == 0 && (len(x.hits) > 0 || x.done && !s.asking) {
		s.took = time.Since(s.asked)
	}
}

// searchError says why a search failed.
func (w *words) searchError(err error) string {
	if errors.Is(err, ErrNoArchive) {
		return w.Past.RelayNoArchive
	}
	return fmt.Sprintf(w.SearchFailed, w.reason(err))
}

// loadMore asks for the next page when the list is scrolled near its end.
func (s *search) loadMore() {
	if s.asking || s.oldest == 0 || s.list.feed.Total()-s.list.feed.Top(s.list.size.Height) > 3*float64(s.list.size.Height) {
		return
	}
	rule, err := event.ParseRule(s.entry.Text, time.Now())
	if err != nil {
		return
	}
	s.ask(rule, s.oldest, searchPage, 0)
}
