// Command windowbench opens the window with invented comments, and measures
// what a frame of it costs the thread that draws. With GALLIUM_NOOP=true Mesa
// draws nothing, so that what is left is about what a machine with a graphics
// card pays.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/app"

	"danmaku/event"
	"danmaku/gui"
	_ "danmaku/gui/prelude"
)

const room = event.RoomID(21452505)

// crowd invents comments: it is the window's backend.
type crowd struct {
	held  int // rows there are before the measurement
	rate  int // rows a second
	rng   *rand.Rand
	n     int
	begin chan struct{} // closed when the measurement may begin
	told  chan struct{} // closed when the window was given the held rows
}

var errFixed = errors.New("windowbench: there is one room only")

func (c *crowd) Join(context.Context, event.RoomID) (event.Status, error) {
	return event.Status{}, errFixed
}
func (c *crowd) Leave(context.Context, event.RoomID) error { return errFixed }

// Feed gives the window its rows, and then more of them evenly.
func (c *crowd) Feed(ctx context.Context, put func(context.Context, []gui.Item) error) error {
	first := []gui.Item{{Status: &event.Status{Room: room, State: event.StateOnline, Live: true, Title: "测量", Streamer: "璃猫", Archived: true}}}
	if err := put(ctx, first); err != nil {
		return err
	}
	for left := c.held; left > 0; left -= 500 {
		if err := put(ctx, c.comments(min(500, left))); err != nil {
			return err
		}
	}
	close(c.told)
	select {
	case <-c.begin:
	case <-ctx.Done():
		return nil
	}
	const step = 10 * time.Millisecond
	t := time.NewTicker(step)
	defer t.Stop()
	start, given := time.Now(), 0
	for {
		select {
		case <-ctx.Done():
			return nil
		case now := <-t.C:
			due := int(now.Sub(start).Seconds() * float64(c.rate))
			if due == given {
				continue
			}
			if err := put(ctx, c.comments(due-given)); err != nil {
				return nil // the window is closed
			}
			given = due
		}
	}
}

// letters are characters that comments are made of.
var letters = []rune("主播晚上好今天唱什么歌这个杯子在哪里买的哈笑死我了听着睡觉明见加油可爱太强第一次来看直播草生えるありがとうかわいい")

// comments makes n comments of 2 to 22 characters by a few thousand people;
// four in ten repeat one of long ago.
func (c *crowd) comments(n int) []gui.Item {
	items := make([]gui.Item, n)
	now := event.At(time.Now())
	for i := range items {
		seed := uint64(c.n)
		if c.rng.IntN(10) < 4 {
			seed = uint64(c.rng.IntN(500))
		}
		r := rand.New(rand.NewPCG(seed, 7))
		text := make([]rune, 2+r.IntN(8)+r.IntN(8)*r.IntN(3))
		for k := range text {
			text[k] = letters[r.IntN(len(letters))]
		}
		who := c.rng.IntN(4000)
		u := &event.User{ID: fmt.Sprint(1000 + who), Name: fmt.Sprint("观众", who), Level: 20}
		if who%3 == 0 {
			u.Medal = &event.Medal{Name: "小狐狸", Level: 1 + who%40, Lit: true}
		}
		items[i].Event = &event.Event{Room: room, Kind: event.KindComment, Key: fmt.Sprint("dm:", c.n), At: now, Received: now, User: u,
			Comment: &event.Comment{Text: string(text), Mode: "scroll", Color: "#ffffff"}}
		c.n++
	}
	return items
}

// reading is the state of the window and of the clocks at a moment.
type reading struct {
	at     time.Time
	thread time.Duration // CPU of the thread that draws
	whole  time.Duration // of the process
	d      *gui.Diagnostic
}

func read(w *gui.Window) (r reading) {
	fyne.DoAndWait(func() {
		r = reading{at: time.Now(), d: w.Diagnose()}
		r.thread, r.whole = cpuTime()
	})
	return r
}

func main() {
	held := flag.Int("rows", 100_000, "rows held before the measurement")
	rate := flag.Int("rate", 20, "rows a second during it")
	stage := flag.Int("stage", 0, "comments on the stage at most; 0: the chat alone")
	apart := flag.Bool("apart", false, "the stage in a window of its own, beside the chat")
	seconds := flag.Int("seconds", 20, "length of the measurement")
	width := flag.Int("width", 1280, "of the window")
	height := flag.Int("height", 720, "of the window")
	flag.Parse()
	a := app.NewWithID("danmaku.windowbench")
	settings := fmt.Sprintf(`{"language":"zh","appearance":"dark","width":%d,"height":%d,"stage":{"size":14,"most":%d,"width":%d,"height":%d}}`, *width, *height, *stage, *width, *height)
	a.Preferences().SetString("settings", settings)
	c := &crowd{held: *held, rate: *rate, rng: rand.New(rand.NewPCG(1, 2)), begin: make(chan struct{}), told: make(chan struct{})}
	w := gui.New(gui.Config{App: a, Backend: c, Locale: "zh_CN", Version: "bench", Log: slog.New(slog.NewTextHandler(os.Stderr, nil))})
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	a.Lifecycle().SetOnStarted(func() {
		go func() {
			defer close(done)
			_ = w.Run(ctx) // it ends by ctx
		}()
		go func() {
			measure(w, c, *stage, *apart, time.Duration(*seconds)*time.Second)
			cancel()
			<-done
			os.Exit(0) // the toolkit's own end has nothing to save
		}()
	})
	w.Show()
	a.Run()
}

func measure(w *gui.Window, c *crowd, stage int, apart bool, length time.Duration) {
	<-c.told
	for read(w).d.Events < int64(c.held) { // repeats that are near each other share a row
		time.Sleep(100 * time.Millisecond)
	}
	if stage > 0 {
		fyne.DoAndWait(func() { w.ShowStage(apart) })
	}
	close(c.begin)
	time.Sleep(12 * time.Second) // until the stage is full and the first texts are drawn
	from := read(w)
	time.Sleep(length)
	to := read(w)
	frames := float64(to.d.Frames - from.d.Frames)
	if frames == 0 {
		fmt.Println("no frame was drawn")
		return
	}
	ms := func(d time.Duration) float64 { return d.Seconds() * 1000 / frames }
	fmt.Printf("rows held %d, %d rows/s, on the stage %d: %.2f ms of the drawing thread and %.2f ms of the process a frame; %.1f frames/s, %d left out, longest pause %s; Go heap %d to %d MB\n",
		to.d.Chat.Held, c.rate, len(to.d.Stage), ms(to.thread-from.thread), ms(to.whole-from.whole), frames/to.at.Sub(from.at).Seconds(), to.d.Dropped-from.d.Dropped, to.d.WorstPause, from.d.HeapMB, to.d.HeapMB)
}
