package gui

import (
	"fmt"
	"image"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"

	"danmaku/event"
	"danmaku/gui/model"
)

// openTestStage puts the stage on show and returns it.
func openTestStage(t *testing.T, w *Window) *stageView {
	t.Helper()
	w.toggleStage()
	if !w.stage.on() || !w.actor.box.Visible() || w.chat.Visible() {
		t.Fatal("the stage is not in the place of the chat")
	}
	return w.stage
}

// inked reports whether a picture has anything on it.
func inked(img image.Image) bool {
	rgba, ok := img.(*image.RGBA)
	if !ok {
		return false
	}
	for _, b := range rgba.Pix {
		if b != 0 {
			return true
		}
	}
	return false
}

func TestCommentsFlyAcrossTheStage(t *testing.T) {
	for _, width := range []float32{1280, 480} {
		w := newTestWindow(t, Config{Locale: "zh_CN"}, width, 720)
		give(t, w, liveStatus(testRoom))
		v := openTestStage(t, w)
		top := commentItem(2, "在上面")
		top.Event.Comment.Mode = "top"
		give(t, w, commentItem(1, "飞过去😭"), top)
		if v.aloft() != 2 || len(v.low.up) != 1 || len(v.high.up) != 1 {
			t.Fatalf("%d fly, %d of them scroll", v.aloft(), len(v.low.up))
		}
		f, fixed := v.low.up[0], v.high.up[0]
		if !inked(f.image.Image) || !inked(fixed.image.Image) {
			t.Error("a comment has no letters")
		}
		x, still := f.image.Position().X, fixed.image.Position()
		v.update(time.Now().Add(4 * time.Second))
		if f.image.Position().X >= x || f.image.Position().Y != f.Y {
			t.Error("a comment does not fly to the left")
		}
		if fixed.image.Position() != still {
			t.Error("a comment at the top moves")
		}
		v.update(time.Now().Add(time.Minute))
		if v.aloft() != 0 || f.image.Visible() {
			t.Error("a comment stays after it has crossed")
		}
	}
}

func TestTheStageUsesItsPicturesAgain(t *testing.T) {
	w := newTestWindow(t, Config{Locale: "en"}, 1280, 720)
	give(t, w, liveStatus(testRoom))
	v := openTestStage(t, w)
	row := &model.Row{Kind: model.RowComment, Text: "again and again", Mode: "scroll", Color: 0xffffff}
	for i := range 3 {
		v.epoch = time.Now().Add(-time.Duration(i) * time.Minute) // a minute later each time
		for range 30 {
			v.offer(row)
		}
		now, flew := time.Now(), false
		for range 20 { // at the same moment, however long it takes
			v.update(now)
			flew = flew || v.aloft() > 0
		}
		if !flew {
			t.Fatal("nothing flies")
		}
	}
	if n := len(v.low.box.Objects); n > 30 {
		t.Errorf("%d pictures for at most 30 comments at once", n)
	}
}

func TestOnlyWhatTheRoomOnShowSaysFlies(t *testing.T) {
	w := newTestWindow(t, Config{Locale: "en"}, 1280, 720)
	give(t, w, liveStatus(testRoom), liveStatus(7))
	other := commentItem(1, "from elsewhere")
	other.Event.Room = 7
	w.selectRoom(w.model.Room(testRoom))
	v := openTestStage(t, w)
	old := commentItem(2, "of before")
	old.Event.Backlog = true
	w.settings.Mutes = []string{"spam"}
	w.applyRules()
	give(t, w, other, old, commentItem(3, "spam"), commentItem(4, "mine"))
	if v.aloft() != 1 || v.low.up[0].row.Text != "mine" {
		t.Errorf("%d comments fly", v.aloft())
	}
	w.selectRoom(nil)
	if v.aloft() != 0 {
		t.Error("comments of one room fly on when all are on show")
	}
	w.toggleStage()
	give(t, w, commentItem(5, "unseen"))
	if v.aloft() != 0 || v.stage.Waiting() != 0 {
		t.Error("a stage out of sight takes comments in")
	}
}

func TestAnEmoteIsPutInWhenItHasCome(t *testing.T) {
	w := newTestWindow(t, Config{Locale: "en"}, 1280, 720)
	give(t, w, liveStatus(testRoom))
	v := openTestStage(t, w)
	var come *picture
	w.chatPen.picture = func(*event.Emote) *picture { return come }
	v.restyle()
	it := commentItem(1, "ab[dog]")
	it.Event.Comment.Emotes = []event.Emote{{Text: "[dog]", URL: "https://i0.hdslb.com/dog.png"}}
	give(t, w, it)
	f := v.low.up[0]
	if !f.missing {
		t.Fatal("the emote is not waited for")
	}
	red := image.NewRGBA(image.Rect(0, 0, 8, 8))
	for i := range red.Pix {
		red.Pix[i] = 0xff
	}
	come = &picture{red}
	w.arrived = true
	w.frame(time.Now())
	right := f.pixels.Rect.Max.Sub(image.Pt(f.pixels.Rect.Dy()/2, f.pixels.Rect.Dy()/2))
	if f.missing || f.pixels.RGBAAt(right.X, right.Y).A != 0xff {
		t.Error("the emote is not in the picture")
	}
}

