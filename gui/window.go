package gui

import (
	"context"
	"hash/maphash"
	"log/slog"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"

	"danmaku/event"
	"danmaku/gui/model"
)

// Config is what a window needs.
type Config struct {
	App     fyne.App
	Backend Backend
	Archive Archive // nil: nothing is kept, and the window says so
	Relay   Relay   // nil: no switch for it
	// Demo starts a simulated room and joins it; nil: not offered.
	Demo func(context.Context) error
	// Locale is the desktop's, such as zh_CN.UTF-8: the language until the
	// user picks one.
	Locale string
	// Open shows an address in the browser, or a folder.
	Open    func(what string) error
	DataDir string // shown and opened for the user
	// SettingsDir is the folder of the settings; empty: they are not kept.
	SettingsDir string
	// Data tells what is kept and deletes it; nil: nothing is.
	Data Data
	// Crash is the report about the last time, when the program died then.
	Crash string
	// Account logs in and out; nil: that is not done here.
	Account Account
	// Notify shows a notification of the desktop; nil: there are none. It and
	// Sound are called from goroutines of the window.
	Notify func(title, text string)
	// Notifies tells why a notification would be seen by nobody; nil, as a function
	// or as its answer: it would be seen. It may take seconds.
	Notifies func() error
	// Sound plays the sound of alerts to its end; nil: there is none. SoundBy is
	// what it is played with, for the user.
	Sound   func(context.Context) error
	SoundBy string
	// CacheDir is where fetched pictures are kept; empty: nowhere.
	CacheDir string
	// PictureHosts tells who may give pictures besides the platform's hosts:
	// host:port of simulated platforms. May be nil.
	PictureHosts func() []string
	// CPU is how much processor time the program has used; nil: nobody knows. The
	// window is drawn less often where drawing takes too much of it.
	CPU func() time.Duration
	// Restore joins the rooms of last time again.
	Restore bool
	Version string
	Log     *slog.Logger
}

// Window is the main window.
type Window struct {
	cfg Config
	ctx context.Context // of Run; set before anything can be clicked
	// do runs a function on the goroutine that draws: fyne.Do, but for a test.
	do     func(func())
	window fyne.Window
	model  *model.Model
	inbox  inbox
	tasks  sync.WaitGroup // goroutines of spawn

	begun     time.Time
	settings  Settings
	kept      settingsFile // where they are kept
	words     *words
	palette   *palette
	font      *fontFile // the user's; nil: the built-in ones
	fontErr   error     // why it is not used
	fontSince time.Time
	chatPen   *drawer
	paidPen   *drawer
	narrow    bool

	chat    *feedView
	paid    *feedView
	side    *sidebar
	column  *column
	strip   *strip
	header  *pane
	banner  *pane
	status  *pane
	rooms   *chip // opens the rooms in a narrow window
	tabs    *tabs
	search  *search
	past    *pastPage
	replay  *replay
	history *chip // opens the past
	page    page
	seek    *chip // opens the search
	curtain *chip // opens the stage in the place of the chat
	stage   *stageView
	actor   *stageBox    // of the stage in this window
	apart   *stageWindow // nil: the stage has no window of its own
	welcome *welcome
	notice  *notice
	called  *notice // what an alert says when the desktop has no notifications
	root    *fyne.Container

	relay    relaySwitch
	rules    *ruleSheet    // nil: it is not open
	account  *accountSheet // nil: it is not open
	alerts   model.Alerts
	rung     int  // alerts so far
	sounding bool // the sound is being played
	unheard  bool // the desktop shows no notifications: alerts stand in the window

	animation *fyne.Animation
	moving    atomic.Bool // the animation runs, or is about to
	idle      int         // frames without anything to do
	pending   model.Changed
	touched   bool // a list was moved by hand
	lastSlow  time.Time
	frames    frames
	taken     time.Time // when the inbox was last emptied
	steps     []int32
	pictures  *pictures
	arrived   bool // pictures came: rows in sight are drawn anew

	wantArchive bool
	unfound     map[event.RoomID]struct{} // rooms that were asked for and do not exist
	sheet       *sheet
	styling     bool
	erasing     bool              // all that is kept goes when the window closes
	bound       map[string]func() // by the name of a shortcut
	wanted      event.RoomID      // on show last time, and not there yet; 0: none
}

