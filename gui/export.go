package gui

import (
	"context"
	"errors"
	"fmt"
	"image/color"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"

	"danmaku/event"
	"danmaku/gui/model"
)

// formats are those of the export sheet, in their order.
var formats = []Format{FormatXML, FormatASS, FormatJSONL, FormatCSV}

func (w *pastWords) format(f Format) string {
	switch f {
	case FormatXML:
		return w.FormatXML
	case FormatASS:
		return w.FormatASS
	case FormatJSONL:
		return w.FormatJSONL
	}
	return w.FormatCSV
}

// exporter is the sheet that writes a broadcast to a file.
type exporter struct {
	w         *Window
	broadcast model.Broadcast
	format    Format
	entry     *field
	raw, hide *check
	named     bool // people cannot be hidden here
	bar       *progressBar
	hint      *prose
	act       *chip // starts, stops
	folder    *chip
	writing   task
	running   bool
	stopped   bool
	replace   bool // what is there already may go
}

// askExport opens the sheet.
func (w *Window) askExport(b model.Broadcast) *exporter {
	x := &exporter{w: w, broadcast: b, format: w.settings.ExportFormat}
	words := &w.words.Past
	chosen := 0
	var names []string
	for i, f := range formats {
		names = append(names, words.format(f))
		if f == x.format {
			chosen = i
		}
	}
	x.format = formats[chosen]
	form := newChoice(w, names, chosen)
	x.entry = newField(w, "")
	x.entry.SetText(x.suggestion())
	x.entry.OnChanged = func(string) { x.replace = false; x.refresh() }
	x.entry.OnSubmitted = func(string) { x.start() }
	x.raw = newCheck(w, words.Raw, nil)
	x.hide = newCheck(w, words.Anonymise, func(bool) { x.refresh() })
	if w.cfg.Archive != nil && slices.Contains(w.cfg.Archive.Lacks(), LacksPseudonyms) {
		x.named = true
	}
	x.bar = newProgressBar(w)
	x.hint = newProse("", dimInk)
	x.act = newChip(words.Start, nil, x.start)
	x.folder = newChip(words.ShowFolder, nil, func() { w.open(filepath.Dir(x.entry.Text)) }).with(chipPlain)
	for _, c := range []*chip{x.act, x.folder} {
		c.restyle(w.palette)
	}
	x.hint.restyle(w.palette)
	if x.named {
		x.hint.say(words.NotHere, dimInk)
	}
	x.folder.Hide()
	form.OnChanged = func(string) {
		x.format = formats[max(0, form.SelectedIndex())]
		w.settings.ExportFormat = x.format
		x.entry.SetText(strings.TrimSuffix(x.entry.Text, filepath.Ext(x.entry.Text)) + "." + string(x.format))
		x.refresh()
	}
	title := newProse(w.broadcastTitle(&b)+"  ·  "+w.broadcastTime(&b), dimInk)
	title.restyle(w.palette)
	label := func(text string) fyne.CanvasObject {
		t := &canvas.Text{Text: text, Color: w.palette.dim, TextSize: 12}
		return container.New(padded{top: 6}, t)
	}
	foot := container.NewBorder(nil, nil, nil, container.NewHBox(x.folder, x.act))
	body := container.NewVBox(title, label(words.Format), form, label(words.File), x.entry, x.raw, x.hide,
		container.New(padded{top: 6, bottom: 4}, x.bar), container.New(highAs(44), x.hint), foot)
	x.refresh()
	s := w.openSheet(words.ExportTitle, container.NewVScroll(body), 520, 470)
	s.note = x.hint
	w.window.Canvas().Focus(x.entry)
	x.entry.CursorColumn = len([]rune(x.entry.Text)) // the name is to be seen, not the folder
	x.entry.Refresh()
	s.closed = x.stop // a file nobody waits for is not written on
	return x
}

// highAs gives its child a height of its own, whatever it asks for.
type highAs float32

// Layout is part of fyne.Layout.
func (highAs) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	for _, o := range objects {
		o.Resize(size)
	}
}

// MinSize is part of fyne.Layout.
func (h highAs) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.NewSize(40, float32(h)) }

// suggestion is the path of a file that is not there yet.
func (x *exporter) suggestion() string {
	dir := x.w.settings.ExportDir
	if dir == "" {
		dir = downloads()
	}
	b := &x.broadcast
	name := fileName(strings.TrimSpace(b.From.Time().Format("2006-01-02 1504") + " " + x.w.past.roomName(b.Room) + " " + model.CleanText(b.Title)))
	for i := 1; ; i++ {
		path := filepath.Join(dir, name)
		if i > 1 {
			path += fmt.Sprintf(" (%d)", i)
		}
		path += "." + string(x.format)
		if _, err := os.Stat(path); err != nil {
			return path
		}
	}
}

// downloads is the folder people look for files in.
func downloads() string {
	home, err := os.UserHomeDir()
	if err != nil {
		return os.TempDir()
	}
	for _, dir := range []string{os.Getenv("XDG_DOWNLOAD_DIR"), filepath.Join(home, "Downloads"), filepath.Join(home, "下载")} {
		if info, err := os.Stat(dir); dir != "" && err == nil && info.IsDir() {
			return dir
		}
	}
	return home
}

// fileName leaves out what a file's name cannot have on some system.
func fileName(s string) string {
	s = strings.Map(func(r rune) rune {
		if strings.ContainsRune(`/\:*?"<>|`, r) || r < ' ' {
			return '_'
		}
		return r
	}, s)
	const longest = 120 // bytes; with its ending a name has at most 255
	for len(s) > longest {
		runes := []rune(s)
		s = string(runes[:len(runes)-1])
	}
	return strings.Trim(s, " .")
}

