package gui

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

func pngOf(t *testing.T, w, h int) []byte {
	t.Helper()
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	for i := range img.Pix {
		img.Pix[i] = 0xff
	}
	img.Set(0, 0, color.RGBA{R: 0xff, A: 0xff})
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// gallery is a server of pictures that counts what is asked of it.
type gallery struct {
	*httptest.Server
	mu    sync.Mutex
	asked map[string]int
	now   int // requests at this moment
	most  int
}

func (g *gallery) count(path string) int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.asked[path]
}

func newGallery(t *testing.T) *gallery {
	t.Helper()
	g := &gallery{asked: map[string]int{}}
	small, wide, huge := pngOf(t, 20, 20), pngOf(t, 800, 200), pngOf(t, 3000, 10)
	g.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		g.mu.Lock()
		g.asked[r.URL.Path]++
		g.now++
		g.most = max(g.most, g.now)
		g.mu.Unlock()
		defer func() {
			g.mu.Lock()
			g.now--
			g.mu.Unlock()
		}()
		switch {
		case r.URL.Path == "/wide":
			_, _ = w.Write(wide)
		case r.URL.Path == "/huge":
			_, _ = w.Write(huge)
		case r.URL.Path == "/long":
			_, _ = w.Write(bytes.Repeat([]byte("x"), pictureBytes+10))
		case r.URL.Path == "/text":
			fmt.Fprint(w, "<html>")
		case r.URL.Path == "/away":
			http.Redirect(w, r, "http://example.invalid/x", http.StatusFound)
		case r.URL.Path == "/gone":
			http.NotFound(w, r)
		default:
			_, _ = w.Write(small)
		}
	}))
	t.Cleanup(g.Close)
	return g
}

// newTestPictures fetches from a gallery; wait does what the workers ask for
// until ok.
func newTestPictures(t *testing.T, g *gallery, dir string) (p *pictures, wait func(ok func() bool)) {
	t.Helper()
	u, err := url.Parse(g.URL)
	if err != nil {
		t.Fatal(err)
	}
	todo := make(chan func(), 1024)
	p = newPictures(dir, func() []string { return []string{u.Host} }, func(f func()) { todo <- f }, func() {})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); p.run(ctx) }()
	t.Cleanup(func() { cancel(); <-done })
	return p, func(ok func() bool) {
		t.Helper()
		late := time.After(time.Minute)
		for !ok() {
			select {
			case f := <-todo:
				f()
			case <-late:
				t.Fatal("the pictures did not come")
			}
		}
	}
}

func TestAPictureIsFetchedOnceAndKept(t *testing.T) {
	g, dir := newGallery(t), t.TempDir()
	p, wait := newTestPictures(t, g, dir)
	for range 5 {
		if p.get(g.URL+"/a") != nil {
			t.Fatal("there before it was fetched")
		}
	}
	wait(func() bool { return p.get(g.URL+"/a") != nil })
	wait(func() bool { return p.get(g.URL+"/wide") != nil })
	if b := p.get(g.URL + "/wide").image.Bounds(); b.Dx() != pictureShown || b.Dy() != pictureShown/4 {
		t.Errorf("kept at %v", b)
	}
	if n := g.count("/a"); n != 1 {
		t.Errorf("asked for %d times", n)
	}
	again, wait := newTestPictures(t, g, dir) // after a restart
	wait(func() bool { return again.get(g.URL+"/a") != nil })
	if n := g.count("/a"); n != 1 {
		t.Errorf("asked for again though there is a file: %d", n)
	}
}

func TestWhatIsNoPictureIsNotAskedForAgain(t *testing.T) {
	g := newGallery(t)
	p, wait := newTestPictures(t, g, t.TempDir())
	for _, path := range []string{"/huge", "/long", "/text", "/gone", "/away"} {
		address := g.URL + path
		p.get(address)
		wait(func() bool { return !p.known[address].failed.IsZero() })
		for range 3 {
			if p.get(address) != nil {
				t.Errorf("%s gave a picture", path)
			}
		}
		if n := g.count(path); n != 1 {
			t.Errorf("%s was asked for %d times", path, n)
		}
	}
}

