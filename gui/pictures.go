package gui

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"image"
	_ "image/gif" // stickers come as any of these
	_ "image/jpeg"
	_ "image/png"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/image/draw"
	_ "golang.org/x/image/webp"
)

// Limits of the pictures fetched for emotes and stickers.
const (
	pictureBytes   = 2 << 20   // of one file
	pictureSide    = 2048      // pixels of one picture as it comes
	pictureShown   = 192       // pixels of the longer side as it is kept
	pictureMemory  = 24 << 20  // of all that are kept ready
	pictureDisk    = 128 << 20 // of all files
	pictureQueue   = 256       // waiting; more are asked for again when they are drawn again
	pictureWorkers = 4         // at once
	picturePause   = 60 * time.Millisecond
	pictureTimeout = 15 * time.Second
	pictureRetry   = 10 * time.Minute // after a failure
)

// pictures fetches the pictures of emotes and stickers: few at a time, never
// one twice, and only from the platform's own hosts, because the addresses come
// from strangers. Its methods belong to the goroutine that draws.
type pictures struct {
	dir    string          // of the files; "": none are kept
	hosts  func() []string // allowed besides the platform's, with port; any goroutine may ask
	client *http.Client
	do     func(func()) // on the goroutine that draws
	ready  func()       // a picture has come

	known map[string]*knownPicture
	bytes int // of all known pictures
	clock int64
	queue chan string
}

type knownPicture struct {
	pic     *picture
	bytes   int
	used    int64
	failed  time.Time // when it could not be had
	waiting bool
}

// platformHosts are where the platform keeps pictures (protocol.md, emotes).
var platformHosts = []string{"hdslb.com", "biliimg.com", "bilibili.com"}

func newPictures(dir string, hosts func() []string, do func(func()), ready func()) *pictures {
	if hosts == nil {
		hosts = func() []string { return nil }
	}
	p := &pictures{dir: dir, hosts: hosts, do: do, ready: ready, known: make(map[string]*knownPicture), queue: make(chan string, pictureQueue)}
	p.client = &http.Client{Timeout: pictureTimeout, CheckRedirect: func(req *http.Request, via []*http.Request) error {
		if len(via) > 3 || !p.allowed(req.URL) {
			return errors.New("redirected away")
		}
		return nil
	}}
	return p
}

// allowed reports whether a picture may be fetched from an address.
func (p *pictures) allowed(u *url.URL) bool {
	if slices.Contains(p.hosts(), u.Host) {
		return u.Scheme == "http" || u.Scheme == "https"
	}
	host := strings.ToLower(u.Hostname())
	if u.Scheme != "https" && u.Scheme != "http" || net.ParseIP(host) != nil {
		return false
	}
	return slices.ContainsFunc(platformHosts, func(h string) bool { return host == h || strings.HasSuffix(host, "."+h) })
}

// address is what to fetch for an address as the platform writes it.
func (p *pictures) address(s string) string {
	if strings.HasPrefix(s, "//") {
		s = "https:" + s
	}
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || !p.allowed(u) {
		return ""
	}
	if u.Scheme == "http" && !slices.Contains(p.hosts(), u.Host) {
		u.Scheme = "https"
	}
	return u.String()
}

// get returns the picture of an address, or nil and asks for it.
func (p *pictures) get(address string) *picture {
	p.clock++
	k := p.known[address]
	if k == nil {
		k = &knownPicture{}
		p.known[address] = k
		if len(p.known) > 1<<14 {
			p.forget()
		}
	}
	k.used = p.clock
	if k.pic != nil || k.waiting || !k.failed.IsZero() && time.Since(k.failed) < pictureRetry {
		return k.pic
	}
	from := p.address(address)
	if from == "" {
		k.failed = time.Now()
		return nil
	}
	select {
	case p.queue <- address:
		k.waiting = true
	default: // too many wait: asked again when it is drawn again
	}
	return nil
}

// forget drops what was not drawn for long, down to half of what is allowed.
func (p *pictures) forget() {
	var list []string
	for a, k := range p.known {
		if !k.waiting {
			list = append(list, a)
		}
	}
	slices.SortFunc(list, func(a, b string) int { return cmp.Compare(p.known[a].used, p.known[b].used) })
	for _, a := range list {
		if p.bytes <= pictureMemory/2 && len(p.known) <= 1<<13 {
			return
		}
		p.bytes -= p.known[a].bytes
		delete(p.known, a)
	}
}

