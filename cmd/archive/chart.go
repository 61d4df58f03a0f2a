package main

import (
	"fmt"
	"image/color"
	"io"
	"math"
	"path/filepath"
	"strings"
	"time"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
	"gonum.org/v1/plot/vg/vgsvg"

	"danmaku/event"
	"danmaku/internal/exchange"
)

func isChart(file string) bool {
	ext := strings.ToLower(filepath.Ext(file))
	return ext == ".png" || ext == ".svg"
}

var (
	ink1   = color.NRGBA{R: 0x25, G: 0x2b, B: 0x33, A: 0xff}
	faint  = color.NRGBA{R: 0xd8, G: 0xdd, B: 0xe3, A: 0xff}
	blue   = color.NRGBA{R: 0x2f, G: 0x7e, B: 0xd8, A: 0xff}
	sand   = color.NRGBA{R: 0xe8, G: 0x8b, B: 0x2e, A: 0x60}
	sky    = color.NRGBA{R: 0x2f, G: 0x7e, B: 0xd8, A: 0x50}
	orange = color.NRGBA{R: 0xe8, G: 0x8b, B: 0x2e, A: 0xff}
	teal   = color.NRGBA{R: 0x2a, G: 0x9d, B: 0x8f, A: 0xff}
)

// chart is a page with plots on it.
type chart struct {
	font *chartFont
	all  bool // every character could be drawn
}

// drawChart draws the statistics as a picture.
func drawChart(file, fontFile string, st *statistics, warn func(string)) error {
	f, err := openChartFont(fontFile)
	if err != nil {
		return err
	}
	c := &chart{font: f, all: true}
	const width, height = 1200, 900
	write := func(draw1 func(vg.CanvasSizer) error, canvas interface {
		vg.CanvasSizer
		io.WriterTo
	}) error {
		if err := draw1(canvas); err != nil {
			return fmt.Errorf("chart %s: %w", file, err)
		}
		return exchange.ReplaceFile(file, func(w io.Writer) error {
			_, err := canvas.WriteTo(w)
			return err
		})
	}
	page := func(v vg.CanvasSizer) error { return c.page(draw.New(v), st) }
	size := func(px float64) vg.Length { return vg.Length(px) * vg.Inch / 96 }
	if strings.EqualFold(filepath.Ext(file), ".svg") {
		err = write(page, vgsvg.New(size(width), size(height)))
	} else {
		canvas := vgimg.NewWith(vgimg.UseWH(size(width), size(height)), vgimg.UseDPI(192))
		err = write(page, vgimg.PngCanvas{Canvas: canvas})
	}
	if err == nil && !c.all {
		warn("the chart's font lacks some of the characters: name one with --font, or install Noto Sans CJK")
	}
	return err
}

func (c *chart) words(s string) string {
	out, complete := c.font.drawable(s)
	c.all = c.all && complete
	return out
}

// plot makes an empty plot in the chart's font.
func (c *chart) plot(title string) *plot.Plot {
	p := plot.New()
	p.TextHandler = c.font.handler
	style := func(t *text.Style, size float64) {
		t.Handler, t.Color = c.font.handler, ink1
		t.Font = c.font.font
		t.Font.Size = font.Length(vg.Points(size))
	}
	p.Title.Text, p.Title.Padding = c.words(title), vg.Points(6)
	style(&p.Title.TextStyle, 11)
	for _, a := range []*plot.Axis{&p.X, &p.Y} {
		style(&a.Label.TextStyle, 9)
		style(&a.Tick.Label, 8.5)
		a.LineStyle.Color, a.Tick.LineStyle.Color = faint, faint
	}
	style(&p.Legend.TextStyle, 9)
	return p
}

