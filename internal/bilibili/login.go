package bilibili

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"time"
)

// LoginState is how far a login by QR code got.
type LoginState string

// The states of a login, by the codes of protocol.md 2.4.
const (
	LoginWaiting LoginState = "waiting" // nobody scanned the code yet
	LoginScanned LoginState = "scanned" // scanned, to be confirmed on the phone
	LoginExpired LoginState = "expired" // too late, or declined on the phone: begin again
	LoginDone    LoginState = "done"    // Cookies are set
)

// How a login by QR code ends without one.
var (
	ErrCodeExpired = errors.New("the QR code has expired")
	ErrCodeVoid    = errors.New("the QR code is void before its time: the login was declined on the phone, or the platform took the code back")
)

// loginLife is how long a QR code is valid; the clocks of both sides may differ
// by loginSlack on when that is over.
const (
	loginLife  = 180 * time.Second
	loginSlack = 10 * time.Second
)

// Login is a login under way. Its URL is to be drawn as a QR code and lets
// whoever scans it log this program in: it is not for logs.
type Login struct {
	URL     string
	Expires time.Time
	key     Secret
	client  *Client
}

// String keeps the URL out of logs.
func (l *Login) String() string { return "login " + redacted }

// GoString is String.
func (l *Login) GoString() string { return l.String() }

// MarshalJSON is String, quoted.
func (l *Login) MarshalJSON() ([]byte, error) { return []byte(`"` + l.String() + `"`), nil }

// BeginLogin asks for a QR code. While the platform does not want to be asked
// how far one got, it wants none.
func (c *Client) BeginLogin(ctx context.Context) (*Login, error) {
	const name = "qrcode/generate"
	if err := c.budget.held(pollName, false); err != nil {
		return nil, err
	}
	a, err := c.call(ctx, request{name: name, base: passportBase, path: "/x/passport-login/web/qrcode/generate", plain: true})
	if err != nil {
		return nil, err
	}
	var data struct {
		URL string `json:"url"`
		Key string `json:"qrcode_key"`
	}
	if err := a.data(name, &data); err != nil {
		return nil, err
	}
	if data.URL == "" || data.Key == "" || len(data.URL) > 2000 {
		return nil, &APIError{Endpoint: name, Message: "data not understood: no code in it"}
	}
	return &Login{URL: data.URL, Expires: time.Now().Add(loginLife), key: NewSecret(data.Key), client: c}, nil
}

const pollName = "qrcode/poll"

// Poll asks how far the login got. The cookies are set once it is done: save
// them with Cookies.Write.
func (l *Login) Poll(ctx context.Context) (LoginState, Cookies, error) {
	const name = pollName
	a, err := l.client.call(ctx, request{name: name, base: passportBase, path: "/x/passport-login/web/qrcode/poll",
		query: "qrcode_key=" + url.QueryEscape(l.key.reveal()), plain: true})
	if err != nil {
		return "", Cookies{}, err
	}
	var data struct { // the outer code is 0 whatever the state
		Code int    `json:"code"`
		URL  string `json:"url"`
	}
	if err := a.data(name, &data); err != nil {
		return "", Cookies{}, err
	}
	switch data.Code {
	case 86101:
		return LoginWaiting, Cookies{}, nil
	case 86090:
		return LoginScanned, Cookies{}, nil
	case 86038:
		return LoginExpired, Cookies{}, nil
	case 0:
		cookies, err := loginCookies(a, data.URL)
		return LoginDone, cookies, err
	}
	return "", Cookies{}, &APIError{Endpoint: name, Code: data.Code, Message: "unknown state of the login"}
}

// Run polls every two seconds until the login is done, and calls show with
// every new state. It ends with the first error: ErrCodeExpired, ErrCodeVoid, or
// what the platform answered, after which it is not asked before the time in the
// *APIError. What show does is up to the program: draw the code, say what to do.
func (l *Login) Run(ctx context.Context, show func(LoginState)) (Cookies, error) {
	last := LoginState("")
	for {
		state, cookies, err := l.Poll(ctx)
		if err != nil {
			return Cookies{}, err
		}
		if state != last {
			last = state
			show(state)
		}
		switch {
		case state == LoginDone:
			return cookies, nil
		case state == LoginExpired && time.Until(l.Expires) > loginSlack:
			return Cookies{}, fmt.Errorf("bilibili: login: %w; begin again", ErrCodeVoid)
		case state == LoginExpired || time.Since(l.Expires) > loginSlack:
			return Cookies{}, fmt.Errorf("bilibili: login: %w after %.0f s; begin again", ErrCodeExpired, loginLife.Seconds())
		}
		if err := sleep(ctx, 2*time.Second); err != nil {
			return Cookies{}, fmt.Errorf("bilibili: login: %w", err)
		}
	}
}

// loginCookies takes the cookies of a finished login out of Set-Cookie, and what
// is missing there out of the address that comes along.
func loginCookies(a answer, address string) (Cookies, error) {
	wanted := []string{"SESSDATA", "bili_jct", "DedeUserID", "DedeUserID__ckMd5", "sid"}
	values := map[string]string{}
	if u, err := url.Parse(address); err == nil {
		q := u.Query()
		for _, name := range wanted {
			// Set-Cookie writes the comma of SESSDATA as %2C; in the address it
			// may already be decoded.
			if v := q.Get(name); v != "" && name != "sid" {
				values[name] = url.QueryEscape(v)
			}
		}
	}
	for _, ck := range a.cookies {
		if ck.Value != "" && cookieName(ck.Name) && cookieValue(ck.Value) {
			values[ck.Name] = ck.Value
		}
	}
	if values["SESSDATA"] == "" {
		return Cookies{}, &APIError{Endpoint: pollName, Message: "logged in, but no SESSDATA cookie came"}
	}
	return Cookies{&values}, nil
}