// New builds the window. It belongs to the goroutine that runs the app, like
// everything else here that is not said to be otherwise.
func New(c Config) *Window {
	w := &Window{cfg: c, ctx: context.Background(), do: fyne.Do, begun: time.Now(), model: model.New(0), wantArchive: c.Archive != nil, unfound: make(map[event.RoomID]struct{})}
	w.inbox.wake, w.relay.w = w.wake, w
	w.kept = settingsIn(c.SettingsDir)
	var err error
	if w.settings, err = w.kept.load(); err != nil {
		c.Log.Warn("the settings were not read: the defaults are used", "err", err)
	}
	w.words = wordsOf(w.language())
	w.applyRules()
	w.applyAlerts()
	if c.Restore {
		w.model.Order, w.wanted = w.settings.Rooms, w.settings.Shown
	}

	w.animation = &fyne.Animation{Duration: time.Hour, RepeatCount: fyne.AnimationRepeatForever, Curve: fyne.AnimationLinear, Tick: func(float32) { w.frame(time.Now()) }}

	w.loadFont() // before anything is measured
	c.App.Settings().SetTheme(w.theme())
	w.window = c.App.NewWindow("danmaku")
	w.window.SetPadded(false)
	w.window.SetIcon(Icon())
	w.palette = &darkPalette
	w.build()
	w.restyle()
	w.window.Resize(fyne.NewSize(w.settings.Width, w.settings.Height))
	w.window.SetContent(w.root)
	w.window.SetOnClosed(w.closed)
	c.App.Settings().AddListener(func(fyne.Settings) {
		w.restyle()
		forgetFonts() // the toolkit reads them anew
	})
	w.shortcuts()
	return w
}

func (w *Window) theme() fyneTheme {
	return fyneTheme{appearance: w.settings.Appearance, size: 14, font: w.font}
}

func (w *Window) language() Language {
	if w.settings.Language != "" {
		return w.settings.Language
	}
	return LanguageOf(w.cfg.Locale)
}

func (w *Window) now() event.Millis { return event.At(time.Now()) }

// Show puts the window on the screen.
func (w *Window) Show() {
	w.window.Show()
	w.showWelcome()
	w.welcome.focus()
}

// Run feeds the window until ctx ends. It may run on any goroutine and is the
// only one that starts others for the window.
func (w *Window) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	w.do(func() { w.ctx = ctx })
	if w.cfg.Restore {
		w.do(w.restore)
	}
	if w.cfg.Crash != "" {
		w.do(w.sayCrash)
	}
	w.do(func() {
		if w.settings.Relay {
			w.relay.set(true)
		}
	})
	second := make(chan struct{})
	go func() {
		defer close(second)
		t := time.NewTicker(time.Second)
		defer t.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-t.C:
				w.do(w.eachSecond)
			}
		}
	}()
	fetching := make(chan struct{})
	go func() {
		defer close(fetching)
		w.pictures.run(ctx)
	}()
	err := w.cfg.Backend.Feed(ctx, w.inbox.put)
	cancel()
	<-fetching
	w.tasks.Wait()
	w.inbox.close()
	<-second
	return err
}

// restore joins the rooms of last time. They answer in any order, are listed in
// that of last time, and leave on show what was then, or what was chosen since.
func (w *Window) restore() {
	for _, id := range w.settings.Rooms {
		w.join(id, false, func(_ event.Status, err error) {
			if err != nil {
				w.cfg.Log.Warn("a room of last time was not joined", "room", id, "err", err)
			}
		})
	}
}

