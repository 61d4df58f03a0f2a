package simroom

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"net/http"
	"strings"
)

// servePicture draws what stands at the address of a face, an emote or a
// cover: a pattern that is always the same for one address.
func servePicture(w http.ResponseWriter, q *http.Request) {
	size := 64
	if strings.Contains(q.URL.Path, "cover") || strings.Contains(q.URL.Path, "keyframe") {
		size = 256
	}
	h := crc(q.URL.Path)
	tone := func(shift uint) uint8 { return 90 + uint8(h>>shift)%150 }
	ink := color.RGBA{tone(0), tone(8), tone(16), 255}
	paper := color.RGBA{255 - tone(0)/4, 255 - tone(8)/4, 255 - tone(16)/4, 255}
	img := image.NewRGBA(image.Rect(0, 0, size, size))
	for y := range size {
		for x := range size {
			col, row := x*7/size, y*7/size
			if col > 3 {
				col = 6 - col // left and right are alike
			}
			c := paper
			if col > 0 && row > 0 && row < 6 && h>>(uint(col*5+row)%32)&1 == 1 {
				c = ink
			}
			img.SetRGBA(x, y, c)
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "image/png")
	w.Header().Set("Cache-Control", "max-age=86400")
	_, _ = w.Write(b.Bytes())
}