func (c *chart) page(dc draw.Canvas, st *statistics) error {
	w, h := dc.Size().X, dc.Size().Y
	dc.SetColor(color.White)
	dc.Fill(dc.Rectangle.Path())
	margin := vg.Points(14)
	part := func(x0, y0, x1, y1 float64) draw.Canvas { // from the upper left, parts of the page
		return draw.Canvas{Canvas: dc.Canvas, Rectangle: vg.Rectangle{
			Min: vg.Point{X: vg.Length(x0)*w + margin, Y: vg.Length(1-y1)*h + margin},
			Max: vg.Point{X: vg.Length(x1)*w - margin, Y: vg.Length(1-y0)*h - margin},
		}}
	}
	const lower = 0.56
	title := event.Grouped(st.Events) + " events"
	if st.People > 0 {
		title += ", " + event.Grouped(st.People) + " people"
	}
	if st.Ledger.Total > 0 {
		title += ", " + cny(st.Ledger.Total)
	}
	title += fmt.Sprintf("  ·  %s – %s  ·  comments", st.First.Time().Format("2006-01-02 15:04"), st.Last.Time().Format("2006-01-02 15:04"))
	comments, err := c.timePlot(st, title, blue, sky, func(p point) float64 { return float64(p.comments) })
	if err != nil {
		return err
	}
	lines := [][]*plot.Plot{{comments}}
	if st.Ledger.Total > 0 {
		money, err := c.timePlot(st, "CNY", orange, sand, func(p point) float64 { return float64(p.paid) / 1000 })
		if err != nil {
			return err
		}
		lines = append(lines, []*plot.Plot{money})
	}
	upper := part(0, 0, 1, lower)
	// One below the other, with their clocks in line.
	canvases := plot.Align(lines, draw.Tiles{Rows: len(lines), Cols: 1, PadY: vg.Points(8)}, upper)
	for i := range lines {
		lines[i][0].Draw(canvases[i][0])
	}
	words := make([]entry, 0, len(st.Words))
	for _, x := range st.Words {
		if w, _ := c.font.drawable(x.Word); w != "" { // not of emoji alone
			words = append(words, entry{x.Word, float64(x.Comments)})
		}
	}
	senders := make([]entry, 0, len(st.Senders))
	for _, x := range st.Senders {
		senders = append(senders, entry{x.Name, float64(x.Comments)})
	}
	right := 0.0
	if len(senders) > 0 {
		right = 0.5
	}
	if len(words) > 0 {
		end := 1.0
		if right > 0 {
			end = 0.5
		}
		if err := c.barPlot(part(0, lower, end, 1), "words", words, teal); err != nil {
			return err
		}
	}
	if len(senders) > 0 {
		if len(words) == 0 {
			right = 0
		}
		return c.barPlot(part(right, lower, 1, 1), "wrote most", senders, blue)
	}
	return nil
}

// maxDrawn is how many points a line of a chart has at most.
const maxDrawn = 500

// rounded gives the series in steps people think in.
func (s *series) rounded() series {
	length := s.end() - s.origin
	out := series{step: s.step}
	for _, m := range []event.Millis{1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1440, 2880, 10080, 43200} {
		if out.step = m * minute; out.step >= s.step && length/out.step < maxDrawn {
			break
		}
	}
	out.step = max(out.step, s.step)
	out.origin = s.origin - s.origin%out.step
	out.points = make([]point, (s.end()-out.origin+out.step-1)/out.step)
	for i, p := range s.points {
		middle := s.origin + event.Millis(i)*s.step + s.step/2
		o := &out.points[(middle-out.origin)/out.step]
		o.comments += p.comments
		o.paid += p.paid
	}
	return out
}

// timePlot draws a value along the time.
func (c *chart) timePlot(st *statistics, title string, line, fill color.Color, value func(point) float64) (*plot.Plot, error) {
	s := st.activity.series.rounded()
	p := c.plot(title + " each " + span(s.step))
	xy := make(plotter.XYs, 0, len(s.points)+2)
	// Corners of steps: a lone minute must be seen.
	for i, q := range s.points {
		x := float64(s.origin) + float64(i)*float64(s.step)
		xy = append(xy, plotter.XY{X: x, Y: value(q)}, plotter.XY{X: x + float64(s.step), Y: value(q)})
	}
	l, err := plotter.NewLine(xy)
	if err != nil {
		return nil, err
	}
	l.LineStyle = draw.LineStyle{Color: line, Width: vg.Points(1)}
	l.FillColor = fill
	grid := plotter.NewGrid()
	grid.Vertical.Color, grid.Horizontal.Color = faint, faint
	p.Add(grid, l)
	p.Y.Min = 0
	p.Y.Tick.Marker = countTicks{}
	p.X.Tick.Marker = clockTicks{}
	p.X.Min, p.X.Max = float64(s.origin), float64(s.end())
	p.Y.Max *= 1.06
	return p, nil
}