// Fail says that the window cannot go on, and why.
func (w *Window) Fail(err error) {
	w.do(func() {
		body := newProse(err.Error(), badInk)
		body.restyle(w.palette)
		s := w.openSheet(w.words.Failed, body, 480, 200)
		s.closed = w.window.Close
	})
}

func (w *Window) closed() {
	w.inbox.close()
	w.animation.Stop()
	w.closeApart()
	w.remember()
}

// remember saves the settings with what the window looks like now.
func (w *Window) remember() {
	if w.erasing {
		return
	}
	if s := w.window.Canvas().Size(); s.Width > 300 && s.Height > 200 {
		w.settings.Width, w.settings.Height = s.Width, s.Height
	}
	if w.cfg.Restore && w.wanted == 0 {
		w.settings.Shown = 0
		if r := w.model.Selected; r != nil && !r.Replay {
			w.settings.Shown = r.Status.Room
		}
	}
	w.save()
}

// save writes the settings.
func (w *Window) save() {
	if err := w.kept.save(&w.settings); err != nil {
		w.cfg.Log.Warn("the settings were not saved", "err", err)
	}
}

// build makes every part of the window.
func (w *Window) build() {
	seed := maphash.MakeSeed()
	name := func(id event.RoomID) string {
		if r := w.model.Room(id); r != nil {
			return r.Name()
		}
		return id.String()
	}
	w.chatPen = &drawer{ruler: newRuler(w.settings.TextSize), palette: &darkPalette, w: w.words, seed: seed, roomName: name}
	w.paidPen = &drawer{ruler: newRuler(13), palette: &darkPalette, w: w.words, seed: seed, roomName: name}
	w.pictures = newPictures(w.pictureDir(), w.cfg.PictureHosts, func(f func()) { w.do(f) }, func() {
		w.arrived = true
		w.stir()
	})
	fetched := func(e *event.Emote) *picture { return w.pictures.get(e.URL) }
	fetchable := func(e *event.Emote) bool { return w.pictures.address(e.URL) != "" }
	for _, d := range []*drawer{w.chatPen, w.paidPen} {
		d.picture, d.fetchable = fetched, fetchable
	}
	w.chat = newFeedView(w.chatPen.chat)
	w.paid = newFeedView(w.paidPen.paid)
	w.model.Measure(
		func(r *model.Row) float32 { return w.chatPen.chat(r, nil, false) },
		func(r *model.Row) float32 { return w.paidPen.paid(r, nil, false) })
	w.chat.resized = func(width float32) { w.chatPen.width = width; w.model.Relayout() }
	w.paid.resized = func(width float32) { w.paidPen.width = width; w.model.Relayout() }
	w.chat.moved, w.paid.moved = w.stir, w.stir
	w.chat.tapped, w.paid.tapped = w.chat.click, w.paid.click
	w.chat.menu = w.rowMenu
	w.paid.menu = w.rowMenu

	w.side = newSidebar(w)
	w.column = newColumn(w, w.paid)
	w.strip = newStrip(w)
	w.header = newPane(fyne.NewSize(100, headerHeight), w.paintHeader)
	w.banner = newPane(fyne.Size{}, w.paintBanner)
	w.status = newPane(fyne.NewSize(100, statusHeight), w.paintStatus)
	w.rooms = newChip("", theme.MenuIcon(), w.openRooms).with(chipBare)
	w.tabs = newTabs(w)
	w.search = newSearch(w)
	w.replay = newReplay(w)
	w.past = newPast(w)
	w.history = newChip("", theme.HistoryIcon(), func() { w.openPage(pagePast) }).with(chipBare)
	w.stage = newStageView(w)
	w.actor = newStageBox(w)
	w.curtain = newChip("", stageIcon(), w.toggleStage).with(chipBare)
	w.seek = newChip("", theme.SearchIcon(), func() { w.openPage(pageSearch) }).with(chipBare)
	w.welcome = newWelcome(w)
	w.notice, w.called = newNotice(w), newNotice(w)
	w.root = container.New(&rootLayout{w}, w.side.box, w.header, w.banner, w.strip.scroll, w.chat, w.actor.box, w.column.box, w.status, w.rooms, w.seek, w.curtain, w.tabs.box, w.search.box, w.past.box, w.history, w.replay.bar.box, w.welcome.box, w.notice.box, w.called.box)
	w.chat.feed, w.paid.feed = w.model.Shown().Chat, w.model.Shown().Paid
}