func TestStrangersCannotMakeTheWindowCallOthers(t *testing.T) {
	p := newPictures("", nil, func(func()) {}, func() {})
	for _, a := range []string{"http://127.0.0.1:80/x", "https://example.com/x", "file:///etc/passwd", "https://hdslb.com.evil.example/x",
		"https://evilhdslb.com/x", "http://[::1]/x", "ftp://i0.hdslb.com/x", "", "\x7f", "https://i0.hdslb.com@evil.example/"} {
		if got := p.address(a); got != "" {
			t.Errorf("%q would be fetched as %q", a, got)
		}
		if p.get(a) != nil || len(p.queue) != 0 {
			t.Errorf("%q was asked for", a)
		}
	}
	for in, want := range map[string]string{
		"https://i0.hdslb.com/bfs/emote/x.png": "https://i0.hdslb.com/bfs/emote/x.png",
		"http://i0.hdslb.com/bfs/emote/x.png":  "https://i0.hdslb.com/bfs/emote/x.png",
		"//i0.hdslb.com/a":                     "https://i0.hdslb.com/a",
	} {
		if got := p.address(in); got != want {
			t.Errorf("%q is fetched as %q", in, got)
		}
	}
}

func TestManyPicturesAreFetchedAFewAtATime(t *testing.T) {
	g := newGallery(t)
	p, wait := newTestPictures(t, g, "")
	have := func() (n int) {
		for i := range 40 {
			if p.get(fmt.Sprint(g.URL, "/many", i)) != nil {
				n++
			}
		}
		return n
	}
	wait(func() bool { return have() == 40 })
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.most > pictureWorkers {
		t.Errorf("%d requests at once", g.most)
	}
	for path, n := range g.asked {
		if n != 1 {
			t.Errorf("%s was asked for %d times", path, n)
		}
	}
}

func TestMemoryAndDiskHaveABound(t *testing.T) {
	p := newPictures("", nil, func(func()) {}, func() {})
	big := &picture{image.NewRGBA(image.Rect(0, 0, 192, 192))}
	for i := range 1000 {
		a := fmt.Sprint("https://i0.hdslb.com/", i)
		p.get(a)
		p.arrived(a, big)
	}
	if p.bytes > pictureMemory {
		t.Errorf("%d bytes held", p.bytes)
	}
	if p.get("https://i0.hdslb.com/999") == nil {
		t.Error("the newest was forgotten")
	}
	dir := t.TempDir()
	for i := range 10 {
		path := filepath.Join(dir, "ab", fmt.Sprint(i))
		if err := writeFile(path, []byte(strings.Repeat("x", 100)), false); err != nil {
			t.Fatal(err)
		}
		at := time.Now().Add(time.Duration(i) * time.Minute)
		if err := os.Chtimes(path, at, at); err != nil {
			t.Fatal(err)
		}
	}
	prunePictures(dir, 450)
	left, err := os.ReadDir(filepath.Join(dir, "ab"))
	if err != nil || len(left) != 4 || left[0].Name() != "6" {
		t.Errorf("left: %v, %v", left, err)
	}
}

func FuzzDecodePicture(f *testing.F) {
	f.Add([]byte("\x89PNG\r\n\x1a\n"))
	f.Add([]byte("GIF89a\x01\x00\x01\x00\x80\x00\x00"))
	f.Add([]byte("RIFF\x00\x00\x00\x00WEBPVP8 "))
	f.Fuzz(func(t *testing.T, b []byte) {
		if p, err := decodePicture(b); err == nil && (p.image.Bounds().Dx() > pictureShown || p.image.Bounds().Dy() > pictureShown) {
			t.Errorf("kept at %v", p.image.Bounds())
		}
	})
}