func TestTheStageSaysWhenTheMachineIsSlow(t *testing.T) {
	w := newTestWindow(t, Config{Locale: "en"}, 1280, 720)
	give(t, w, liveStatus(testRoom))
	v := openTestStage(t, w)
	for range 3 {
		v.idled, v.counted, v.frames = false, time.Now().Add(-time.Second), 4
		give(t, w, commentItem(1, "one"))
		v.second(time.Now())
	}
	if !strings.Contains(v.note.Text, "at most 12 comments") || v.stage.Most != 12 {
		t.Errorf("it says %q and lets %d fly", v.note.Text, v.stage.Most)
	}
}

func TestEveryKindOfRowBecomesAPicture(t *testing.T) {
	w := newTestWindow(t, Config{Locale: "zh"}, 1280, 720)
	v := w.stage
	v.restyle()
	rows := []*model.Row{
		{Kind: model.RowSuperChat, Name: "老板", Text: "唱首歌", Price: 100_000},
		{Kind: model.RowGuard, Name: "船员", Level: 3, Count: 1, Unit: "月"},
		{Kind: model.RowComment, Text: "", Color: 0xffffff},
		{Kind: model.RowComment, Text: "안녕하세요", Color: 0},
		{Kind: model.RowComment, Text: strings.Repeat("长", 400), Highlight: true},
	}
	for i, r := range rows {
		width, span := v.paper.size(r)
		img, _ := v.paper.draw(r, nil)
		if span != 1 || img.Rect.Dx() != v.paper.pixels(width) || img.Rect.Dy() != v.paper.pixels(v.paper.track) {
			t.Errorf("row %d is %v wide, its picture %v", i, width, img.Rect)
		}
		if inked(img) != (r.Text != "" || r.Kind != model.RowComment) {
			t.Errorf("row %d: inked is %v", i, inked(img))
		}
	}
	sticker := &model.Row{Text: "[x]", Sticker: &event.Emote{URL: "https://i0.hdslb.com/x.png"}}
	if _, span := v.paper.size(sticker); span != stickerPart {
		t.Errorf("a sticker takes %d tracks", span)
	}
}

func TestTheStageOpensInAWindowOfItsOwn(t *testing.T) {
	w := newTestWindow(t, Config{Locale: "en"}, 1280, 720)
	give(t, w, liveStatus(testRoom))
	w.settings.Stage.Width, w.settings.Stage.Height = 640, 300
	w.toggleApart()
	if w.apart == nil {
		t.Fatal("no window")
	}
	give(t, w, commentItem(1, "over there"))
	if w.apart.view.aloft() != 1 || w.stage.aloft() != 0 {
		t.Errorf("%d fly in the window, %d in the main one", w.apart.view.aloft(), w.stage.aloft())
	}
	w.settings.Stage.OnTop = true
	w.reopenApart()
	if w.apart == nil {
		t.Fatal("the window does not come back")
	}
	w.toggleApart()
	if w.apart != nil {
		t.Error("the window is not closed")
	}
}

func TestStageSettingsAreSensible(t *testing.T) {
	for _, s := range []StageSettings{{}, {Size: -1, Seconds: 1e9, Faint: 1000, Unused: -5, Most: 1 << 30, Ground: "?"}} {
		if s.size() != 24 || s.cross() != 9*time.Second || s.opacity() != 1 || s.area() != 1 || s.most() != 120 {
			t.Errorf("%+v", s)
		}
	}
}

// BenchmarkStageMove is a frame of a full stage without the drawing.
func BenchmarkStageMove(b *testing.B) {
	w := newTestWindow(b, Config{Locale: "en"}, 1920, 1080)
	w.settings.Stage.Most, w.settings.Stage.Size = 300, 14
	w.toggleStage()
	w.restyleStages()
	v := w.stage
	now := time.Now()
	for i := range 300 {
		v.offer(&model.Row{Kind: model.RowComment, Text: fmt.Sprint("comment ", i), Mode: "scroll", Color: 0xffffff})
	}
	for range 600 {
		now = now.Add(8 * time.Millisecond)
		v.update(now)
	}
	step := 16 * time.Millisecond
	for b.Loop() {
		now = now.Add(step)
		v.update(now)
		step = -step
	}
	b.ReportMetric(float64(v.aloft()), "aloft")
}

func BenchmarkPlacard(b *testing.B) {
	p := newPlacards(24, 1)
	p.words = &english
	p.fetchable = func(*event.Emote) bool { return false }
	row := &model.Row{Kind: model.RowComment, Text: "主播晚上好，今天唱什么", Color: 0xffffff}
	var img *image.RGBA
	for b.Loop() {
		img, _ = p.draw(row, img)
	}
	if img.Rect.Dx() < 100 {
		b.Error(fyne.NewSize(float32(img.Rect.Dx()), 0))
	}
}
