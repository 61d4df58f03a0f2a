package bilibili

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode/utf8"
)

// DefaultUserAgent is a current desktop browser: an empty, script-like or
// outdated one is answered with -352 or without cookies (protocol.md 2.1; in
// April 2026 an old Chrome alone was enough). It ages: see Config.UserAgent.
const DefaultUserAgent = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/147.0.0.0 Safari/537.36"

const (
	maxAnswer   = 4 << 20 // bytes of one HTTP answer; the largest known is some 100 KB
	callTimeout = 15 * time.Second
)

// The platform's base addresses.
const (
	apiBase      = "https://api.bilibili.com"
	liveBase     = "https://api.live.bilibili.com"
	passportBase = "https://passport.bilibili.com"
	openBase     = "https://live-open.biliapi.com"
)

// Config says how a Client speaks to the platform. The zero Config is an
// anonymous client of the real platform.
type Config struct {
	// Upstream replaces every base address of the platform, paths unchanged:
	// an address with http:// or https:// and no path. With http:// comment
	// sockets are ws://host:ws_port/sub, else wss://host:wss_port/sub.
	Upstream  string
	UserAgent string  // "": DefaultUserAgent
	Cookies   Cookies // zero: anonymous
	Budget    *Budget // nil: a polite one of its own
	// Device is the file in which the device cookie is kept, so that the
	// platform meets the same browser after a restart; "": it is kept nowhere.
	Device string
	// Transport makes the requests; nil: one like http.DefaultTransport.
	Transport http.RoundTripper
	Log       *slog.Logger // nil: silent
}

// Client calls the platform for every room of a process. It is for concurrent
// use. It starts no goroutines.
type Client struct {
	upstream  string
	userAgent string
	cookies   Cookies // guarded by identity
	device    string
	budget    *Budget
	http      *http.Client
	log       *slog.Logger

	fetching chan struct{} // holds one while the identity is fetched
	identity struct {      // who we are to the platform; see identity.go
		sync.Mutex
		buvid3, buvid4 string
		deviceAt       time.Time // when buvid3 was fetched; zero: not yet
		mixin          string
		keysAt         time.Time // when mixin and uid were fetched; zero: not yet
		uid            int64
		expired        bool      // cookies hold a login the platform no longer accepts
		refreshed      time.Time // when a -352 last made us fetch it all again
	}
}

// New returns a client. It makes no call; it reads the file of the device
// cookie, and one that cannot be read is as none.
func New(c Config) (*Client, error) {
	upstream, err := upstreamBase(c.Upstream)
	if err != nil {
		return nil, err
	}
	if c.UserAgent == "" {
		c.UserAgent = DefaultUserAgent
	}
	if c.Budget == nil {
		c.Budget = NewBudget(0, 0)
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Transport == nil {
		t := http.DefaultTransport.(*http.Transport).Clone()
		t.MaxIdleConnsPerHost = 2 // never more at once than a page would have
		t.MaxConnsPerHost = 6
		c.Transport = t
	}
	client := &Client{
		upstream:  upstream,
		userAgent: c.UserAgent,
		cookies:   c.Cookies,
		device:    c.Device,
		budget:    c.Budget,
		log:       c.Log,
		fetching:  make(chan struct{}, 1),
		// A redirect would carry the cookies to another address: none is followed.
		http: &http.Client{Transport: c.Transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }},
	}
	client.loadDevice()
	return client, nil
}

func upstreamBase(s string) (string, error) {
	if s == "" {
		return "", nil
	}
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.User != nil {
		return "", fmt.Errorf("bilibili: upstream %q: want http://host:port or https://host:port", s)
	}
	return u.Scheme + "://" + u.Host, nil
}

// Budget returns the allowance the client draws from, for the dials of comment
// sockets and for its counters.
func (c *Client) Budget() *Budget { return c.budget }

// UserAgent returns what the client calls itself.
func (c *Client) UserAgent() string { return c.userAgent }

// CloseIdle closes connections kept for later calls.
func (c *Client) CloseIdle() { c.http.CloseIdleConnections() }

func (c *Client) base(platform string) string {
	if c.upstream != "" {
		return c.upstream
	}
	return platform
}

// request is one call. name is what errors and the budget call it.
type request struct {
	name  string
	base  string
	path  string
	query string
	body  []byte             // not nil: POST
	plain bool               // without our cookies
	bare  bool               // with no headers but those of sign
	paid  bool               // takes no token: it ends what a token was taken for
	sign  func() http.Header // made when the call goes out, not while it waits
	// forgive says that a -352 begins no pause, because what it may be about
	// was just renewed and the call is made once more. It is asked only then.
	forgive func() bool
}