// arrived takes a picture in, or that it could not be had.
func (p *pictures) arrived(address string, pic *picture) {
	k := p.known[address]
	if k == nil {
		return
	}
	k.waiting = false
	if pic == nil {
		k.failed = time.Now()
		return
	}
	b := pic.image.Bounds()
	k.pic, k.bytes = pic, 4*b.Dx()*b.Dy()
	if p.bytes += k.bytes; p.bytes > pictureMemory {
		p.forget()
	}
	p.ready()
}

// run fetches until ctx ends.
func (p *pictures) run(ctx context.Context) {
	var wg sync.WaitGroup
	defer wg.Wait()
	if p.dir != "" {
		wg.Go(func() { prunePictures(p.dir, pictureDisk) })
	}
	for range pictureWorkers {
		wg.Go(func() {
			for {
				select {
				case <-ctx.Done():
					return
				case address := <-p.queue:
					pic, fetched := p.load(ctx, address)
					if ctx.Err() != nil {
						return
					}
					p.do(func() { p.arrived(address, pic) })
					if !fetched {
						continue
					}
					select {
					case <-time.After(picturePause):
					case <-ctx.Done():
						return
					}
				}
			}
		})
	}
	<-ctx.Done()
	p.client.CloseIdleConnections()
}

// file is where a picture is kept.
func (p *pictures) file(address string) string {
	sum := sha256.Sum256([]byte(address))
	name := hex.EncodeToString(sum[:16])
	return filepath.Join(p.dir, name[:2], name)
}

// load reads a picture from its file, or fetches it; nil when neither can be.
func (p *pictures) load(ctx context.Context, address string) (pic *picture, fetched bool) {
	if p.dir != "" {
		if b, err := os.ReadFile(p.file(address)); err == nil {
			if pic, err = decodePicture(b); err == nil {
				now := time.Now()
				_ = os.Chtimes(p.file(address), now, now) // the oldest are pruned first
				return pic, false
			}
			_ = os.Remove(p.file(address))
		}
	}
	b, err := p.fetch(ctx, p.address(address))
	if err != nil {
		return nil, true
	}
	if pic, err = decodePicture(b); err != nil {
		return nil, true
	}
	if p.dir != "" {
		_ = writeFile(p.file(address), b, false) // then it is fetched again next time
	}
	return pic, true
}

func (p *pictures) fetch(ctx context.Context, address string) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("User-Agent", "danmaku")
	resp, err := p.client.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK || resp.ContentLength > pictureBytes {
		return nil, fmt.Errorf("%s", resp.Status)
	}
	b, err := io.ReadAll(io.LimitReader(resp.Body, pictureBytes+1))
	if err == nil && len(b) > pictureBytes {
		err = errors.New("too big")
	}
	return b, err
}

var errPicture = errors.New("not a picture of a sensible size")

// decodePicture reads a picture, after a look at its size, and makes it as
// small as it is shown. Of a moving picture it is the first.
func decodePicture(b []byte) (*picture, error) {
	c, _, err := image.DecodeConfig(bytes.NewReader(b))
	if err != nil {
		return nil, err
	}
	if c.Width < 1 || c.Height < 1 || c.Width > pictureSide || c.Height > pictureSide {
		return nil, errPicture
	}
	img, _, err := image.Decode(bytes.NewReader(b))
	if err != nil {
		return nil, err
	}
	from := img.Bounds()
	if from.Dx() < 1 || from.Dy() < 1 {
		return nil, errPicture
	}
	w, h := from.Dx(), from.Dy()
	if longer := max(w, h); longer > pictureShown {
		w, h = max(1, w*pictureShown/longer), max(1, h*pictureShown/longer)
	}
	rgba := image.NewRGBA(image.Rect(0, 0, w, h))
	draw.ApproxBiLinear.Scale(rgba, rgba.Rect, img, from, draw.Src, nil)
	return &picture{rgba}, nil
}

// prunePictures deletes the files that were not used for longest, down to a
// number of bytes.
func prunePictures(dir string, limit int64) {
	type file struct {
		path string
		size int64
		at   time.Time
	}
	var files []file
	var sum int64
	_ = filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return nil // not there yet, or gone meanwhile
		}
		if info, err := d.Info(); err == nil {
			files = append(files, file{path, info.Size(), info.ModTime()})
			sum += info.Size()
		}
		return nil
	})
	slices.SortFunc(files, func(a, b file) int { return a.at.Compare(b.at) })
	for _, f := range files {
		if sum <= limit {
			return
		}
		if os.Remove(f.path) == nil {
			sum -= f.size
		}
	}
}