// refresh says what can be done now.
func (x *exporter) refresh() {
	words := &x.w.words.Past
	enable := func(d fyne.Disableable, on bool) {
		if on {
			d.Enable()
		} else {
			d.Disable()
		}
	}
	enable(x.entry, !x.running)
	enable(x.raw, !x.running && !x.hide.Checked && (x.format == FormatJSONL || x.format == FormatXML))
	enable(x.hide, !x.running && !x.named)
	switch {
	case x.running:
		x.act.look = chipPlain
		x.act.setText(words.Stop)
	case x.replace:
		x.act.look = chipAccent
		x.act.setText(words.ReplaceIt)
	default:
		x.act.look = chipAccent
		x.act.setText(words.Start)
	}
	x.act.Refresh()
}

// start writes the file, or stops writing it.
func (x *exporter) start() {
	words := &x.w.words.Past
	if x.running {
		x.stopped = true
		x.writing.cancel()
		return
	}
	path := strings.TrimSpace(x.entry.Text)
	if !filepath.IsAbs(path) {
		x.hint.say(words.NeedsName, badInk)
		return
	}
	b := &x.broadcast
	order := Export{Format: x.format, File: path, Replace: x.replace, Room: b.Room, From: b.From, To: b.To, Title: b.Title, Streamer: x.w.past.roomName(b.Room),
		Raw: x.raw.Checked && !x.raw.Disabled(), Anonymise: x.hide.Checked}
	x.running, x.stopped, x.replace = true, false, false
	x.folder.Hide()
	x.bar.set(0)
	x.hint.say(fmt.Sprintf(words.Writing, 0), dimInk)
	x.refresh()
	x.writing.start(x.w, 0, func(ctx context.Context, show func(func())) {
		done, err := x.w.cfg.Archive.Export(ctx, order, func(p Progress) { show(func() { x.progress(p) }) })
		show(func() { x.done(done, err) })
	})
}

func (x *exporter) progress(p Progress) {
	words := &x.w.words.Past
	x.bar.set(p.Part)
	if p.Part < 0 {
		x.hint.say(fmt.Sprintf(words.WritingBytes, byteSize(p.Bytes)), dimInk)
		return
	}
	x.hint.say(fmt.Sprintf(words.Writing, int(p.Part*100))+" · "+byteSize(p.Bytes), dimInk)
}

func (x *exporter) done(e Exported, err error) {
	words := &x.w.words.Past
	x.running = false
	x.bar.set(0)
	switch {
	case err == nil:
		x.bar.set(1)
		x.w.settings.ExportDir = filepath.Dir(strings.TrimSpace(x.entry.Text))
		x.w.remember()
		text := fmt.Sprintf(words.WrittenAll, byteSize(e.Bytes))
		if e.Events >= 0 {
			text = many(words.Written, e.Events, event.Grouped(e.Events), byteSize(e.Bytes))
		}
		x.hint.say(text, goodInk)
		x.folder.Show()
	case x.stopped || errors.Is(err, context.Canceled):
		x.hint.say(words.Cancelled, dimInk)
	default:
		x.replace = errors.Is(err, ErrFileExists)
		x.hint.say(x.w.words.exportError(err), badInk)
	}
	x.refresh()
}

// stop gives up: the sheet was closed.
func (x *exporter) stop() { x.writing.stop() }

// exportError says what went wrong, and what to do.
func (all *words) exportError(err error) string {
	w := &all.Past
	switch {
	case errors.Is(err, ErrFileExists):
		return w.FileExists
	case errors.Is(err, ErrCannotHide):
		return w.NotHere
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ENOTDIR):
		return w.NoFolder
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS):
		return w.NotAllowed
	case errors.Is(err, errDiskFull()):
		return w.DiskFull
	}
	return fmt.Sprintf(w.ExportFailed, all.reason(err))
}

// errDiskFull is the system's error for that.
func errDiskFull() error {
	if runtime.GOOS == "windows" {
		return syscall.Errno(112) // ERROR_DISK_FULL
	}
	return syscall.ENOSPC
}

// byteSize writes a number of bytes.
func byteSize(n int64) string {
	switch {
	case n >= 1<<30:
		return short(float64(n)/(1<<30)) + " GB"
	case n >= 1<<20:
		return short(float64(n)/(1<<20)) + " MB"
	case n >= 1<<10:
		return short(float64(n)/(1<<10)) + " kB"
	}
	return fmt.Sprint(n, " B")
}

func goodInk(p *palette) color.NRGBA { return p.good }

// progressBar shows how far something is.
type progressBar struct {
	*pane
	w    *Window
	part float64 // below 0: nobody knows
}

func newProgressBar(w *Window) *progressBar {
	b := &progressBar{w: w}
	b.pane = newPane(fyne.NewSize(80, 6), b.draw)
	return b
}

func (b *progressBar) set(part float64) {
	b.part = part
	b.repaint()
}

func (b *progressBar) draw(c *cell, size fyne.Size) {
	p := b.w.palette
	c.rect(0, 0, size.Width, size.Height, p.edge, size.Height/2)
	switch {
	case b.part < 0:
		c.rect(0, 0, size.Width, size.Height, fade(p.accent, 0x70), size.Height/2)
	case b.part > 0:
		c.rect(0, 0, max(size.Height, size.Width*float32(min(1, b.part))), size.Height, p.accent, size.Height/2)
	}
}