func span(m event.Millis) string {
	d := time.Duration(m) * time.Millisecond
	switch {
	case d == time.Minute:
		return "minute"
	case d == time.Hour:
		return "hour"
	case d == 24*time.Hour:
		return "day"
	case d > 24*time.Hour:
		return fmt.Sprintf("%.3g days", d.Hours()/24)
	case d > time.Hour:
		return fmt.Sprintf("%.3g hours", d.Hours())
	}
	return fmt.Sprintf("%.0f minutes", d.Minutes())
}

type entry struct {
	name  string
	value float64
}

func (c *chart) barPlot(dc draw.Canvas, title string, list []entry, fill color.Color) error {
	list = list[:min(len(list), 12)]
	p := c.plot(title)
	values := make(plotter.Values, len(list))
	names := make([]string, len(list))
	for i, e := range list { // the first at the top
		k := len(list) - 1 - i
		values[k], names[k] = e.value, c.words(clipRunes(e.name, 14))
	}
	row := (dc.Size().Y - vg.Points(50)) / vg.Length(max(1, len(list)))
	bars, err := plotter.NewBarChart(values, vg.Length(math.Min(float64(row)*0.72, float64(vg.Points(16)))))
	if err != nil {
		return err
	}
	bars.Horizontal, bars.Color = true, fill
	bars.LineStyle.Width = 0
	p.Add(bars)
	p.NominalY(names...)
	p.Y.LineStyle.Width, p.Y.Tick.LineStyle.Width = 0, 0
	p.X.Min = 0
	p.X.Tick.Marker = countTicks{}
	p.Draw(dc)
	return nil
}

func clipRunes(s string, n int) string {
	r := []rune(s)
	if len(r) <= n {
		return s
	}
	return string(r[:n-1]) + "…"
}

// countTicks marks round numbers.
type countTicks struct{}

func (countTicks) Ticks(low, high float64) []plot.Tick {
	if !(high > low) {
		return nil
	}
	step := math.Pow(10, math.Floor(math.Log10((high-low)/4)))
	for _, f := range []float64{5, 2} {
		if (high-low)/(step*f) >= 4 {
			step *= f
			break
		}
	}
	step = math.Max(step, 1)
	var list []plot.Tick
	for v := math.Ceil(low/step) * step; v <= high && len(list) < 50; v += step {
		list = append(list, plot.Tick{Value: v, Label: event.Grouped(int64(math.Round(v)))})
	}
	return list
}

// clockTicks marks round times of the local clock.
type clockTicks struct{}

func (clockTicks) Ticks(low, high float64) []plot.Tick {
	span := time.Duration(high-low) * time.Millisecond
	first := event.Millis(low).Time()
	t := time.Date(first.Year(), first.Month(), first.Day(), 0, 0, 0, 0, first.Location())
	next := func() { t = t.AddDate(5, 0, 0) }
	layout := "2006-01"
	for _, months := range []int{60, 24, 12, 6, 3, 1} {
		if span/time.Duration(months)/(30*24*time.Hour) >= 4 {
			t = time.Date(first.Year(), 1, 1, 0, 0, 0, 0, first.Location())
			next = func() { t = t.AddDate(0, months, 0) }
			break
		}
	}
	if span < 120*24*time.Hour {
		for _, step := range []time.Duration{time.Minute, 2 * time.Minute, 5 * time.Minute, 10 * time.Minute, 15 * time.Minute, 30 * time.Minute, time.Hour, 2 * time.Hour,
			3 * time.Hour, 6 * time.Hour, 12 * time.Hour, 24 * time.Hour, 48 * time.Hour, 7 * 24 * time.Hour, 14 * 24 * time.Hour} {
			layout = "15:04"
			switch {
			case step >= 24*time.Hour:
				layout = "2006-01-02"
			case span > 20*time.Hour:
				layout = "01-02 15:04"
			}
			next = func() { t = t.Add(step) }
			if span/step <= 9 {
				break
			}
		}
	}
	var list []plot.Tick
	for ; float64(event.At(t)) <= high && len(list) < 50; next() {
		if float64(event.At(t)) >= low {
			list = append(list, plot.Tick{Value: float64(event.At(t)), Label: t.Format(layout)})
		}
	}
	return list
}