// answer is the envelope of every call (protocol.md 2; room/v1 calls say msg).
type answer struct {
	Code    int             `json:"code"`
	Message string          `json:"message"`
	Msg     string          `json:"msg"`
	Data    json.RawMessage `json:"data"`

	cookies []*http.Cookie
}

// call makes a request within the budget and reads its envelope. A code that is
// not 0 is an *APIError, given together with the answer: some carry data.
func (c *Client) call(ctx context.Context, r request) (answer, error) {
	if err := c.budget.begin(ctx, r.name, r.paid); err != nil {
		var held *APIError
		if errors.As(err, &held) {
			return answer{}, held
		}
		return answer{}, endpointError(r.name, err)
	}
	a, refusal, retryAfter, err := c.send(ctx, r)
	if refusal != nil && refusal.Is(ErrRiskControl) && r.forgive != nil && r.forgive() {
		c.budget.done(r.name, false, nil, 0)
		return a, errForgiven
	}
	c.budget.done(r.name, err == nil, refusal, retryAfter)
	if err != nil {
		return answer{}, endpointError(r.name, err)
	}
	if refusal != nil {
		return a, refusal
	}
	return a, nil
}

// send makes the request. refusal is an answer that is not the one asked for,
// err is no answer.
func (c *Client) send(ctx context.Context, r request) (a answer, refusal *APIError, retryAfter time.Duration, err error) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	address := c.base(r.base) + r.path
	if r.query != "" {
		address += "?" + r.query
	}
	method, body := http.MethodGet, io.Reader(nil)
	if r.body != nil {
		method, body = http.MethodPost, bytes.NewReader(r.body)
	}
	req, err := http.NewRequestWithContext(ctx, method, address, body)
	if err != nil {
		return a, nil, 0, errors.New("address not usable")
	}
	if r.sign != nil {
		req.Header = r.sign()
	}
	req.Header.Set("User-Agent", c.userAgent)
	if !r.bare {
		req.Header.Set("Accept", "application/json, text/plain, */*")
		req.Header.Set("Accept-Language", "zh-CN,zh;q=0.9")
		req.Header.Set("Referer", "https://live.bilibili.com/")
		req.Header.Set("Origin", "https://live.bilibili.com")
	}
	if !r.plain && !r.bare {
		if h := c.cookieHeader(); h != "" {
			req.Header.Set("Cookie", h)
		}
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return a, nil, 0, withoutAddress(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	if err != nil {
		return a, nil, 0, withoutAddress(err)
	}
	if s, err := strconv.Atoi(resp.Header.Get("Retry-After")); err == nil && s > 0 {
		retryAfter = time.Duration(min(s, 24*3600)) * time.Second
	}
	status := 0
	if resp.StatusCode != http.StatusOK {
		status = resp.StatusCode
	}
	if len(text) > maxAnswer {
		return a, &APIError{Endpoint: r.name, HTTP: status, Message: fmt.Sprintf("longer than %d bytes", maxAnswer)}, retryAfter, nil
	}
	if err := json.Unmarshal(text, &a); err != nil || status != 0 && a.Code == 0 {
		e := &APIError{Endpoint: r.name, HTTP: status}
		if status == 0 {
			e.Message = "not the JSON of this call"
		}
		return answer{}, e, retryAfter, nil
	}
	a.cookies = resp.Cookies()
	if a.Code != 0 {
		if a.Message == "" {
			a.Message = a.Msg
		}
		return a, &APIError{Endpoint: r.name, Code: a.Code, HTTP: status, Message: clip(a.Message, 200)}, retryAfter, nil
	}
	return a, nil, 0, nil
}

// errForgiven is a -352 after which the call is made once more.
var errForgiven = errors.New("risk control, forgiven once")

// data reads the data of an answer into v.
func (a answer) data(name string, v any) error {
	if err := json.Unmarshal(a.Data, v); err != nil {
		return &APIError{Endpoint: name, Message: "data not understood: " + clip(err.Error(), 200)}
	}
	return nil
}

// withoutAddress takes the address out of an error of net/http: a query may
// hold a key.
func withoutAddress(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}

// clip cuts s to at most n bytes of whole characters.
func clip(s string, n int) string {
	s = strings.ToValidUTF8(s, "?")
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n] + "…"
}

// number is an integer that may come as text (protocol.md 4).
type number int64

func (n *number) UnmarshalJSON(b []byte) error {
	s := strings.Trim(string(b), `"`)
	if s == "" || s == "null" {
		*n = 0
		return nil
	}
	v, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		return fmt.Errorf("%q is not an integer", clip(s, 40))
	}
	*n = number(v)
	return nil
}

func (n number) String() string { return strconv.FormatInt(int64(n), 10) }