// restyle takes over theme, language and text size.
func (w *Window) restyle() {
	app := w.cfg.App
	t := w.theme()
	if w.styling {
		return
	}
	if app.Settings().Theme() != fyne.Theme(t) {
		w.styling = true // the toolkit calls back here
		app.Settings().SetTheme(t)
		w.styling = false
	}
	w.palette = t.palette(app.Settings().ThemeVariant())
	w.words = wordsOf(w.language())
	if w.chatPen.sizes[styleBody] != w.settings.TextSize {
		w.chatPen.ruler = newRuler(w.settings.TextSize)
	}
	for _, d := range []*drawer{w.chatPen, w.paidPen} {
		d.palette, d.w = w.palette, w.words
		d.times, d.medals = w.settings.Times, !w.settings.NoMedals
	}
	translateToolkit(w.words)
	w.model.Relayout()
	w.chat.restyle(w.palette, w.words)
	w.paid.restyle(w.palette, w.words)
	w.paid.empty.set(w.words.EmptyPaid)
	w.side.restyle()
	w.column.restyle()
	w.rooms.restyle(w.palette)
	w.tabs.restyle()
	w.welcome.restyle()
	w.search.restyle()
	w.past.restyle()
	w.history.restyle(w.palette)
	w.replay.bar.restyle()
	w.seek.restyle(w.palette)
	w.curtain.restyle(w.palette)
	w.notice.restyle()
	w.called.restyle()
	w.actor.restyle()
	w.restyleStages()
	w.refreshSlow()
	w.refreshPins()
	canvas.Refresh(w.root)
	w.stir()
}

// page is what the middle of the window shows.
type page int

const (
	pageLive page = iota
	pageSearch
	pagePast
)

// openPage turns to a page.
func (w *Window) openPage(p page) {
	if w.page != p {
		w.page = p
		w.stageChips()
		w.root.Refresh()
	}
	if p == pageSearch {
		w.search.open("")
	} else {
		w.search.left()
		w.window.Canvas().Unfocus()
	}
	if p == pagePast {
		w.past.open()
	} else {
		w.past.close()
	}
	w.showWelcome()
	w.stir()
}

// spawn runs a function on a goroutine that Run waits for at its end. The
// function must end soon after w.ctx does.
func (w *Window) spawn(f func()) { w.tasks.Go(f) }

func (w *Window) pictureDir() string {
	if w.cfg.CacheDir == "" {
		return ""
	}
	return filepath.Join(w.cfg.CacheDir, "pictures")
}

// nameRooms has rows say in which room they were said when all are on show.
func (w *Window) nameRooms() {
	w.chatPen.rooms = w.model.One() == nil
	w.paidPen.rooms = w.chatPen.rooms
}

// selectRoom puts a room on show, nil for all.
func (w *Window) selectRoom(r *model.Room) {
	w.wanted = 0
	w.model.Select(r)
	w.nameRooms()
	shown := w.model.Shown()
	shown.Chat.Relayout()
	w.chat.show(shown.Chat)
	w.paid.show(shown.Paid)
	shown.Chat.Stick()
	shown.Paid.Stick()
	w.refreshSlow()
	w.refreshPins()
	for _, v := range w.stages() {
		v.clear()
	}
	if w.replay.shown() != w.replay.bar.box.Visible() {
		w.root.Refresh()
	}
	w.window.SetTitle(w.title())
	w.stir()
}

func (w *Window) title() string {
	if r := w.model.One(); r != nil {
		return r.Name() + " · danmaku"
	}
	return "danmaku"
}
