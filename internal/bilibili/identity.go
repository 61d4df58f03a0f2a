package bilibili

import (
	"context"
	"errors"
	"io/fs"
	"net/http"
	"time"
)

// wbiLife is how long WBI keys are kept; they are said to change daily
// (protocol.md 2.2).
const wbiLife = 12 * time.Hour

// refreshPause is the least time between two refreshes after a -352.
const refreshPause = 10 * time.Minute

// signer is what a signed call and an auth packet need to know of us.
type signer struct {
	mixin   string // "" when the platform gave no keys: calls go unsigned
	buvid   string
	uid     int64
	expired bool
}

// cookieHeader is the Cookie header of our calls.
func (c *Client) cookieHeader() string {
	c.identity.Lock()
	defer c.identity.Unlock()
	return c.cookieHeaderLocked()
}

func (c *Client) cookieHeaderLocked() string {
	return c.cookies.header(map[string]string{"buvid3": c.identity.buvid3, "buvid4": c.identity.buvid4})
}

// signer fetches what is missing or too old of the device cookie and the WBI
// keys. Rooms that ask at the same time wait for one pair of calls.
func (c *Client) signer(ctx context.Context) (signer, error) {
	select {
	case c.fetching <- struct{}{}:
		defer func() { <-c.fetching }()
	case <-ctx.Done():
		return signer{}, ctx.Err()
	}
	id := &c.identity
	id.Lock()
	own := c.cookies.all()["buvid3"]
	device := own != "" || !id.deviceAt.IsZero()
	keys := !id.keysAt.IsZero() && time.Since(id.keysAt) < wbiLife
	id.Unlock()
	if !device {
		if err := c.fetchDevice(ctx); err != nil {
			return signer{}, err
		}
	}
	if !keys {
		if err := c.fetchNav(ctx); err != nil {
			return signer{}, err
		}
	}
	id.Lock()
	defer id.Unlock()
	s := signer{mixin: id.mixin, buvid: own, uid: id.uid, expired: id.expired}
	if own == "" {
		s.buvid = id.buvid3
	}
	return s, nil
}

// SetCookies has the calls from now on carry another login, or none. The tokens
// that were given out belong to the earlier one. A doubt that the platform had
// about who asks is put to it once more, at the pace it had; a refusal of this
// network address stands.
func (c *Client) SetCookies(ctx context.Context, cookies Cookies) error {
	select {
	case c.fetching <- struct{}{}: // nothing is fetched for the earlier login meanwhile
		defer func() { <-c.fetching }()
	case <-ctx.Done():
		return ctx.Err()
	}
	id := &c.identity
	id.Lock()
	c.cookies = cookies
	id.keysAt, id.uid, id.expired = time.Time{}, 0, false
	id.Unlock()
	c.budget.doubtless()
	return nil
}

// refresh forgets the keys after a -352, and the device cookie too, but that at
// most once in refreshPause. It reports whether trying again at once makes
// sense; if not, the call rests, and then goes out with fresh keys.
func (c *Client) refresh() bool {
	id := &c.identity
	id.Lock()
	defer id.Unlock()
	id.keysAt = time.Time{}
	if !id.refreshed.IsZero() && time.Since(id.refreshed) < refreshPause {
		return false
	}
	id.refreshed = time.Now()
	id.deviceAt = time.Time{}
	return true
}

// fetchDevice asks for the device cookie, which getDanmuInfo wants since June
// 2025 (protocol.md 2.1). A server without that call (a relay of ours speaking
// the platform's protocol) is no error: the cookie then stays empty.
func (c *Client) fetchDevice(ctx context.Context) error {
	const name = "finger/spi"
	a, err := c.call(ctx, request{name: name, base: apiBase, path: "/x/frontend/finger/spi"})
	var data struct {
		B3 string `json:"b_3"`
		B4 string `json:"b_4"`
	}
	if err == nil {
		err = a.data(name, &data)
	}
	if err = ignoreMissing(err); err != nil {
		return err
	}
	if !cookieValue(data.B3) || !cookieValue(data.B4) {
		return &APIError{Endpoint: name, Message: "data not understood: not a cookie"}
	}
	c.identity.Lock()
	c.identity.buvid3, c.identity.buvid4, c.identity.deviceAt = data.B3, data.B4, time.Now()
	c.identity.Unlock()
	if c.device != "" && data.B3 != "" {
		if err := (Cookies{&map[string]string{"buvid3": data.B3, "buvid4": data.B4}}).Write(c.device); err != nil {
			c.log.Warn("the device cookie is not kept: the platform will meet a new browser after a restart", "err", err)
		}
	}
	return nil
}

// loadDevice takes the device cookie from where an earlier run kept it.
func (c *Client) loadDevice() {
	if c.device == "" {
		return
	}
	kept, err := ReadCookies(c.device)
	if errors.Is(err, fs.ErrNotExist) {
		return
	}
	if err != nil || kept.all()["buvid3"] == "" {
		c.log.Warn("the device cookie that was kept cannot be read; a new one will be asked for", "file", c.device, "err", err)
		return
	}
	id := &c.identity
	id.Lock()
	defer id.Unlock()
	id.buvid3, id.buvid4, id.deviceAt = kept.all()["buvid3"], kept.all()["buvid4"], time.Now()
}

// fetchNav asks who we are, and takes the WBI keys that come along: for the
// anonymous the code is -101 and the keys are there all the same.
func (c *Client) fetchNav(ctx context.Context) error {
	const name = "nav"
	a, err := c.call(ctx, request{name: name, base: apiBase, path: "/x/web-interface/nav"})
	var data struct {
		IsLogin bool   `json:"isLogin"`
		Mid     number `json:"mid"`
		WBI     struct {
			Img string `json:"img_url"`
			Sub string `json:"sub_url"`
		} `json:"wbi_img"`
	}
	mixin := ""
	if err == nil || errors.Is(err, ErrLogin) {
		if err = a.data(name, &data); err != nil {
			return err
		}
		if mixin = mixinKey(wbiKeyOf(data.WBI.Img), wbiKeyOf(data.WBI.Sub)); mixin == "" {
			return &APIError{Endpoint: name, Message: "data not understood: no WBI keys in it"}
		}
	}
	if err = ignoreMissing(err); err != nil {
		return err
	}
	c.identity.Lock()
	defer c.identity.Unlock()
	id := &c.identity
	id.mixin, id.keysAt, id.uid = mixin, time.Now(), 0
	if data.IsLogin {
		id.uid = int64(data.Mid)
	}
	id.expired = c.cookies.LoggedIn() && mixin != "" && !data.IsLogin
	return nil
}

// ignoreMissing forgives an address that is not there.
func ignoreMissing(err error) error {
	var e *APIError
	if errors.As(err, &e) && (e.HTTP == http.StatusNotFound || e.Code == -404) {
		return nil
	}
	return err
}
