package exchange

import (
	"encoding/json"
	"math"
	"strconv"
	"strings"

	"danmaku/event"
)

// positioned is a comment of mode 7: a text with its own place, way, turn and
// fading, as the video site's JSON array has it: [x, y, "a0-a1", seconds,
// "text", turn about z, about y, x2, y2, milliseconds of moving, delay,
// outline, "font", …].
type positioned struct {
	x, y, x2, y2 float64 // parts of the picture
	from, to     float64 // opacity, 0 to 1
	life         float64 // seconds
	text         string
	turnZ, turnY float64
	move, delay  float64 // milliseconds
	bare         bool    // no outline
}

// Whole numbers in such comments are pixels of the site's old player.
const playerWidth, playerHeight = 682, 438

func parsePositioned(s string) (positioned, bool) {
	var list []any
	if len(s) > 1<<16 || json.Unmarshal([]byte(s), &list) != nil || len(list) < 5 {
		return positioned{}, false
	}
	number := func(i int) (v float64, fraction, ok bool) {
		if i >= len(list) {
			return 0, false, false
		}
		switch x := list[i].(type) {
		case float64:
			v, fraction = x, x != math.Trunc(x) || x == 0
		case string:
			f, err := strconv.ParseFloat(strings.TrimSpace(x), 64)
			if err != nil {
				return 0, false, false
			}
			v, fraction = f, strings.Contains(x, ".")
		default:
			return 0, false, false
		}
		return v, fraction, !math.IsNaN(v) && !math.IsInf(v, 0)
	}
	place := func(i int, size float64) (float64, bool) {
		v, fraction, ok := number(i)
		if !fraction || v > 1 {
			v /= size
		}
		return math.Max(-4, math.Min(4, v)), ok
	}
	or := func(i int, fallback, most float64) float64 {
		v, _, ok := number(i)
		if !ok {
			return fallback
		}
		return math.Max(-most, math.Min(most, v))
	}
	p := positioned{from: 1, to: 1}
	var okX, okY bool
	if p.x, okX = place(0, playerWidth); !okX {
		return p, false
	}
	if p.y, okY = place(1, playerHeight); !okY {
		return p, false
	}
	var isText bool
	if p.text, isText = list[4].(string); !isText {
		return p, false
	}
	if alpha, ok := list[2].(string); ok {
		a, b, _ := strings.Cut(alpha, "-")
		if f, err := strconv.ParseFloat(a, 64); err == nil && f >= 0 && f <= 1 {
			p.from, p.to = f, f
		}
		if f, err := strconv.ParseFloat(b, 64); err == nil && f >= 0 && f <= 1 {
			p.to = f
		}
	}
	p.life = math.Max(0.1, or(3, 5, 600))
	p.turnZ, p.turnY = or(5, 0, 36000), or(6, 0, 36000)
	p.x2, p.y2 = p.x, p.y
	if x, ok := place(7, playerWidth); ok {
		p.x2 = x
	}
	if y, ok := place(8, playerHeight); ok {
		p.y2 = y
	}
	p.move = math.Max(0, or(9, p.life*1000, 600_000))
	p.delay = math.Max(0, or(10, 0, 600_000))
	if len(list) > 11 {
		switch list[11] {
		case false, "false", 0.0, "0":
			p.bare = true
		}
	}
	return p, true
}

func (a *assWriter) positioned(p positioned, c *event.Comment, start int64) {
	px := func(part float64, size int) int64 { return int64(math.Round(part * float64(size))) }
	x, y := px(p.x, a.style.Width), px(p.y, a.style.Height)
	x2, y2 := px(p.x2, a.style.Width), px(p.y2, a.style.Height)
	a.line(true, layerPositioned, start, start+max(1, int64(p.life*100)), "SP")
	if x == x2 && y == y2 {
		a.pos(x, y)
	} else {
		l := appendInts(append(a.out.line, `\move(`...), x, y, x2, y2, int64(p.delay), int64(p.delay+p.move))
		a.out.line = append(l, ')')
	}
	l := a.out.line
	if p.turnZ != 0 {
		l = strconv.AppendFloat(append(l, `\frz`...), -p.turnZ, 'f', -1, 64)
	}
	if p.turnY != 0 {
		l = strconv.AppendFloat(append(l, `\fry`...), p.turnY, 'f', -1, 64)
	}
	if c.Size > 0 && c.Size != 25 {
		l = strconv.AppendInt(append(l, `\fs`...), int64(float64(a.style.FontSize*min(c.Size, 1000))/25), 10)
	}
	if p.bare {
		l = append(l, `\bord0`...)
	}
	if color := colorNumber(c.Color, white); color != white {
		l = appendColor(append(l, `\c`...), color)
	}
	alpha := func(part float64) string {
		return strconv.FormatInt(255-int64(math.Round(part*255)), 16)
	}
	if p.from != 1 || p.to != 1 {
		l = append(append(append(l, `\alpha&H`...), alpha(p.from)...), '&')
	}
	if p.from != p.to {
		l = append(append(append(l, `\t(\alpha&H`...), alpha(p.to)...), "&)"...)
	}
	l = append(l, '}')
	for i, part := range strings.Split(strings.ReplaceAll(p.text, "/n", "\n"), "\n") {
		if i > 0 {
			l = append(l, `\N`...)
		}
		l = appendASSText(l, part)
	}
	a.out.line = l
	a.end()
}
