package relay

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode"

	"github.com/gorilla/websocket"
)

// scope is what a token allows. An admin may do all that a reader may.
type scope uint8

const (
	scopeNone scope = iota
	scopeRead
	scopeAdmin
)

// Tokens are the access tokens of a relay. Only their hashes are kept.
type Tokens struct {
	list []token
}

type token struct {
	hash  [sha256.Size]byte
	scope scope
}

// tokenMin is the shortest token accepted: a shorter one could be guessed.
const tokenMin = 16

// ParseTokens reads a token file: a line per token, "read TOKEN" or
// "admin TOKEN", anything behind it is a remark, # begins a comment. Errors
// name the line, never its content.
func ParseTokens(file []byte) (*Tokens, error) {
	t := &Tokens{}
	lines := bufio.NewScanner(bytes.NewReader(file))
	for n := 1; lines.Scan(); n++ {
		line, _, _ := strings.Cut(lines.Text(), "#")
		words := strings.Fields(line)
		if len(words) == 0 {
			continue
		}
		var s scope
		switch words[0] {
		case "read":
			s = scopeRead
		case "admin":
			s = scopeAdmin
		}
		switch {
		case s == scopeNone || len(words) < 2:
			return nil, fmt.Errorf("relay: token file line %d: write a scope, read or admin, and a token", n)
		case len(words[1]) < tokenMin:
			return nil, fmt.Errorf("relay: token file line %d: the token is shorter than %d characters; make one with: openssl rand -hex 24", n, tokenMin)
		case strings.ContainsFunc(words[1], func(c rune) bool { return c > 0x7e || !unicode.IsPrint(c) || strings.ContainsRune(`",;\`, c) }):
			return nil, fmt.Errorf("relay: token file line %d: a token is of letters, digits and - . _ ~ only", n)
		}
		t.list = append(t.list, token{sha256.Sum256([]byte(words[1])), s})
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("relay: token file: %w", err)
	}
	if len(t.list) == 0 {
		return nil, errors.New("relay: the token file has no token; write a line such as: read " + strings.Repeat("x", tokenMin))
	}
	return t, nil
}

// scope is what a token allows; it takes the same time for all of them.
func (t *Tokens) scope(s string) scope {
	hash := sha256.Sum256([]byte(s))
	found := scopeNone
	for i := range t.list {
		if subtle.ConstantTimeCompare(hash[:], t.list[i].hash[:]) == 1 {
			found = max(found, t.list[i].scope)
		}
	}
	return found
}

// tokenProtocol is the WebSocket subprotocol for browsers, which cannot set
// headers: "danmaku.v1" and then the token as a second protocol. The answer
// names the first one only.
const tokenProtocol = "danmaku.v1"

// protocolOf is the subprotocol to answer with.
func (r *Relay) protocolOf(req *http.Request) string {
	if slices.Contains(websocket.Subprotocols(req), tokenProtocol) {
		return tokenProtocol
	}
	return ""
}

// tokenOf finds the token of a request: header, subprotocol, or query. The
// query is for OBS and other programs that take nothing but an address.
func tokenOf(req *http.Request) string {
	if kind, t, ok := strings.Cut(req.Header.Get("Authorization"), " "); ok && strings.EqualFold(kind, "Bearer") {
		return strings.TrimSpace(t)
	}
	if p := websocket.Subprotocols(req); len(p) == 2 && (p[0] == tokenProtocol || bridgeRole(p[0])) {
		return p[1]
	}
	return req.URL.Query().Get("token")
}

// open marks what needs no token here: whether the process lives, and what
// asks for the token in its own first message.
func open(req *http.Request) bool {
	switch p := req.URL.Path; p {
	case "/healthz", "/readyz", "/x/frontend/finger/spi", "/x/web-interface/nav", "/api/ping":
		return true
	case "/sub":
		return !oneCommeAsks(req)
	default:
		return page(p) && !websocket.IsWebSocketUpgrade(req)
	}
}

// guard wraps the handler with what every request must pass.
func (r *Relay) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		h := w.Header()
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		if p := r.check(req); p != nil {
			if p.Status == http.StatusUnauthorized {
				h.Set("WWW-Authenticate", `Bearer realm="danmaku"`)
			}
			if p.Status == http.StatusRequestEntityTooLarge {
				h.Set("Connection", "close") // nor is it read
			}
			writeProblem(w, p)
			return
		}
		if origin := req.Header.Get("Origin"); origin != "" {
			h.Set("Access-Control-Allow-Origin", origin)
			h.Add("Vary", "Origin")
			h.Set("Access-Control-Expose-Headers", "Danmaku-Archive, Danmaku-Seq")
			if req.Method == http.MethodOptions {
				h.Set("Access-Control-Allow-Headers", "Authorization, Content-Type, Last-Event-ID")
				h.Set("Access-Control-Allow-Methods", "GET, PUT, DELETE")
				h.Set("Access-Control-Max-Age", "600")
				w.WriteHeader(http.StatusNoContent)
				return
			}
		}
		next.ServeHTTP(w, req)
	})
}

// check refuses what may not be asked, or not by this caller.
func (r *Relay) check(req *http.Request) *problem {
	if len(req.URL.RawQuery) > 8<<10 {
		return &problem{http.StatusRequestURITooLong, "query_too_long", "the query is longer than 8 KiB", "ask for fewer rooms, or for all by leaving room= out"}
	}
	if req.ContentLength > 1<<10 || req.ContentLength < 0 { // no address takes a body; an empty object is harmless
		return &problem{http.StatusRequestEntityTooLarge, "body_refused", "no address of the relay takes a body", "send the parameters in the address"}
	}
	changes := req.Method != http.MethodGet && req.Method != http.MethodHead && req.Method != http.MethodOptions
	origin := req.Header.Get("Origin")
	if r.config.Tokens != nil {
		// The token is the proof: a page that has it was given it.
		if open(req) || req.Method == http.MethodOptions && origin != "" {
			return nil
		}
		have := r.config.Tokens.scope(tokenOf(req))
		need := scopeRead
		if changes {
			need = scopeAdmin
		}
		switch {
		case have == scopeNone:
			return &problem{http.StatusUnauthorized, "token_needed", "this relay asks for a token",
				"send the header Authorization: Bearer TOKEN; in OBS add ?token=TOKEN to the address"}
		case have < need:
			return &problem{http.StatusForbidden, "scope_needed", "this token may only read", "use a token of scope admin"}
		}
		return nil
	}
	// Without tokens whoever reaches the address may use it. A web page that
	// somebody happens to look at must not, so neither a foreign name for this
	// address (DNS rebinding) nor a foreign page is answered.
	if !r.hostAllowed(req.Host) {
		return &problem{http.StatusForbidden, "host_refused", "the relay is not known by this name",
			"use its IP address or localhost, or start it with --allow-origin for the name"}
	}
	if origin != "" && !r.originAllowed(origin, req.Host) {
		return &problem{http.StatusForbidden, "origin_refused", "web pages of this origin may not use the relay",
			"start it with --allow-origin " + safeOrigin(origin)}
	}
	if changes && origin == "" && req.Header.Get("Sec-Fetch-Site") == "cross-site" {
		return &problem{http.StatusForbidden, "origin_refused", "another web site may not change anything here", "use the dashboard or a program"}
	}
	return nil
}

func safeOrigin(origin string) string {
	if u, err := url.Parse(origin); err == nil && u.Host != "" && len(origin) < 100 {
		return u.Scheme + "://" + u.Host
	}
	return "ORIGIN"
}

func hostname(hostport string) string {
	host, _, err := net.SplitHostPort(hostport)
	if err != nil {
		host = strings.Trim(hostport, "[]")
	}
	return strings.ToLower(strings.TrimSuffix(host, "."))
}

func local(name string) bool {
	return name == "localhost" || strings.HasSuffix(name, ".localhost")
}

// hostAllowed reports whether a Host header names us: an address cannot be
// rebound, a name can.
func (r *Relay) hostAllowed(host string) bool {
	name := hostname(host)
	if name == "" || net.ParseIP(name) != nil || local(name) {
		return true
	}
	for _, o := range r.config.AllowOrigins {
		if u, err := url.Parse(o); err == nil && hostname(u.Host) == name {
			return true
		}
	}
	return false
}

// originAllowed reports whether a page of an origin may read: our own pages,
// pages served by programs on this machine, and those allowed by name.
func (r *Relay) originAllowed(origin, host string) bool {
	if slices.Contains(r.config.AllowOrigins, "*") || slices.Contains(r.config.AllowOrigins, origin) {
		return true
	}
	u, err := url.Parse(origin)
	if err != nil || u.Host == "" {
		return false
	}
	name := hostname(u.Host)
	ip := net.ParseIP(name)
	return strings.EqualFold(u.Host, host) || local(name) || ip != nil && ip.IsLoopback()
}
