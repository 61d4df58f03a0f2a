package relay

import (
	"embed"
	"net/http"
	"path"
	"strings"

	"github.com/gorilla/websocket"
)

//go:embed web
var web embed.FS

// pagePolicy lets the pages run their own scripts only and show pictures of
// the platform. Styles may be inline: OBS adds the user's own that way.
const pagePolicy = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' https: data:; font-src 'self' https: data:; " +
	"connect-src 'self' ws: wss:; base-uri 'none'; form-action 'none'"

// roomPolicy is that of the page for style sheets and templates made for other
// programs: sheets fetch fonts and further sheets, templates are framed. Nothing
// of them runs in the page itself.
const roomPolicy = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline' https:; img-src 'self' https: data:; font-src 'self' https: data:; " +
	"connect-src 'self' ws: wss:; frame-src 'self' https: http://localhost:* http://127.0.0.1:*; base-uri 'none'; form-action 'none'"

func (r *Relay) pageRoutes() {
	r.mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, req *http.Request) {
		if websocket.IsWebSocketUpgrade(req) {
			r.bridge(w, req)
			return
		}
		// Nobody frames the page with the buttons.
		w.Header().Set("Content-Security-Policy", pagePolicy+"; frame-ancestors 'none'")
		file(w, req, "dashboard.html")
	})
	r.mux.HandleFunc("GET /overlay/{room}", func(w http.ResponseWriter, req *http.Request) {
		if _, p := roomOf(req); p != nil {
			writeProblem(w, p)
			return
		}
		w.Header().Set("Content-Security-Policy", pagePolicy)
		file(w, req, "overlay.html")
	})
	r.mux.HandleFunc("GET /room/{room}", func(w http.ResponseWriter, req *http.Request) {
		if _, p := roomOf(req); p != nil {
			writeProblem(w, p)
			return
		}
		w.Header().Set("Content-Security-Policy", roomPolicy)
		file(w, req, "room.html")
	})
	r.mux.HandleFunc("GET /assets/{name}", func(w http.ResponseWriter, req *http.Request) {
		name := req.PathValue("name")
		if ext := path.Ext(name); ext != ".css" && ext != ".js" {
			writeProblem(w, errNoPage)
			return
		}
		file(w, req, name)
	})
	r.mux.HandleFunc("GET /favicon.ico", func(w http.ResponseWriter, req *http.Request) { file(w, req, "icon.svg") })
}

var errNoPage = &problem{http.StatusNotFound, "not_found", "there is nothing at this address", "the dashboard at / lists the addresses"}

var types = map[string]string{
	".html": "text/html; charset=utf-8",
	".css":  "text/css; charset=utf-8",
	".js":   "text/javascript; charset=utf-8",
	".svg":  "image/svg+xml",
}

// file writes an embedded file. It is small and local, so it is not cached:
// after an update nobody sees an old page.
func file(w http.ResponseWriter, req *http.Request, name string) {
	b, err := web.ReadFile("web/" + name)
	if err != nil {
		writeProblem(w, errNoPage)
		return
	}
	w.Header().Set("Content-Type", types[path.Ext(name)])
	w.Header().Set("Cache-Control", "no-cache")
	if req.Method != http.MethodHead {
		_, _ = w.Write(b)
	}
}

// page marks what is the same for everybody and needs no token: the pages ask
// for it themselves, by their scripts.
func page(p string) bool {
	return p == "/" || p == "/favicon.ico" || strings.HasPrefix(p, "/assets/") || strings.HasPrefix(p, "/overlay/") ||
		strings.HasPrefix(p, "/room/") && !strings.HasPrefix(p, "/room/v1/")
}
